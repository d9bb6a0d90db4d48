/* The local side towards a host that has socketpipe 1.10.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "compat/compat.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "compat/compat-run.h"
#include "base/diagnose.h"
#include "leader/foreground.h"
#include "data/relay.h"
#include "base/signals.h"
#include "base/system.h"
#include "xalloc.h"

/* Times, in ms.  */
enum
{
  STAGE_GRACE = 2000,           /* for commands to end by themselves */
  LOGIN_GRACE = 2000            /* for the login, after a signal */
};

double
compat_seconds (struct compat *c)
{
  return (events_now (&c->s.events) - c->started) / 1e3;
}

bool
compat_is_over (struct stage const *stage)
{
  return stage->state == STAGE_IDLE || stage->state == STAGE_ENDED;
}

static void
kill_login (void *context)
{
  struct compat *c = context;
  stage_signal (&c->ask.login.stage, SIGKILL);
  stage_signal (&c->login.stage, SIGKILL);
}

/* Make the logins end.  */
static void
end_login (struct compat *c, int sig)
{
  struct stage *stages[] = { &c->ask.login.stage, &c->login.stage };
  for (int i = 0; i < 2; i++)
    {
      stage_signal (stages[i], sig);
      stage_signal (stages[i], SIGCONT);
    }
  timer_set (&c->s.events, &c->login_timer, LOGIN_GRACE, kill_login, c);
}

/* End everything by SIG, the local commands after GRACE ms.  */
static void
end_all (struct compat *c, int sig, int64_t grace)
{
  compat_stop_listening (c);
  ask_stop (&c->ask);
  line_cut (&c->line);
  supervisor_end (&c->s, sig, grace);
  end_login (c, sig);
  if (c->phase != PHASE_RUNNING)
    c->phase = PHASE_CLOSING;
}

void
compat_fail (struct compat *c, char const *format, ...)
{
  char text[2048];
  va_list arguments;
  va_start (arguments, format);
  vsnprintf (text, sizeof text, format, arguments);
  va_end (arguments);
  if (!c->failed && c->signal == 0 && !signals_end_us ())
    complain ("%s", text);
  c->failed = true;
  end_all (c, SIGTERM, STAGE_GRACE);
}

void
compat_lost (void *context, char const *why)
{
  compat_fail (context, "lost contact with the other host: %s", why);
}

void
compat_release_input (struct compat *c)
{
  if (c->input && c->input->stage.relay
      && c->input->stage.state != STAGE_ENDED)
    stage_signal (&c->input->stage, SIGPIPE);
}

static void
take_children (void *context)
{
  struct compat *c = context;
  ask_reap (&c->ask);
  if (stage_reap (&c->login.stage, &c->s.guard))
    compat_login_ended (c);
}

static void
take_started (void *context, struct unit *unit)
{
  struct compat *c = context;
  verbose ("%s started after %.3f s", unit->stage.role, compat_seconds (c));
}

static void
take_ended (void *context, struct unit *unit)
{
  struct compat *c = context;
  bool input = unit == c->input;
  result_from_stage (&c->results[input ? INPUT : OUTPUT], &unit->stage);
  if (input)
    compat_end_input (c);
  else
    compat_end_output (c);
}

static void
take_signal (void *context, int sig)
{
  struct compat *c = context;
  if (c->signal == 0)
    c->signal = sig;
  end_all (c, sig, 0);
}

static void
add_units (struct compat *c)
{
  struct run const *run = c->run;
  c->output = supervisor_add (&c->s, run->output ? "output command"
                              : "standard output", run->output,
                              run->output ? NULL : relay_output_shared,
                              NO_CHANNEL, NO_CHANNEL);
  if (run->input_given)
    c->input = supervisor_add (&c->s, run->input ? "input command"
                               : "standard input", run->input,
                               run->input ? NULL : relay_input_shared,
                               NO_CHANNEL, NO_CHANNEL);
}

static bool
is_over (struct compat const *c)
{
  return (supervisor_idle (&c->s) && PHASE_RUNNING <= c->phase
          && compat_is_over (&c->ask.login.stage)
          && compat_is_over (&c->login.stage));
}

static void
compat_free (struct compat *c)
{
  compat_stop_listening (c);
  line_close (&c->line);
  ask_free (&c->ask);
  login_free (&c->login);
  supervisor_close (&c->s);
  for (int i = 0; i < STAGES_MAX; i++)
    result_free (&c->results[i]);
  free (c->host);
  free (c);
}

int
compat_main (struct run const *run)
{
  diagnose_level (run->level);
  int status = foreground_check (run);
  if (status != 0)
    return status;

  struct compat *c = xzalloc (sizeof *c);
  struct supervisor_hooks const hooks = {
    .context = c, .started = take_started, .ended = take_ended,
    .children = take_children, .signal = take_signal, .lost = compat_lost
  };
  c->run = run;
  c->listener = -1;
  c->family = run->family == 6 ? 6 : 4;
  line_init (&c->line);
  supervisor_open (&c->s, &hooks);
  c->s.own_session = run->batch;
  c->s.own_groups = run->batch || !foreground_has_terminal ();
  c->started = events_now (&c->s.events);
  add_units (c);
  if (compat_begin (c))
    {
      while (!is_over (c))
        events_step (&c->s.events);
      status = compat_report (c);
    }
  else
    status = EXIT_OWN_FAILURE;
  int sig = c->signal;
  compat_free (c);
  if (sig != 0)
    foreground_die (sig);
  return status;
}
