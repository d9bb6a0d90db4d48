/* The one connection of a run with socketpipe 1.10.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   1.10 has one TCP connection for both directions.  So no end can tell by its
   socket that it has stopped reading, and closing a socket that has unread
   data resets the connection: then the output that is still under way is lost
   as well.  The supervisor's duplicate keeps it open until all has
   arrived.  */

#ifndef DUPLEX_H
# define DUPLEX_H 1

# include <stdbool.h>
# include <stdint.h>

# include "data/channel.h"
# include "base/events.h"

struct line
{
  struct channel channel;       /* for its socket; both directions use it */
  struct events *events;
  struct timer watch_timer;
  int dead_peer;                /* seconds */
  bool end_sent;
  void (*lost) (void *context, char const *why);
  void *context;
};

/* Make *LINE one without a connection.  */
extern void line_init (struct line *line);

/* Take over the connected socket FD, as channel_take does, and watch over it:
   LOST is called with CONTEXT, at most once, when the other host gives no
   sign of life for DEAD_PEER / 2 seconds.  Return 0, or -1 with errno
   set.  */
extern int line_take (struct line *line, struct events *events, int fd,
                      int dead_peer,
                      void (*lost) (void *context, char const *why),
                      void *context);

/* Send end of file to the other end, behind all that was written.  */
extern void line_send_end (struct line *line);

/* Reset the connection: each end's readers and writers get an error.  */
extern void line_cut (struct line *line);

/* Return whether the line can be closed without losing what was written:
   the other end's kernel has it, or is gone, or nothing unread is in the way,
   or there is no way to tell.  */
extern bool line_delivered (struct line const *line);

/* Close our duplicate of the socket.  */
extern void line_close (struct line *line);

#endif
