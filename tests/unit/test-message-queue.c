/* Test messages that stay in one process.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "wire/message-queue.h"

#include "test-macros.h"

static struct events events;
static struct message_queue queue;
static struct message_queue answers;

/* What was delivered, a letter each: in capitals while another delivery was
   going on.  */
static char got[100];
static bool delivering;

/* Put a message with LETTER into TO.  */
static void
put (struct message_queue *to, char letter)
{
  struct message_builder builder;
  message_begin (&builder, MESSAGE_CREDIT);
  message_add_number (&builder, KEY_BYTES, letter);
  message_queue_put (to, &builder);
  CHECK (builder.bytes == NULL);
}

static void
take (struct message const *message)
{
  uint64_t letter;
  size_t length = strlen (got);
  CHECK_NUMBER (message->type, MESSAGE_CREDIT);
  NEED (message_number (message, KEY_BYTES, &letter)
        && length < sizeof got - 1);
  got[length] = delivering ? letter - 'a' + 'A' : letter;
  got[length + 1] = '\0';
}

/* Each message makes an answer, and "a" another message.  */
static void
deliver (void *context, struct message const *message)
{
  CHECK (context == &queue);
  take (message);
  delivering = true;
  char last = got[strlen (got) - 1];
  if (last == 'a')
    put (&queue, 'z');
  put (&answers, last + 1);
  delivering = false;
}

static void
deliver_answer (void *context, struct message const *message)
{
  CHECK (context == &answers);
  take (message);
}

static void
open_queues (void)
{
  got[0] = '\0';
  events_init (&events);
  message_queue_open (&queue, &events, deliver, &queue);
  message_queue_open (&answers, &events, deliver_answer, &answers);
}

static void
close_queues (void)
{
  message_queue_close (&queue);
  message_queue_close (&answers);
  events_free (&events);
}

static void
step_until_empty (void)
{
  for (int i = 0; i < 100 && !(message_queue_is_empty (&queue)
                               && message_queue_is_empty (&answers)); i++)
    events_step (&events);
}

int
main (void)
{
  row_is ("in order, by the loop, and never by recursion");
  open_queues ();
  CHECK (message_queue_is_empty (&queue));
  put (&queue, 'a');
  put (&queue, 'k');
  put (&queue, 'c');
  CHECK_TEXT (got, "");
  CHECK (!message_queue_is_empty (&queue));
  step_until_empty ();
  CHECK_TEXT (got, "akczbld{");
  CHECK (message_queue_is_empty (&queue));

  row_is ("used again");
  got[0] = '\0';
  put (&queue, 'm');
  step_until_empty ();
  CHECK_TEXT (got, "mn");
  close_queues ();

  row_is ("closed with messages in it");
  open_queues ();
  put (&queue, 'a');
  put (&queue, 'b');
  message_queue_close (&queue);
  CHECK (message_queue_is_empty (&queue));
  CHECK_TEXT (got, "");
  close_queues ();
  return test_result ();
}
