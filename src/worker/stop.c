/* How one host's share of a run is ended.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "worker/worker.h"

#include <signal.h>

#include "worker/ends.h"

bool
worker_stage_runs (struct worker_stage const *stage)
{
  return (stage->stage.state == STAGE_STARTING
          || stage->stage.state == STAGE_RUNNING);
}

/* Return whether STAGE runs, or something that was told to end is left of its
   group.  */
static bool
stage_is_left (struct worker_stage const *stage)
{
  return (worker_stage_runs (stage)
          || (stage->doomed && stage->stage.group
              && stage_signal (&stage->stage, 0)));
}

bool
worker_is_idle (struct worker const *w)
{
  for (size_t i = 0; i < w->stage_count; i++)
    if (stage_is_left (&w->stages[i]))
      return false;
  return !w->holders_doomed && !ends_wait (w);
}

/* The end of a process that is not our child is no event: look at times.  */
static void
tick (void *context)
{
  struct worker *w = context;
  /* A group that is seen to be gone may give its number to another.  */
  for (size_t i = 0; i < w->stage_count; i++)
    w->stages[i].doomed = (w->stages[i].doomed
                          && stage_is_left (&w->stages[i]));
  if (w->holders_doomed && w->asked)
    ends_ask_holders (w);
  w->holders_doomed = w->holders_doomed && ends_signal_holders (w, 0);
  if (!worker_is_idle (w))
    timer_set (&w->lent.process->events, &w->tick_timer, 50, tick, w);
}

static void
signal_doomed (struct worker *w, int sig)
{
  for (size_t i = 0; i < w->stage_count; i++)
    if (w->stages[i].doomed)
      {
        stage_signal (&w->stages[i].stage, sig);
        stage_signal (&w->stages[i].stage, SIGCONT);
      }
}

static void
kill_doomed (void *context)
{
  struct worker *w = context;
  signal_doomed (w, SIGKILL);
  if (w->holders_doomed)
    ends_signal_holders (w, SIGKILL);
  /* Nobody survives this.  What can still be seen of a group are zombies,
     for which it is not us who wait.  */
  for (size_t i = 0; i < w->stage_count; i++)
    w->stages[i].doomed = false;
  w->holders_doomed = false;
}

static void
ask_doomed (void *context)
{
  struct worker *w = context;
  w->asked = true;
  signal_doomed (w, w->ending);
  if (w->holders_doomed)
    ends_ask_holders (w);
  timer_set (&w->lent.process->events, &w->end_timer, KILL_GRACE, kill_doomed, w);
}

void
worker_end (struct worker *w, int sig, int64_t grace, bool cut)
{
  bool again = w->ending != 0;
  w->ending = sig;
  w->closing = true;
  for (size_t i = 0; i < w->link_count; i++)
    link_stop (w->links[i]);
  if (!again)
    w->holders_doomed = ends_doom_holders (w);
  for (size_t i = 0; i < w->stage_count; i++)
    {
      struct worker_stage *stage = &w->stages[i];
      struct worker_end *out = worker_end_of (w, stage->task.out);
      if (!worker_stage_runs (stage) || stage->doomed)
        continue;
      stage->doomed = true;
      if (out)
        ends_cut (w, out);
    }
  /* What commands left behind has no command any more that would end it.  */
  for (size_t i = 0; i < w->end_count; i++)
    if (w->ends[i]->end.state == END_HELD)
      ends_cut (w, w->ends[i]);
  tick (w);
  if (again)
    signal_doomed (w, sig);
  else if (0 < grace)
    timer_set (&w->lent.process->events, &w->end_timer, grace, ask_doomed, w);
  else
    ask_doomed (w);
  if (cut)
    ends_cut_all (w);
}

void
worker_end_stage (struct worker *w, struct worker_stage *stage, int sig)
{
  if (!worker_stage_runs (stage) || stage->doomed)
    return;
  stage->doomed = true;
  tick (w);
  stage_signal (&stage->stage, sig);
  stage_signal (&stage->stage, SIGCONT);
  if (!w->end_timer.set)
    timer_set (&w->lent.process->events, &w->end_timer, KILL_GRACE,
               kill_doomed, w);
}
