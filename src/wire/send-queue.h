/* What goes out on the control connection, in order.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   It takes whatever there is to send, and writes it when the descriptor is
   ready.  What was sent is wiped, for one of the messages has the secret.
   The last thing in it may be bytes that wait in a pipe, which are moved from
   there and never come into memory; what ends their message follows them.  */

#ifndef SEND_QUEUE_H
# define SEND_QUEUE_H 1

# include <stdbool.h>
# include <stddef.h>
# include <stdint.h>

# include "base/events.h"
# include "wire/message.h"

struct send_queue
{
  struct events *events;
  int fd;                       /* -1 once closed */
  bool finishing;               /* close FD when all is sent */
  struct message_builder bytes; /* raw, many messages */
  size_t sent;                  /* how many of them are gone */
  int pipe;                     /* where IN_PIPE bytes more are, ... */
  size_t in_pipe;
  size_t prefix;                /* ... to follow so many of BYTES */
  bool ending;                  /* BYTES is nothing but MESSAGE_LAST */
  int64_t spoke;                /* events_now of the last byte out */
  void (*room) (void *context);         /* or NULL */
  void *context;
};

/* Begin on FD, which the queue owns from now on, and which stays as blocking
   as it is.  */
extern void send_queue_open (struct send_queue *queue, struct events *events,
                             int fd);

/* Call ROOM with CONTEXT from now on whenever something was sent and there is
   room again.  It must not call send_queue_close.  */
extern void send_queue_on_room (struct send_queue *queue,
                                void (*room) (void *context), void *context);

/* Send a copy of the LENGTH bytes at BYTES.  After send_queue_finish, or the
   end of the connection, this does nothing.  */
extern void send_queue_put (struct send_queue *queue, void const *bytes,
                            size_t length);

/* Likewise, and after these send COUNT bytes from PIPE, where they already
   are and which stays the caller's, and MESSAGE_LAST.  There must be room.
   FD must be one that splice_move_now can move to.  */
extern void send_queue_move (struct send_queue *queue, void const *bytes,
                             size_t length, int pipe, size_t count);

/* Return whether something is left to be sent.  */
extern bool send_queue_is_busy (struct send_queue const *queue);

/* Return whether something can be sent, and nothing is left to be but, maybe,
   the MESSAGE_LAST of send_queue_move: what comes next can go with that.  */
extern bool send_queue_has_room (struct send_queue const *queue);

/* Close FD once all is sent.  */
extern void send_queue_finish (struct send_queue *queue);

/* Close FD now, and wipe and free what was not sent.  */
extern void send_queue_close (struct send_queue *queue);

#endif
