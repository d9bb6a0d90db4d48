/* The side that the user starts, from beginning to end.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "leader/local.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/diagnose.h"
#include "leader/local-run.h"
#include "wire/message.h"
#include "monotonic.h"
#include "base/system.h"
#include "xalloc.h"

/* Times, in ms.  */
enum
{
  LOST_GRACE = 2000,            /* for commands to end by themselves */
  AGENT_GRACE = 2000            /* for the agent to tell that they have */
};

/* End all commands by SIG, here after GRACE ms.  The agent tells when it has
   done so; if it does not, the login is ended, and the agent by that.  */
static void
end_commands (struct local *l, int sig, int64_t grace)
{
  struct message_builder message;
  message_begin (&message, MESSAGE_STOP);
  message_add_number (&message, KEY_SIGNAL, sig);
  control_send (&l->session.s.control, &message);
  supervisor_end (&l->session.s, sig, grace);
  session_limit (&l->session, grace + KILL_GRACE + AGENT_GRACE);
}

void
local_start_if_ready (struct local *l)
{
  struct session *n = &l->session;
  if (l->running || n->closing || !l->remote_started
      || !rendezvous_complete (&n->s.rendezvous))
    return;
  l->running = true;
  routes_list_tried (&l->routes, session_host (n));
  routes_finish (&l->routes);
  verbose ("all connected after %.3f s", session_seconds (n));
  bool keep_input = !(n->run->batch && isatty (STDIN_FILENO));
  supervisor_start (&n->s, l->output, -1, STDOUT_FILENO);
  if (l->input)
    {
      view_begin_channel (&l->view, CHANNEL_INPUT);
      supervisor_start (&n->s, l->input, keep_input ? STDIN_FILENO : -1, -1);
    }
  view_begin (&l->view);
}

static void
take_closing (void *context)
{
  struct local *l = context;
  routes_close (&l->routes);
}

static void
take_started (void *context, struct unit *unit)
{
  struct local *l = context;
  verbose ("%s started after %.3f s", unit->stage.role,
           session_seconds (&l->session));
  l->started = monotonic_us ();
}

static void
take_ended (void *context, struct unit *unit)
{
  struct local *l = context;
  int place = unit == l->input ? INPUT : OUTPUT;
  result_from_stage (&l->verdict.results[place], &unit->stage);
}

static bool
take_failed (void *context)
{
  struct local *l = context;
  if (!l->running)
    return false;
  end_commands (l, SIGTERM, LOST_GRACE);
  supervisor_cut (&l->session.s);
  return true;
}

static bool
take_signalled (void *context, int sig)
{
  struct local *l = context;
  end_commands (l, sig, 0);
  return l->running;
}

static void
take_notice (void *context, enum notice notice)
{
  struct local *l = context;
  view_notice (&l->view, notice);
}

/* Return whether the remote command has ended, and is known to be off its
   channels, in which way, too: what it wrote may still be on its way, or what
   it met be looked into.  */
static bool
remote_is_over (struct local const *l)
{
  struct supervisor const *s = &l->session.s;
  for (unsigned i = 0; i < s->channel_count; i++)
    if (s->ends[i].channel.peer.outcome == OUTCOME_OPEN)
      return false;
  return l->remote_ended;
}

/* Return whether the agent has more to do, or the login more to bring.  */
static bool
is_needed (void *context)
{
  struct local const *l = context;
  return l->running ? !remote_is_over (l) : !l->remote_ended;
}

/* After each step: has the run come to its end?  */
static bool
is_over (struct local *l)
{
  struct session *n = &l->session;
  bool units_over = supervisor_idle (&n->s);
  bool well = !n->lost && !n->failed && !n->control_ended && n->signal == 0;
  view_look (&l->view);
  if (l->running && units_over
      && (remote_is_over (l) || n->lost
          || (n->failed && n->control_ended)
          || (n->signal != 0 && n->control_ended))
      && !(well && view_waits (&l->view)))
    session_finish (n);
  return units_over && session_over (n);
}

/* Tell how the run ended.  Return the exit status.  */
static int
report (struct local *l)
{
  struct session *n = &l->session;
  view_close (&l->view);
  l->verdict.run = n->run;
  l->verdict.supervisor = &n->s;
  l->verdict.input = l->input;
  l->verdict.output = l->output;
  l->verdict.host = n->host ? n->host : "the other host";
  l->verdict.failed = n->failed;
  l->verdict.stage_pipes = (n->run->buffer != 0 || n->run->block_size != 0
                       || n->run->multipath
                       || n->run->encrypt != ENCRYPT_NONE);
  verdict_name (&l->verdict);
  if (n->signal != 0)
    return EXIT_SIGNAL_BASE + n->signal;
  int status = verdict_report (&l->verdict);
  if (status < 0)
    n->signal = -status;
  return status;
}

/* The user wants another rate limit.  */
static void
take_rate (void *context, uint64_t rate)
{
  struct local *l = context;
  struct supervisor *s = &l->session.s;
  struct message_builder message;
  verbose ("the rate limit is %" PRIu64 " bytes/s now", rate);
  supervisor_limit_rate (s, rate);
  message_begin (&message, MESSAGE_RATE);
  message_add_number (&message, KEY_RATE_LIMIT, rate);
  control_send (&s->control, &message);
}

int
local_main (struct run const *run)
{
  struct local *l = xzalloc (sizeof *l);
  struct session_hooks hooks = {
    .context = l, .closing = take_closing, .started = take_started,
    .ended = take_ended, .failed = take_failed, .signalled = take_signalled,
    .noticed = take_notice, .needed = is_needed
  };
  diagnose_level (run->level);
  local_set_hooks (&hooks);
  l->begun = monotonic_us ();
  int status = EXIT_OWN_FAILURE;
  if (!local_open_stats (l, run)
      || (status = session_open (&l->session, run, &hooks)) != 0)
    {
      if (0 <= l->stats_fd)
        close (l->stats_fd);
      free (l);
      return status;
    }
  status = EXIT_OWN_FAILURE;
  local_add_units (l);
  view_open (&l->view, run, &l->session.s);
  adjust_init (&l->adjust);
  if (local_begin (l))
    {
      if (run->rate_limit != 0)
        adjust_open (&l->adjust, &l->session.s.events, take_rate, l);
      while (!is_over (l))
        events_step (&l->session.s.events);
      status = local_write_stats (l, report (l));
    }
  view_close (&l->view);
  adjust_close (&l->adjust);
  routes_close (&l->routes);
  verdict_free (&l->verdict);
  session_close (&l->session);
  free (l);
  return status;
}
