/* Look up the addresses of a host by its name, in the background.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   getaddrinfo waits for name servers as long as it likes, so a child of ours
   calls it.  */

#ifndef LOOKUP_H
# define LOOKUP_H 1

# include <sys/types.h>

# include "net/offer.h"
# include "base/events.h"

/* Called with the result: COUNT addresses in LIST, which is freed after the
   call; or ERROR, the reason why there are none, else NULL.  */
typedef void lookup_fn (void *context, struct candidate const *list,
                        size_t count, char const *error);

struct lookup
{
  struct events *events;        /* NULL when none is under way */
  lookup_fn *fn;
  void *context;
  pid_t pid;
  int fd;
  unsigned char *answer;        /* malloc'ed */
  size_t length;
};

/* Begin to look up HOST; call FN with CONTEXT once, when it is done.  LOOKUP
   must be zeroed before its first use.  Return 0, or -1 with errno set.  */
extern int lookup_start (struct lookup *lookup, struct events *events,
                         char const *host, lookup_fn *fn, void *context);

/* Give up what is under way, if anything.  */
extern void lookup_cancel (struct lookup *lookup);

#endif
