/* Measure how fast a connection between the hosts is.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Theory of operation.  A link is one end of a connection that both ends
   have for this alone: a proven socket, or the pipes of two channels that
   the login carries.  Frames go over it in both directions:

     1 byte type, 3 zeros, 4 bytes LENGTH, 8 bytes NUMBER, LENGTH bytes

     PING     the other end answers with PONG and the same NUMBER
     SEND     the other end sends data for NUMBER milliseconds
     DATA     LENGTH bytes that mean nothing
     ACK      NUMBER bytes of data have come since the last END
     END      these were all
     RESULT   answers END: they came at NUMBER bytes per second

   (Numbers: most significant byte first.)  The data cannot be compressed.
   Its reader measures, from the first byte on, but without the first quarter
   of a second when there is more: until then a connection is in slow start.
   Little more data is in flight than has arrived before, so that even on a
   slow path with long queues all has arrived soon after the time.  */

#ifndef PROBE_LINK_H
# define PROBE_LINK_H 1

# include <stdbool.h>
# include <stddef.h>
# include <stdint.h>

# include "base/events.h"

enum { FRAME_HEAD = 16 };

struct probe_link_hooks
{
  void *context;
  /* The answer to a ping has come.  May be NULL, as the next two.  */
  void (*pong) (void *context);
  /* What we sent arrived at RATE bytes per second; 0 = it was too little to
     tell.  */
  void (*sent) (void *context, uint64_t rate);
  /* Likewise, what we asked for.  On an end where this is NULL, the other
     end is told instead.  */
  void (*received) (void *context, uint64_t rate);
  /* The link has failed for the reason WHY, and is closed.  This hook
     may free it, the others may not even close it.  */
  void (*closed) (void *context, char const *why);
};

/* The data that arrives, until its end.  */
struct arrival
{
  uint64_t bytes;
  uint64_t acknowledged;
  int64_t first;                /* monotonic_us of the first of them; */
  uint64_t first_bytes;         /* ... which were so many */
  int64_t warm;                 /* when the measurement begins, 0 = not yet */
  uint64_t warm_bytes;
  int64_t last;
};

struct probe_link
{
  struct events *events;
  struct probe_link_hooks hooks;
  int in;                       /* -1 = closed */
  int out;                      /* may be the same */
  /* What comes.  */
  unsigned char *buffer;        /* LINK_BUFFER bytes */
  unsigned char head[FRAME_HEAD];
  size_t head_length;
  size_t payload;               /* bytes of data still to come */
  struct arrival arrival;
  /* What goes.  */
  unsigned char *noise;         /* LINK_BUFFER bytes, or NULL */
  unsigned char data_head[FRAME_HEAD];
  size_t data_head_left;        /* of a DATA frame: to be sent yet */
  size_t data_left;
  unsigned char queue[32 * FRAME_HEAD]; /* other frames, after that */
  size_t queued;
  bool sending;                 /* data */
  uint64_t sent;
  uint64_t arrived;             /* of these, as acknowledged */
  int64_t until;                /* monotonic_us */
  int64_t since;
  struct timer stop;
};

/* Begin on the non-blocking descriptors IN and OUT, which may be the same and
   belong to the link from now on.  */
extern void probe_link_open (struct probe_link *link, struct events *events,
                             int in, int out,
                             struct probe_link_hooks const *hooks);

/* Send a ping.  */
extern void probe_link_ping (struct probe_link *link);

/* Send data for MS milliseconds; or have the other end do so.  */
extern void probe_link_send (struct probe_link *link, int ms);
extern void probe_link_request (struct probe_link *link, int ms);

/* Return the rate so far at which data went out, or came in, in bytes per
   second; 0 when nothing arrived.  */
extern uint64_t probe_link_rate_out (struct probe_link const *link);
extern uint64_t probe_link_rate_in (struct probe_link const *link);

/* Close the descriptors and free what is held.  May be called again.  */
extern void probe_link_close (struct probe_link *link);

#endif
