/* A rate limit that the kernel keeps, measured and corrected.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "data/pace.h"

#include "minmax.h"
#include "monotonic.h"
#include "socket-pace.h"
#include "tcp-meter.h"

enum
{
  SLOW = 50 * 1000 * 1000,      /* bytes/s up to which timers do well */
  QUEUE = 64 * 1024             /* bytes that may always be queued */
};

bool
pace_begin (struct pace *pace, int fd, uint64_t rate)
{
  *pace = (struct pace) { .rate = rate, .asked = rate };
  if (socket_pace (fd, rate) == 0)
    return true;
  pace->rate = 0;
  return false;
}

bool
pace_needs_look (struct pace const *pace)
{
  return SLOW < pace->rate;
}

/* Return the rate to ask for after DONE bytes were sent in TIME us.  */
static uint64_t
correction (struct pace const *pace, uint64_t done, int64_t time)
{
  double seconds = time / 1e6;
  double wanted = pace->asked + (pace->rate - done / seconds) / 2;
  double least = pace->rate, most = 1.1 * pace->rate;
  return MIN (MAX (wanted, least), most);
}

void
pace_look (struct pace *pace, int fd)
{
  struct tcp_meter meter;
  int64_t now = monotonic_us ();
  if (tcp_meter_read (fd, &meter) != 0)
    return;
  uint64_t acknowledged = meter.sent - meter.unacknowledged;
  /* A slow writer needs no correction.  */
  if (pace->looked != 0 && pace->looked < now && QUEUE <= meter.unacknowledged)
    {
      uint64_t asked = correction (pace, acknowledged - pace->acknowledged,
                                   now - pace->looked);
      if (asked != pace->asked && socket_pace (fd, asked) == 0)
        pace->asked = asked;
    }
  pace->looked = now;
  pace->acknowledged = acknowledged;
}
