/* Whether the other hosts are still there.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "worker/watch.h"

#include <stdio.h>

#include "data/channel-watch.h"
#include "minmax.h"
#include "worker/ends.h"

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

/* The other end of LINK is out of reach, for SECONDS: say so.  */
static void
lose (struct worker *w, struct link const *link, enum error_code code,
      char const *format, int seconds)
{
  char why[80];
  snprintf (why, sizeof why, format, seconds);
  worker_fail (w, link, code, why);
}

/* Look at the connection of END at the time NOW.  Return false if it has shown
   that the run cannot go on.  */
static bool
look_at_end (struct worker *w, struct worker_end *end, int64_t now)
{
  struct channel *channel = &end->end.channel;
  int limit = w->task.dead_peer;
  /* It is for one of the two to judge.  */
  if (!end->link->task.decider && channel_broke (channel, now))
    {
      worker_fail (w, end->link, ERROR_BROKEN, "reset, or timed out");
      return false;
    }
  if (channel_cut_is_overdue (channel, now))
    ends_cut (w, end);
  if (channel_in_trouble (channel, now, limit * INT64_C (1000) / 2))
    {
      lose (w, end->link, ERROR_LOST,
            "no sign of life on its connection for %d seconds", limit / 2);
      return false;
    }
  return true;
}

/* Return whether the connections of the links that share MUX, and so a login,
   vouch for the other end of that.  */
static bool
is_vouched_for (struct worker *w, struct mux const *mux, int64_t now)
{
  int64_t limit = w->task.dead_peer * INT64_C (1000);
  bool seen[VOUCH_LIFE + 1] = { false };
  for (size_t i = 0; i < w->end_count; i++)
    {
      struct worker_end *end = w->ends[i];
      struct channel const *channel = &end->end.channel;
      if (end->link == NULL
          || w->lent.mux (w->lent.context, end->link->task.number) != mux)
        continue;
      if (channel->carried && channel->peer.outcome == OUTCOME_OPEN
          && channel->own.outcome == OUTCOME_OPEN)
        return false;
      seen[vouch (&end->end, now, limit)] = true;
    }
  return seen[VOUCH_LIFE] || (seen[VOUCH_QUIET] && !seen[VOUCH_WAITS]);
}

/* How a dead host is found.  Silence on the control connection alone proves
   nothing: a login that is stopped is silent as well.  The kernels go on
   talking then, so it is they who are asked, as long as there is a connection
   between them.  But where the end of one stream waits for a word of the other
   host, no other one vouches for it that is quiet: it may wait for the
   same.  */
static void
look_after_peers (void *context)
{
  struct worker *w = context;
  int64_t limit = w->task.dead_peer * INT64_C (1000);
  int64_t now = events_now (&w->lent.process->events);
  for (size_t i = 0; i < w->end_count; i++)
    if (w->ends[i]->link != NULL && !look_at_end (w, w->ends[i], now))
      return;
  for (size_t i = 0; i < w->link_count; i++)
    {
      struct link *link = w->links[i];
      unsigned number = link->task.number;
      if (limit <= w->lent.silence (w->lent.context, number)
          && !is_vouched_for (w, w->lent.mux (w->lent.context, number), now))
        {
          lose (w, link, ERROR_LOST, "it has been silent for %d seconds",
                w->task.dead_peer);
          return;
        }
    }
  timer_set (&w->lent.process->events, &w->watch_timer, MAX (250, limit / 24),
             look_after_peers, w);
}

void
watch_peers (struct worker *w)
{
  look_after_peers (w);
}
