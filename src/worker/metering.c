/* What the worker tells the leader of its ends.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "worker/metering.h"

/* Return whether both ends of the channel of END are over.  */
static bool
is_over (struct worker_end const *end)
{
  struct channel const *channel = &end->end.channel;
  return (channel->own.outcome != OUTCOME_OPEN
          && channel->peer.outcome != OUTCOME_OPEN);
}

static void
say_meter (struct worker *w, struct worker_end *end)
{
  struct message_builder message;
  struct meter meter;
  meter_read (&end->end, &meter);
  meter.last = end->told_last = is_over (end);
  message_begin (&message, MESSAGE_METER);
  message_add_number (&message, KEY_CHANNEL, end->end.number);
  message_add_number (&message, KEY_WRITER, end->end.channel.writer);
  meter_put (&meter, &message);
  w->lent.say (w->lent.context, &message);
}

void
metering_say_all (struct worker *w)
{
  for (size_t i = 0; i < w->end_count; i++)
    if (!w->ends[i]->told_last)
      say_meter (w, w->ends[i]);
}

static void
tick (void *context)
{
  struct worker *w = context;
  bool more = false;
  metering_say_all (w);
  for (size_t i = 0; i < w->end_count; i++)
    more = more || !w->ends[i]->told_last;
  if (more)
    timer_set (&w->lent.process->events, &w->meter_timer, w->task.meter,
               tick, w);
}

void
metering_start (struct worker *w)
{
  if (w->task.meter != 0 && !w->meter_timer.set)
    tick (w);
}

void
metering_look (struct worker *w)
{
  if (w->task.meter == 0)
    return;
  for (size_t i = 0; i < w->end_count; i++)
    if (!w->ends[i]->told_last && is_over (w->ends[i]))
      say_meter (w, w->ends[i]);
}
