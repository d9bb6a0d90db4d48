/* Measure one route of a probe, from the end that drives it.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "probe/probe-measure.h"

#include <stdio.h>

#include "minmax.h"
#include "monotonic.h"

enum
{
  PINGS_MAX = 20,
  PINGS_TIME = 300 * 1000,      /* us after which a few are enough */
  PINGS_MIN = 3,
  DATA_TIME = 1000,             /* ms for each direction */
  ANSWER_LIMIT = 4000           /* ms beyond that for the other end */
};

/* Everything is measured, or nothing more can be.  The caller may be one of
   the link's hooks, which must not close it.  */
static void
leave (void *context)
{
  struct measure *m = context;
  probe_link_close (&m->link);
  m->done (m->context);
}

static void
end (struct measure *m, char const *why)
{
  if (m->step == MEASURE_OVER)
    return;
  m->step = MEASURE_OVER;
  snprintf (m->result.why, sizeof m->result.why, "%s", why ? why : "");
  timer_set (m->events, &m->timer, 0, leave, m);
}

/* The other end does not answer: keep what has been measured.  */
static void
too_slow (void *context)
{
  struct measure *m = context;
  switch (m->step)
    {
    case MEASURE_TO:
      m->result.to = probe_link_rate_out (&m->link);
      break;
    case MEASURE_FROM:
      m->result.from = probe_link_rate_in (&m->link);
      break;
    default:
      break;
    }
  end (m, m->result.to == 0 ? "connected, but nothing came back" : NULL);
}

static void
measure_to (struct measure *m)
{
  m->step = MEASURE_TO;
  timer_set (m->events, &m->timer, DATA_TIME + ANSWER_LIMIT, too_slow, m);
  probe_link_send (&m->link, DATA_TIME);
}

static void
ping (struct measure *m)
{
  m->pinged = monotonic_us ();
  probe_link_ping (&m->link);
}

static void
take_pong (void *context)
{
  struct measure *m = context;
  int64_t now = monotonic_us ();
  int64_t time = now - m->pinged;
  if (m->step != MEASURE_PINGS)
    return;
  m->result.round_trip = (m->result.round_trip < 0 ? time
                          : MIN (time, m->result.round_trip));
  m->pings++;
  if (m->pings < PINGS_MIN
      || (m->pings < PINGS_MAX && now - m->began < PINGS_TIME))
    ping (m);
  else
    measure_to (m);
}

static void
take_sent (void *context, uint64_t rate)
{
  struct measure *m = context;
  if (m->step != MEASURE_TO)
    return;
  m->result.to = rate;
  m->step = MEASURE_FROM;
  timer_set (m->events, &m->timer, DATA_TIME + ANSWER_LIMIT, too_slow, m);
  probe_link_request (&m->link, DATA_TIME);
}

static void
take_received (void *context, uint64_t rate)
{
  struct measure *m = context;
  if (m->step != MEASURE_FROM)
    return;
  m->result.from = rate;
  end (m, NULL);
}

static void
take_closed (void *context, char const *why)
{
  end (context, why);
}

void
measure_begin (struct measure *m, struct events *events, int in, int out,
               void (*done) (void *context), void *context)
{
  struct probe_link_hooks const hooks = {
    .context = m, .pong = take_pong, .sent = take_sent,
    .received = take_received, .closed = take_closed
  };
  *m = (struct measure) {
    .events = events, .done = done, .context = context,
    .result = { .round_trip = -1 }, .began = monotonic_us ()
  };
  probe_link_open (&m->link, events, in, out, &hooks);
  timer_set (events, &m->timer, ANSWER_LIMIT, too_slow, m);
  ping (m);
}

void
measure_stop (struct measure *m)
{
  if (m->events == NULL)
    return;
  timer_clear (m->events, &m->timer);
  probe_link_close (&m->link);
}
