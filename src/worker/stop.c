/* How one host's share of a run is ended.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "worker/supervisor.h"

#include <signal.h>

#include "worker/ends.h"

bool
unit_runs (struct unit const *unit)
{
  return (unit->stage.state == STAGE_STARTING
          || unit->stage.state == STAGE_RUNNING);
}

/* Return whether UNIT runs, or something that was told to end is left of its
   group.  */
static bool
unit_is_left (struct unit const *unit)
{
  return (unit_runs (unit)
          || (unit->doomed && unit->stage.group
              && stage_signal (&unit->stage, 0)));
}

bool
supervisor_idle (struct supervisor const *s)
{
  for (size_t i = 0; i < s->unit_count; i++)
    if (unit_is_left (&s->units[i]))
      return false;
  return !s->holders_doomed && !ends_wait (s);
}

/* The end of a process that is not our child is no event: look at times.  */
static void
tick (void *context)
{
  struct supervisor *s = context;
  /* A group that is seen to be gone may give its number to another.  */
  for (size_t i = 0; i < s->unit_count; i++)
    s->units[i].doomed = (s->units[i].doomed
                          && unit_is_left (&s->units[i]));
  if (s->holders_doomed && s->asked)
    ends_ask_holders (s);
  s->holders_doomed = s->holders_doomed && ends_signal_holders (s, 0);
  if (!supervisor_idle (s))
    timer_set (&s->events, &s->tick_timer, 50, tick, s);
}

static void
signal_doomed (struct supervisor *s, int sig)
{
  for (size_t i = 0; i < s->unit_count; i++)
    if (s->units[i].doomed)
      {
        stage_signal (&s->units[i].stage, sig);
        stage_signal (&s->units[i].stage, SIGCONT);
      }
}

static void
kill_doomed (void *context)
{
  struct supervisor *s = context;
  signal_doomed (s, SIGKILL);
  if (s->holders_doomed)
    ends_signal_holders (s, SIGKILL);
  /* Nobody survives this.  What can still be seen of a group are zombies,
     for which it is not us who wait.  */
  for (size_t i = 0; i < s->unit_count; i++)
    s->units[i].doomed = false;
  s->holders_doomed = false;
}

static void
ask_doomed (void *context)
{
  struct supervisor *s = context;
  s->asked = true;
  signal_doomed (s, s->ending);
  if (s->holders_doomed)
    ends_ask_holders (s);
  timer_set (&s->events, &s->end_timer, KILL_GRACE, kill_doomed, s);
}

void
supervisor_end (struct supervisor *s, int sig, int64_t grace)
{
  bool again = s->ending != 0;
  s->ending = sig;
  if (!again)
    s->holders_doomed = ends_doom_holders (s);
  for (size_t i = 0; i < s->unit_count; i++)
    {
      struct unit *unit = &s->units[i];
      if (!unit_runs (unit) || unit->doomed)
        continue;
      unit->doomed = true;
      if (unit->out != NO_CHANNEL)
        supervisor_cut_channel (s, unit->out);
    }
  /* What commands left behind has no command any more that would end it.  */
  for (unsigned i = 0; i < s->channel_count; i++)
    if (s->ends[i].state == END_HELD)
      supervisor_cut_channel (s, i);
  tick (s);
  if (again)
    signal_doomed (s, sig);
  else if (0 < grace)
    timer_set (&s->events, &s->end_timer, grace, ask_doomed, s);
  else
    ask_doomed (s);
}

void
supervisor_end_unit (struct supervisor *s, struct unit *unit, int sig)
{
  if (!unit_runs (unit) || unit->doomed)
    return;
  unit->doomed = true;
  tick (s);
  stage_signal (&unit->stage, sig);
  stage_signal (&unit->stage, SIGCONT);
  if (!s->end_timer.set)
    timer_set (&s->events, &s->end_timer, KILL_GRACE, kill_doomed, s);
}
