/* Messages that stay in one process.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "wire/message-queue.h"

#include <stdlib.h>

#include "xalloc.h"

struct queued_message
{
  struct message_builder builder;
  struct queued_message *next;
};

void
message_queue_open (struct message_queue *queue, struct events *events,
                    void (*deliver) (void *, struct message const *),
                    void *context)
{
  *queue = (struct message_queue) {
    .events = events, .deliver = deliver, .context = context
  };
  queue->end = &queue->first;
}

/* Take the first message out of QUEUE.  */
static struct queued_message *
take_first (struct message_queue *queue)
{
  struct queued_message *first = queue->first;
  queue->first = first->next;
  if (queue->first == NULL)
    queue->end = &queue->first;
  return first;
}

static void
free_message (struct queued_message *queued)
{
  message_wipe (&queued->builder);
  free (queued);
}

static void
deliver (void *context)
{
  struct message_queue *queue = context;
  while (queue->first != NULL)
    {
      struct message message;
      struct queued_message *queued = take_first (queue);
      if (0 < message_parse (queued->builder.bytes, queued->builder.length,
                             &message))
        queue->deliver (queue->context, &message);
      free_message (queued);
    }
}

void
message_queue_put (struct message_queue *queue,
                   struct message_builder *builder)
{
  struct queued_message *queued = xmalloc (sizeof *queued);
  message_finish (builder);
  *queued = (struct queued_message) { .builder = *builder };
  *builder = (struct message_builder) { .bytes = NULL };
  *queue->end = queued;
  queue->end = &queued->next;
  timer_set (queue->events, &queue->timer, 0, deliver, queue);
}

bool
message_queue_is_empty (struct message_queue const *queue)
{
  return queue->first == NULL;
}

void
message_queue_close (struct message_queue *queue)
{
  timer_clear (queue->events, &queue->timer);
  while (queue->first != NULL)
    free_message (take_first (queue));
}
