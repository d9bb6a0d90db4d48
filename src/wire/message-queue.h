/* Messages that stay in one process.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   They are delivered by the event loop, in the order in which they were put,
   and never by recursion: as on a wire.  */

#ifndef MESSAGE_QUEUE_H
# define MESSAGE_QUEUE_H 1

# include "base/events.h"
# include "wire/message.h"

struct queued_message;

struct message_queue
{
  struct events *events;
  void (*deliver) (void *context, struct message const *message);
  void *context;
  struct queued_message *first;
  struct queued_message **end;
  struct timer timer;
};

/* Make *QUEUE an empty one, which calls DELIVER with CONTEXT.  */
extern void message_queue_open (struct message_queue *queue,
                                struct events *events,
                                void (*deliver) (void *,
                                                 struct message const *),
                                void *context);

/* Put the message in *BUILDER, which is finished and taken over, into the
   queue.  */
extern void message_queue_put (struct message_queue *queue,
                               struct message_builder *builder);

/* Return whether all has been delivered.  */
extern bool message_queue_is_empty (struct message_queue const *queue);

/* Wipe and free what has not been delivered.  */
extern void message_queue_close (struct message_queue *queue);

#endif
