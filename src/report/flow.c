/* How fast a channel's bytes move.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "report/flow.h"

#include "minmax.h"

/* The period of the current rate, in us: long enough that one late sample does
   not make it jump.  */
enum { RATE_WINDOW = 3500000 };

static void
keep_sample (struct flow *flow, int64_t now)
{
  flow->recent[flow->samples++ % FLOW_SAMPLES]
    = (struct flow_sample) { .at = now, .bytes = flow->bytes };
}

void
flow_begin (struct flow *flow, int64_t now)
{
  *flow = (struct flow) { .begun = true, .start = now, .moved = now };
  keep_sample (flow, now);
}

/* Return the sample that is INDEX before the newest.  */
static struct flow_sample const *
sample (struct flow const *flow, size_t index)
{
  return &flow->recent[(flow->samples - 1 - index) % FLOW_SAMPLES];
}

void
flow_add (struct flow *flow, int64_t now, uint64_t bytes)
{
  if (!flow->begun || flow->over)
    return;
  now = MAX (now, sample (flow, 0)->at);
  flow->counted = true;
  if (flow->bytes < bytes)
    {
      flow->bytes = bytes;
      flow->moved = now;
    }
  keep_sample (flow, now);
}

void
flow_end (struct flow *flow, int64_t now)
{
  if (!flow->begun || flow->over)
    return;
  flow->over = true;
  flow->end = MAX (now, sample (flow, 0)->at);
}

void
flow_correct (struct flow *flow, uint64_t bytes)
{
  /* Their time of arrival is not known.  */
  if (flow->bytes == 0 && bytes != 0)
    flow->moved = flow->end;
  flow->bytes = bytes;
  flow->counted = true;
}

int64_t
flow_elapsed (struct flow const *flow, int64_t now)
{
  return !flow->begun ? 0 : flow->over ? flow->end - flow->start
         : MAX (0, now - flow->start);
}

double
flow_rate (struct flow const *flow)
{
  if (!flow->begun)
    return 0;
  struct flow_sample const *last = sample (flow, 0), *first = last;
  for (size_t i = 1; i < MIN (flow->samples, FLOW_SAMPLES); i++)
    if (last->at - sample (flow, i)->at <= RATE_WINDOW || first == last)
      first = sample (flow, i);
  return (first->at < last->at
          ? (last->bytes - first->bytes) * 1e6 / (last->at - first->at) : 0);
}

double
flow_average (struct flow const *flow, int64_t now)
{
  int64_t elapsed = flow_elapsed (flow, now);
  return 0 < elapsed ? flow->bytes * 1e6 / elapsed : 0;
}

int64_t
flow_left (struct flow const *flow, uint64_t size, int64_t now)
{
  double average = flow_average (flow, now);
  if (size <= flow->bytes || average <= 0)
    return size != 0 && size <= flow->bytes ? 0 : -1;
  double left = (size - flow->bytes) / average * 1e6;
  return left < 1e15 ? (int64_t) left : -1;
}
