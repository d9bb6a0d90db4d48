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
  bool end_seen;                /* that of the other end has come */
  bool reset;                   /* the connection was, and no end had come */
  bool broken;                  /* the owner saw an error on it */
  void (*lost) (void *context, char const *why);
  void *context;
};

/* Make *LINE one without a connection.  */
extern void line_init (struct line *line);

/* Listen for one connection on every address of FAMILY (4 or 6), on a port
   from LOW to HIGH, or on any if both are 0.  Return the socket and set *PORT,
   or return -1 with errno set.  */
extern int line_listen (int family, int low, int high, int *port);

/* Take over the connected socket FD, as channel_take does, and watch over it:
   LOST is called with CONTEXT, at most once, when the other host gives no
   sign of life for DEAD_PEER / 2 seconds.  Return 0, or -1 with errno
   set.  */
extern int line_take (struct line *line, struct events *events, int fd,
                      int dead_peer,
                      void (*lost) (void *context, char const *why),
                      void *context);

/* What waits on the line to be read.  */
enum line_input
{
  LINE_QUIET,                   /* nothing yet */
  LINE_DATA,
  LINE_END                      /* end of file, or an error */
};

/* Look, without reading it.  */
extern enum line_input line_look (struct line const *line);

/* Look at how the connection is, and note in *LINE if an end of file has come,
   or a reset, or a time-out, instead.  What comes of it once our own end has
   been sent cannot be told by looking: both look closed.  */
extern void line_note (struct line *line);

/* Return whether the connection has no other end any more, because it was
   reset, or timed out, or was cut by us.  This can be told without a meter,
   too; an end of file that came before is no matter.  */
extern bool line_is_gone (struct line const *line);

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
