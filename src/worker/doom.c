/* How what runs on this host is made to end.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "worker/doom.h"

#include <signal.h>

#include "base/children.h"
#include "stream-holders.h"
#include "worker/worker.h"

enum { HELPERS_MAX = 64 };

/* Send SIG to the processes that have the stream of END.  Return whether there
   are any.  */
static bool
signal_holders (struct end const *end, int sig)
{
  pid_t helpers[HELPERS_MAX];
  size_t count = children_helpers (helpers, HELPERS_MAX);
  return 0 < stream_holders_signal (&end->identity, helpers, count, 0, sig);
}

bool
doom_holders (struct worker *w)
{
  bool any = false;
  for (size_t i = 0; i < w->end_count; i++)
    {
      struct end *end = &w->ends[i]->end;
      struct worker_stage const *stage = worker_stage_on (w, end->number);
      if (end->stage.pid != 0 && !end->stage.relay
          && (!end_is_over (end) || (stage && worker_stage_runs (stage))))
        end->doomed = true;
      any = any || end->doomed;
    }
  return any;
}

/* Let the doomed processes whose commands are over know, each once.  */
static void
ask_holders (struct worker *w)
{
  for (size_t i = 0; i < w->end_count; i++)
    {
      struct end *end = &w->ends[i]->end;
      struct worker_stage const *stage = worker_stage_on (w, end->number);
      /* A command that runs has its own signal, and may end them itself.  */
      if (!end->doomed || end->asked || (stage && worker_stage_runs (stage)))
        continue;
      end->asked = true;
      /* Not the signal that ends the run: what a shell starts in the
         background ignores those of the keyboard.  */
      signal_holders (end, SIGTERM);
      signal_holders (end, SIGCONT);
    }
}

/* Send SIG to the doomed processes.  Return whether there are any.  */
static bool
signal_doomed_holders (struct worker *w, int sig)
{
  bool any = false;
  for (size_t i = 0; i < w->end_count; i++)
    if (w->ends[i]->end.doomed && signal_holders (&w->ends[i]->end, sig))
      any = true;
  return any;
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

/* Return whether an end waits for more than its stage.  */
static bool
ends_wait (struct worker const *w)
{
  for (size_t i = 0; i < w->end_count; i++)
    if (chain_runs (&w->ends[i]->end.chain) || end_waits (&w->ends[i]->end))
      return true;
  return false;
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
    ask_holders (w);
  w->holders_doomed = w->holders_doomed && signal_doomed_holders (w, 0);
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
    signal_doomed_holders (w, SIGKILL);
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
    ask_holders (w);
  timer_set (&w->lent.process->events, &w->end_timer, KILL_GRACE, kill_doomed,
             w);
}

void
doom_stages (struct worker *w, int sig, int64_t grace, bool again)
{
  tick (w);
  if (again)
    signal_doomed (w, sig);
  else if (0 < grace)
    timer_set (&w->lent.process->events, &w->end_timer, grace, ask_doomed, w);
  else
    ask_doomed (w);
}

void
doom_stage (struct worker *w, struct worker_stage *stage, int sig)
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
