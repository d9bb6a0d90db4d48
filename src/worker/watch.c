/* Whether the other host is still there.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "worker/supervisor.h"

#include <stdio.h>

#include "data/channel-watch.h"
#include "minmax.h"

/* What an end's connection tells of the other host.  */
enum vouch
{
  VOUCH_NOTHING,                /* it has none, or is over */
  VOUCH_WAITS,                  /* its relays, or those of the other end, have
                                   passed on all, and wait for a word that only
                                   the control connection brings */
  VOUCH_QUIET,                  /* it is there, but nothing goes through */
  VOUCH_LIFE
};

/* Return what END does at the time NOW, in ms, with LIMIT ms to be quiet.  */
static enum vouch
vouch (struct end *end, int64_t now, int64_t limit)
{
  struct channel *channel = &end->channel;
  bool over = channel->own.outcome != OUTCOME_OPEN;
  bool relayed = 0 < end->chain.count;
  if (channel->peer.outcome != OUTCOME_OPEN)
    return VOUCH_NOTHING;
  if (relayed && (channel->writer ? over : end->chain.state == CHAIN_DONE))
    return VOUCH_WAITS;
  if (over || channel->fd < 0)
    return VOUCH_NOTHING;
  return channel_is_quiet (channel, now, limit) ? VOUCH_QUIET : VOUCH_LIFE;
}

/* The heart of the matter of a dead host.  Silence on the control connection
   alone proves nothing: a login that is stopped is silent as well.  The
   kernels go on talking then, so it is they who are asked, as long as there
   is a connection between them.  But where the end of one stream waits for a
   word of the other host, no other one vouches for it that is quiet: it may
   wait for the same.  */
static void
look_after_peer (void *context)
{
  struct supervisor *s = context;
  int64_t limit = s->dead_peer * INT64_C (1000);
  int64_t now = events_now (&s->events);
  bool seen[VOUCH_LIFE + 1] = { false }, carried = false;
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
      carried = carried || (channel->carried
                            && channel->peer.outcome == OUTCOME_OPEN
                            && channel->own.outcome == OUTCOME_OPEN);
      seen[vouch (&s->ends[i], now, limit)] = true;
    }
  bool alive = (!carried
                && (seen[VOUCH_LIFE]
                    || (seen[VOUCH_QUIET] && !seen[VOUCH_WAITS])));
  if (!alive && limit <= control_silence (&s->control))
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
