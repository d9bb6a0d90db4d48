/* Whether the other host is still there.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "worker/supervisor.h"

#include <stdio.h>

#include "data/channel-watch.h"
#include "minmax.h"

/* The heart of the matter of a dead host.  Silence on the control connection
   alone proves nothing: a login that is stopped is silent as well.  The
   kernels go on talking then, so it is they who are asked, as long as there
   is a connection between them.  */
static void
look_after_peer (void *context)
{
  struct supervisor *s = context;
  int64_t limit = s->dead_peer * INT64_C (1000);
  int64_t now = events_now (&s->events);
  bool connected = false, carried = false;
  for (unsigned i = 0; i < s->channel_count; i++)
    {
      struct channel *channel = &s->ends[i].channel;
      if (s->hooks.broken && channel_broke (channel, now))
        {
          s->hooks.broken (s->hooks.context);
          return;
        }
      if (channel_cut_is_overdue (channel, now))
        supervisor_cut_channel (s, i);
      if (channel_in_trouble (channel, now, limit / 2))
        {
          char why[80];
          snprintf (why, sizeof why,
                    "no sign of life on its connection for %d seconds",
                    s->dead_peer / 2);
          s->hooks.lost (s->hooks.context, why);
          return;
        }
      /* An end that is over vouches for nobody.  */
      bool open = (channel->peer.outcome == OUTCOME_OPEN
                   && channel->own.outcome == OUTCOME_OPEN);
      carried = carried || (channel->carried && open);
      connected = connected || (0 <= channel->fd && open);
    }
  if ((carried || !connected) && limit <= control_silence (&s->control))
    {
      char why[80];
      snprintf (why, sizeof why, "it has been silent for %d seconds",
                s->dead_peer);
      s->hooks.lost (s->hooks.context, why);
      return;
    }
  timer_set (&s->events, &s->watch_timer, MAX (250, limit / 24),
             look_after_peer, s);
}

void
supervisor_watch (struct supervisor *s)
{
  control_heartbeat (&s->control, MIN (15000, s->dead_peer * 1000 / 4));
  look_after_peer (s);
}
