/* Sockets for channels, and for what listens for them.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef ENDPOINT_H
# define ENDPOINT_H 1

# include <stdbool.h>
# include <stddef.h>

/* What they are to be like.  */
struct socket_choice
{
  bool multipath;               /* take several paths, where possible */
  bool marked;                  /* by the code point DSCP, 0 to 63 */
  int dscp;
  char const *congestion;       /* control, or NULL for the system's */
};

/* Return a new stream socket of FAMILY as CHOICE says, non-blocking and
   close-on-exec, which sends at once what is written; or -1 with errno set.
   Where there is no multipath, it is a plain one.  */
extern int endpoint_socket (int family, struct socket_choice const *choice);

/* Return whether this host can make them so by FAMILY, which is 4, 6, or 0 for
   both, as far as it has to: there need not be multipath.  If not, write to
   WHY, of SIZE bytes, what it cannot: "use the congestion control 'none': No
   such file or directory".  */
extern bool endpoint_possible (struct socket_choice const *choice,
                               int family, char *why, size_t size);

#endif
