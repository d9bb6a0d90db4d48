/* Measure one route of a probe, from the end that drives it.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Round trips first, while the route is idle; then data to the other host,
   and from it, for a second each.  Each of the three has a limit.  */

#ifndef PROBE_MEASURE_H
# define PROBE_MEASURE_H 1

# include <stdint.h>

# include "base/events.h"
# include "probe/probe-link.h"

/* The result.  */
struct measures
{
  int64_t round_trip;           /* us, the least; -1 = unknown */
  uint64_t to;                  /* bytes per second; 0 = unknown */
  uint64_t from;
  char why[100];                /* it failed; "" = it did not */
};

enum measure_step { MEASURE_PINGS, MEASURE_TO, MEASURE_FROM, MEASURE_OVER };

struct measure
{
  struct events *events;
  struct probe_link link;
  struct measures result;
  void (*done) (void *context);
  void *context;
  enum measure_step step;
  int pings;                    /* answered */
  int64_t began;                /* monotonic_us */
  int64_t pinged;
  struct timer timer;
};

/* Begin to measure between IN and OUT, as probe_link_open, and call DONE with
   CONTEXT when MEASURE->result is filled in and the descriptors are
   closed.  */
extern void measure_begin (struct measure *measure, struct events *events,
                           int in, int out, void (*done) (void *context),
                           void *context);

/* Stop without calling DONE.  May be called again.  */
extern void measure_stop (struct measure *measure);

#endif
