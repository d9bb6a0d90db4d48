/* What one worker knows, and how it speaks to the leader.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "worker/worker-state.h"

#include <stdarg.h>
#include <stdlib.h>

#include "xvasprintf.h"

void
worker_fail (struct worker *w, struct link const *link, enum error_code code,
             char const *why)
{
  struct message_builder message;
  w->failed = true;
  w->lost = w->lost || code == ERROR_LOST;
  message_begin (&message, MESSAGE_ERROR);
  message_add_number (&message, KEY_CODE, code);
  message_add_text (&message, KEY_TEXT, why);
  if (link)
    message_add_number (&message, KEY_LINK, link->task.number);
  w->lent.say (w->lent.context, &message);
}

void
worker_note (struct worker *w, enum note_level level, char const *format,
             ...)
{
  struct message_builder message;
  va_list arguments;
  va_start (arguments, format);
  char *text = xvasprintf (format, arguments);
  va_end (arguments);
  message_begin (&message, MESSAGE_NOTE);
  message_add_number (&message, KEY_LEVEL, level);
  message_add_text (&message, KEY_TEXT, text);
  free (text);
  w->lent.say (w->lent.context, &message);
}

struct worker_end *
worker_end_of (struct worker *w, int number)
{
  for (size_t i = 0; i < w->end_count; i++)
    if (number == (int) w->ends[i]->end.number)
      return w->ends[i];
  return NULL;
}

struct worker_stage *
worker_stage_on (struct worker *w, int number)
{
  for (size_t i = 0; i < w->stage_count; i++)
    if (w->stages[i].task.in == number || w->stages[i].task.out == number)
      return &w->stages[i];
  return NULL;
}

bool
worker_stage_runs (struct worker_stage const *stage)
{
  return (stage->stage.state == STAGE_STARTING
          || stage->stage.state == STAGE_RUNNING);
}

bool
worker_stage_is_filter (struct worker_stage const *stage)
{
  return stage->stage.relay != NULL || stage->task.in != NO_CHANNEL;
}
