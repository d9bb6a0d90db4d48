/* What a pipeline waited for.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "report/bottleneck.h"

uint64_t
waits_total (struct waits const *waits)
{
  uint64_t total = 0;
  for (int i = 0; i < WAITS; i++)
    total += waits->on[i];
  return total;
}

static uint64_t
beyond (uint64_t a, uint64_t b)
{
  return b < a ? a - b : 0;
}

/* Return for how long the network of the channel of WAITS was the limit.  */
static uint64_t
network_wait (struct waits const *waits)
{
  return beyond (waits->on[WAIT_NETWORK], waits->on[WAIT_WRITER]);
}

/* Return how much of the wait of channel I for ON has its cause there, and not
   in a channel before or behind it.  */
static uint64_t
own_wait (struct waits const *channels, size_t count, size_t i, enum wait on)
{
  uint64_t wait = channels[i].on[on];
  if (on == WAIT_NETWORK)
    return network_wait (&channels[i]);
  if (on == WAIT_READER && i + 1 < count && channels[i + 1].known)
    {
      struct waits const *next = &channels[i + 1];
      return beyond (wait, (network_wait (next) + next->on[WAIT_BUFFER]
                            + next->on[WAIT_READER]));
    }
  if (on == WAIT_WRITER && 0 < i && channels[i - 1].known)
    return beyond (wait, waits_total (&channels[i - 1]));
  return wait;
}

/* Return how long the pipeline waited in channel I for ON, together with the
   wait for the same stage in the next channel: a stage first reads and then
   writes.  */
static uint64_t
blame (struct waits const *channels, size_t count, size_t i, enum wait on)
{
  uint64_t wait = own_wait (channels, count, i, on);
  if (on == WAIT_READER && i + 1 < count && channels[i + 1].known)
    wait += own_wait (channels, count, i + 1, WAIT_WRITER);
  else if (on == WAIT_WRITER && 0 < i && channels[i - 1].known)
    wait += own_wait (channels, count, i - 1, WAIT_READER);
  return wait;
}

struct bottleneck
bottleneck_find (struct waits const *channels, size_t count)
{
  struct bottleneck found = { .known = false };
  uint64_t most = 0, most_own = 0;
  for (size_t i = 0; i < count; i++)
    for (int on = 0; channels[i].known && on < WAITS; on++)
      {
        uint64_t wait = blame (channels, count, i, on);
        uint64_t own = own_wait (channels, count, i, on);
        /* Both sides of a stage count together; name the greater.  */
        if (wait < most || (wait == most && own <= most_own))
          continue;
        most = wait;
        most_own = own;
        found = (struct bottleneck) {
          .known = true, .channel = i, .wait = on,
          .share = ((double) channels[i].on[on]
                    / waits_total (&channels[i]))
        };
      }
  return found;
}
