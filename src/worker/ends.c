/* The ends of channels that one host has, and what happens to them.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "worker/ends.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/children.h"
#include "minmax.h"
#include "monotonic.h"
#include "process-state.h"
#include "quote.h"
#include "stream-holders.h"
#include "worker/doom.h"
#include "worker/metering.h"

enum { HELPERS_MAX = 64 };

/* Tell the other end how END ended.  */
static void
announce (struct worker *w, struct end *end)
{
  struct message_builder message;
  end->channel.own.relayed = 0 < end->chain.count;
  message_begin (&message, MESSAGE_CHANNEL_END);
  message_add_number (&message, KEY_CHANNEL, end->number);
  channel_end_put (&end->channel.own, end->channel.writer, &message);
  w->lent.say (w->lent.context, &message);
}

/* Put into HOLDER a process that has the stream of END.  Return whether one
   is known.  */
static bool
find_holder (struct end *end, struct stream_holder *holder)
{
  pid_t helpers[HELPERS_MAX];
  size_t count = children_helpers (helpers, HELPERS_MAX);
  *holder = end->holder;
  return ((holder->pid != 0 && stream_holder_has (holder, &end->identity))
          || stream_holders_look (&end->identity, helpers, count, 0, holder)
             == HOLDERS_SOME);
}

/* Write to TEXT what END waits for: "process 123 (tee), which still has the
   output of remote command 'sh'".  */
static void
describe_wait (struct worker *w, struct end *end, char *text, size_t size)
{
  struct stream_holder holder;
  struct worker_stage const *stage = worker_stage_on (w, end->number);
  char name[64], who[128];
  bool known = find_holder (end, &holder);
  if (!known)
    snprintf (who, sizeof who, "a process");
  else if (process_name (holder.pid, name, sizeof name))
    snprintf (who, sizeof who, "process %ld (%s)", (long) holder.pid, name);
  else
    snprintf (who, sizeof who, "process %ld", (long) holder.pid);
  /* One that we may not look into may have it.  */
  snprintf (text, size, "%s, which %s the %s of the %s %s", who,
            known && holder.fd < 0 ? "may still have" : "still has",
            end->channel.writer ? "output" : "input", stage->task.role,
            stage->task.argv ? quote (stage->task.argv[0]) : "");
}

/* END waits for processes that its stage left behind: name one, and let it not
   wait longer than it may.  */
static void
look_after_wait (struct worker *w, struct end *end)
{
  char text[400];
  int64_t waited = monotonic_ms () - end->since;
  if (end->state != END_HELD)
    return;
  if (!end->named && 0 <= w->task.name_after && w->task.name_after <= waited)
    {
      end->named = true;
      describe_wait (w, end, text, sizeof text);
      worker_note (w, NOTE_WARN, "waiting for %s (see --wait-for-writers)",
                   text);
    }
  if (end->channel.writer && 0 <= w->task.wait_for_writers
      && w->task.wait_for_writers <= waited)
    {
      describe_wait (w, end, text, sizeof text);
      worker_note (w, NOTE_COMPLAIN,
                   "not waiting any longer for %s: the stream is cut", text);
      end_fail (end);
    }
}

static void plan_looks (struct worker *w);

/* Something has happened at END: do for it what it cannot do by itself.  */
static void
settle (struct worker *w, struct end *end)
{
  if (end->end_stage)
    {
      struct worker_stage *stage = worker_stage_on (w, end->number);
      end->end_stage = false;
      if (stage && worker_stage_runs (stage))
        doom_stage (w, stage, SIGTERM);
    }
  if (end_is_over (end) && !end->announced)
    {
      end->announced = true;
      announce (w, end);
      metering_look (w);
    }
  plan_looks (w);
}

void
ends_event (struct worker *w, struct worker_end *end, enum end_event event)
{
  end_event (&end->end, event);
  settle (w, &end->end);
}

/* It is time for some ends to look.  */
static void
look (void *context)
{
  struct worker *w = context;
  for (size_t i = 0; i < w->end_count; i++)
    {
      struct end *end = &w->ends[i]->end;
      if (end_next_look (end) != 0)
        continue;
      end_event (end, EV_LOOK);
      look_after_wait (w, end);
      settle (w, end);
    }
  plan_looks (w);
}

