/* The one connection of a run with socketpipe 1.10.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   1.10 has one TCP connection for both directions.  So an end cannot signal by
   its socket that it has stopped reading, and closing a socket with unread
   data resets the connection, which discards the output in flight as well.
   Our duplicate keeps the connection open until all data has arrived.  */

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
   LOST is called with CONTEXT, at most once, when the other host does not
   respond for DEAD_PEER / 2 seconds.  Return 0, or -1 with errno set.  */
extern int line_take (struct line *line, struct events *events, int fd,
                      int dead_peer,
                      void (*lost) (void *context, char const *why),
                      void *context);

/* Send end of file to the other end, behind all that was written.  */
extern void line_send_end (struct line *line);

/* Reset the connection: each end's readers and writers get an error.  */
extern void line_cut (struct line *line);

/* Return whether the line can be closed without losing data: the other end's
   kernel has acknowledged it, or is gone, or nothing unread is left here, or
   the system cannot tell.  */
extern bool line_delivered (struct line const *line);

/* Close our duplicate of the socket.  */
extern void line_close (struct line *line);

#endif
