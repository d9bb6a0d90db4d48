/* Whether the remote hosts that have no channel with this one are still there.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "leader/silence.h"

#include <stdio.h>

#include "minmax.h"

/* Return the time without a sign of life after which a host is lost, in
   ms.  */
static int64_t
time_limit (struct leader const *l)
{
  return l->run->dead_peer * INT64_C (1000);
}

/* Return whether this host has a link with HOST, whose other end it is for the
   worker here to watch.  */
static bool
is_linked (struct leader const *l, unsigned host)
{
  return 0 <= plan_link_between (&l->plan, 0, host);
}

static bool
is_silent (struct leader const *l, unsigned host)
{
  struct session const *session = &l->hosts[host];
  /* Before it has answered a user may be looking for a password.  */
  return (session->answered
          && time_limit (l) <= control_silence (&session->control));
}

/* Return whether the other end of CHANNEL vouches for its end END.  */
static bool
vouches (struct leader const *l, struct channel_facts const *channel, int end)
{
  return (channel->connected && !channel->carried
          && channel->ends[end].outcome == OUTCOME_OPEN
          && channel->ends[!end].outcome == OUTCOME_OPEN
          && !is_silent (l, channel->hosts[!end]));
}

static bool
is_vouched_for (struct leader const *l, unsigned host)
{
  for (size_t i = 0; i < l->run->channel_count; i++)
    for (int end = 0; end < 2; end++)
      if (l->facts.channels[i].hosts[end] == host
          && vouches (l, &l->facts.channels[i], end))
        return true;
  return false;
}

static void
look (void *context)
{
  struct leader *l = context;
  timer_set (&l->process.events, &l->silence_timer,
             MAX (250, time_limit (l) / 24), look, l);
  for (unsigned i = 1; i < l->run->host_count; i++)
    if (!is_linked (l, i) && is_silent (l, i) && !is_vouched_for (l, i))
      {
        char why[80];
        snprintf (why, sizeof why, "it has been silent for %d seconds",
                  l->run->dead_peer);
        session_lose (&l->hosts[i], why);
      }
}

void
silence_watch (struct leader *l)
{
  for (unsigned i = 1; i < l->run->host_count; i++)
    if (!is_linked (l, i))
      {
        look (l);
        return;
      }
}

void
silence_ignore (struct leader *l)
{
  timer_clear (&l->process.events, &l->silence_timer);
}