static void
plan_looks (struct worker *w)
{
  struct events *events = &w->lent.process->events;
  int64_t next = -1;
  for (size_t i = 0; i < w->end_count; i++)
    {
      int64_t own = end_next_look (&w->ends[i]->end);
      if (0 <= own)
        next = next < 0 ? own : MIN (next, own);
    }
  if (next < 0)
    timer_clear (events, &w->look_timer);
  else
    timer_set (events, &w->look_timer, next, look, w);
}

void
ends_connected (struct worker *w, struct worker_end *end,
                struct transport const *transport)
{
  end_connected (&end->end, transport);
  settle (w, &end->end);
}

/* The relay next to the writing stage has something to tell.  */
static void
ready_report (void *context, int fd, short ready)
{
  struct worker *w = context;
  (void) ready;
  for (size_t i = 0; i < w->end_count; i++)
    {
      struct relay_chain *chain = &w->ends[i]->end.chain;
      if (chain_report_fd (chain) != fd)
        continue;
      chain_take_report (chain);
      /* What comes at its end is read when it is reaped.  */
      if (chain_report_fd (chain) != fd)
        events_forget (&w->lent.process->events, fd);
      ends_event (w, w->ends[i], EV_LOOK);
      return;
    }
  events_forget (&w->lent.process->events, fd);
}

void
ends_started (struct worker *w, struct worker_end *end,
              struct end_stage const *stage, int fd)
{
  int report = chain_report_fd (&end->end.chain);
  if (0 <= report)
    events_watch (&w->lent.process->events, report, POLLIN, ready_report, w);
  end->end.strict = w->task.strict;
  end_started (&end->end, stage, fd);
  settle (w, &end->end);
}

void
ends_peer (struct worker *w, struct worker_end *end,
           struct channel_end const *peer)
{
  end_peer (&end->end, peer);
  settle (w, &end->end);
}

void
ends_reap_relays (struct worker *w)
{
  for (size_t i = 0; i < w->end_count; i++)
    {
      struct end *end = &w->ends[i]->end;
      int report = chain_report_fd (&end->chain);
      bool changed = chain_reap (&end->chain, &w->lent.process->guard,
                                 end->channel.writer ? "outgoing"
                                 : "incoming");
      if (0 <= report && chain_report_fd (&end->chain) != report)
        events_forget (&w->lent.process->events, report);
      if (changed)
        ends_event (w, w->ends[i], EV_LOOK);
    }
}

static void
mux_writer_closed (void *context, unsigned number)
{
  struct worker *w = context;
  struct worker_end *end = worker_end_of (w, number);
  /* A probe's channels have no ends.  */
  if (end)
    ends_event (w, end, EV_LOOK);
}

static void
mux_writer_drained (void *context, unsigned number)
{
  struct worker *w = context;
  struct worker_end *end = worker_end_of (w, number);
  if (end == NULL)
    return;
  end->end.mux_drained = true;
  ends_event (w, end, EV_LOOK);
}

static void
mux_failed (void *context, unsigned number, int error)
{
  struct worker *w = context;
  struct worker_end *here = worker_end_of (w, number);
  if (here == NULL)
    return;
  struct end *end = &here->end;
  worker_note (w, NOTE_COMPLAIN,
               end->channel.writer
               ? "cannot read what is written to the outgoing channel: %s"
               : "cannot pass on what came of the incoming channel: %s",
               strerror (error));
  end_fail (end);
  settle (w, end);
}

struct mux_out_hooks
ends_mux_hooks (struct worker *w)
{
  return (struct mux_out_hooks) {
    .context = w, .closed = mux_writer_closed,
    .drained = mux_writer_drained, .failed = mux_failed
  };
}

void
ends_cut (struct worker *w, struct worker_end *end)
{
  end_cut (&end->end);
  settle (w, &end->end);
}

void
ends_cut_all (struct worker *w)
{
  for (size_t i = 0; i < w->end_count; i++)
    ends_cut (w, w->ends[i]);
}
