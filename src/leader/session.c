/* A login, its control connection and the agent behind it, from the start to
   the end.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "leader/session.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diagnose.h"
#include "minmax.h"
#include "quote.h"
#include "quotearg.h"
#include "report/verdict.h"
#include "base/signals.h"
#include "base/system.h"
#include "xvasprintf.h"

/* Times, in ms.  */
enum
{
  LOGIN_GRACE = 5000,           /* for the login to end by itself */
  LOGIN_LAST_GRACE = 2000,      /* ... and after a SIGTERM */
  LOGIN_KILL_LIMIT = 2000,      /* ... and after a SIGKILL */
  STATUS_WAIT = 500             /* for a login's status after its output */
};

char const *
session_host (struct session const *n)
{
  return (n->nodename
          ? quotearg_n_style (n->number, escape_quoting_style, n->nodename)
          : "the other host");
}

static struct events *
events_of (struct session const *n)
{
  return &n->all->process->events;
}

/* The login waits for something in the kernel where no signal reaches it.  */
static void
abandon_login (void *context)
{
  struct session *n = context;
  struct stage *stage = &n->login.stage;
  if (stage->state == STAGE_ENDED)
    return;
  complain ("cannot kill the login command %s: process %jd is left behind",
            quote (n->login.text), (intmax_t) stage->pid);
  n->abandoned = true;
  /* Nothing comes from it any more, even if its output stays open.  */
  n->control_ended = true;
  /* The guard could do no more, and would hold us up.  */
  guard_remove (&n->all->process->guard,
                stage->group ? -stage->pid : stage->pid);
}

/* The login's time is up.  */
static void
kill_login (void *context)
{
  struct session *n = context;
  stage_signal (&n->login.stage, SIGKILL);
  timer_set (events_of (n), &n->login_timer, LOGIN_KILL_LIMIT, abandon_login,
             n);
}

static void
end_login (void *context)
{
  struct session *n = context;
  if (n->login.stage.state == STAGE_ENDED)
    return;
  verbose ("login command %s does not end by itself", quote (n->login.text));
  stage_signal (&n->login.stage, SIGTERM);
  stage_signal (&n->login.stage, SIGCONT);
  timer_set (events_of (n), &n->login_timer, LOGIN_LAST_GRACE, kill_login, n);
}

void
session_finish (struct session *n)
{
  struct message_builder message;
  if (n->closing)
    return;
  n->closing = true;
  if (n->all->hooks.closing)
    n->all->hooks.closing (n->all->hooks.context, n);
  timer_clear (events_of (n), &n->lost_timer);
  if (!n->begun)
    return;
  message_begin (&message, MESSAGE_BYE);
  control_send (&n->control, &message);
  control_finish (&n->control);
  if (!n->abandoned)
    timer_set (events_of (n), &n->login_timer, n->lost ? 0 : LOGIN_GRACE,
               end_login, n);
}

void
session_limit (struct session *n, int64_t limit)
{
  if (n->begun && !n->login_timer.set)
    timer_set (events_of (n), &n->login_timer, limit, end_login, n);
}

/* Return whether what fails now is but a consequence: of a failure that has
   been reported, or of a signal, which may have been faster than the loop.  */
static bool
is_consequence (struct sessions const *all)
{
  return all->failed || all->signal != 0 || signals_end_us ();
}

/* It has failed, which has been reported.  */
static void
fail (struct sessions *all)
{
  all->failed = true;
  all->hooks.failed (all->hooks.context);
}

void
sessions_fail (struct sessions *all, char const *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  char *text = xvasprintf (format, arguments);
  va_end (arguments);
  if (!is_consequence (all))
    complain ("%s", text);
  free (text);
  fail (all);
}

void
session_lose (struct session *n, char const *why)
{
  struct session_hooks const *hooks = &n->all->hooks;
  if (n->lost || n->closing
      || (hooks->needed && !hooks->needed (hooks->context, n)))
    return;
  n->lost = true;
  sessions_fail (n->all, "lost contact with %s: %s", session_host (n), why);
}

static void
on_banner (void *context, unsigned min, unsigned max, char const *version)
{
  struct session *n = context;
  if (n->closing)
    return;
  if (PROTOCOL_MAX < min || max < PROTOCOL_MIN)
    {
      sessions_fail (n->all, "the socketpipe over there (%s) speaks protocol "
                     "%u to %u, this one (%s) %d to %d: install versions that "
                     "match, or name another with --remote-path", version,
                     min, max, PACKAGE_VERSION, PROTOCOL_MIN, PROTOCOL_MAX);
      return;
    }
  verbose ("agent %s answered after %.3f s", version,
           sessions_seconds (n->all));
  n->answered = true;
  /* Not before: somebody may be looking for a password.  */
  control_heartbeat (&n->control,
                     MIN (15000, n->all->run->dead_peer * 1000 / 4));
  n->all->hooks.answered (n->all->hooks.context, n, min, max, version);
}

static void
on_error (struct session *n, struct message const *message)
{
  uint64_t code;
  struct session_hooks const *hooks = &n->all->hooks;
  char *text = message_text (message, KEY_TEXT, 0);
  char const *shown = text ? quotearg_n_style (0, escape_quoting_style, text)
                      : "no reason given";
  if (!message_number (message, KEY_CODE, &code))
    code = ERROR_OTHER;
  if (is_consequence (n->all))
    verbose ("the agent on %s failed: %s", session_host (n), shown);
  else if (code == ERROR_TERMINAL)
    login_gives_terminal (&n->login, session_host (n));
  else if (code == ERROR_NO_INPUT)
    login_closes_input (&n->login, session_host (n));
  else if (code == ERROR_UNABLE)
    complain ("%s cannot %s", session_host (n), shown);
  else if (hooks->error && hooks->error (hooks->context, n, code, message))
    {
      free (text);
      return;
    }
  else if (code == ERROR_LOST)
    complain ("lost contact with %s: seen from there, %s", session_host (n),
              shown);
  else
    complain ("the agent on %s failed: %s", session_host (n), shown);
  free (text);
  fail (n->all);
}

static void
on_message (void *context, struct message const *message)
{
  struct session *n = context;
  struct session_hooks const *hooks = &n->all->hooks;
  if (n->closing)
    return;
  if (message->type == MESSAGE_HELLO)
    {
      free (n->nodename);
      n->nodename = message_text (message, KEY_NODENAME, 0);
    }
  else if (message->type == MESSAGE_ERROR)
    on_error (n, message);
  else if (!hooks->message (hooks->context, n, message))
    sessions_fail (n->all, "%s sent a message that cannot be",
                   session_host (n));
}

/* The control connection has ended and the login has, or may have.  */
static void
judge_end (void *context)
{
  struct session *n = context;
  timer_clear (events_of (n), &n->lost_timer);
  if (n->closing)
    return;
  if (!n->answered)
    {
      if (!is_consequence (n->all))
        login_explain_end (&n->login);
      fail (n->all);
    }
  else if (n->login.stage.state == STAGE_ENDED)
    {
      char end[80], why[512];
      describe_end (n->login.stage.wait_status, end, sizeof end);
      snprintf (why, sizeof why, "the login command %s ended: %s",
                quote (n->login.text), end);
      session_lose (n, why);
    }
  else
    session_lose (n, "the login's output ended");
}

/* Wait for the other half of the news, but not for ever.  */
static void
expect_end (struct session *n)
{
  if (n->control_ended && n->login.stage.state == STAGE_ENDED)
    judge_end (n);
  else
    timer_set (events_of (n), &n->lost_timer, STATUS_WAIT, judge_end, n);
}

static void
end_of_control (void *context, enum control_end why)
{
  struct session *n = context;
  n->control_ended = true;
  if (n->closing)
    return;
  if (why == CONTROL_TERMINAL)
    {
      login_gives_terminal (&n->login, session_host (n));
      fail (n->all);
    }
  else if (why == CONTROL_GARBLED)
    sessions_fail (n->all, "what the login command %s passes on is not clean: "
                  "something on %s writes into its output, or it merges "
                  "standard error into it", quote (n->login.text),
                  session_host (n));
  else
    expect_end (n);
}

void
session_reap (struct session *n)
{
  if (n->begun && stage_reap (&n->login.stage, &n->all->process->guard))
    expect_end (n);
}

void
session_signal (struct session *n, int sig)
{
  if (n->begun && !control_has_banner (&n->control))
    stage_signal (&n->login.stage, sig);
}

void
sessions_open (struct sessions *all, struct process *process,
               struct run const *run, struct session_hooks const *hooks,
               struct mux_out_hooks const *mux)
{
  *all = (struct sessions) {
    .process = process, .run = run, .hooks = *hooks, .mux = *mux,
    .started = events_now (&process->events)
  };
}

double
sessions_seconds (struct sessions *all)
{
  return (events_now (&all->process->events) - all->started) / 1e3;
}

void
session_open (struct session *n, struct sessions *all, unsigned number)
{
  *n = (struct session) {
    .all = all, .host = &all->run->hosts[number], .number = number
  };
  control_init (&n->control);
  mux_init (&n->mux, &n->control, &all->process->events, &all->mux);
}

bool
session_start (struct session *n, char const *early)
{
  struct control_hooks const hooks = {
    .context = n, .banner = on_banner, .message = on_message,
    .end = end_of_control
  };
  int in, out;
  snprintf (n->agent, sizeof n->agent, "--agent%s%s", early ? "=" : "",
            early ? early : "");
  if (login_start (&n->login, n->all->process, n->host, n->agent, &in, &out)
      != 0)
    {
      complain ("cannot start login command %s: %s", quote (n->login.text),
                strerror (errno));
      return false;
    }
  n->begun = true;
  control_open (&n->control, events_of (n), in, out, true, &hooks);
  if (n->all->run->level < 0)
    control_hide_noise (&n->control);
  return true;
}

bool
session_is_over (struct session const *n)
{
  return (n->closing
          && (!n->begun || n->abandoned
              || n->login.stage.state == STAGE_ENDED));
}

void
session_close (struct session *n)
{
  timer_clear (events_of (n), &n->login_timer);
  timer_clear (events_of (n), &n->lost_timer);
  control_close (&n->control);
  mux_close (&n->mux);
  login_free (&n->login);
  free (n->nodename);
  n->nodename = NULL;
}
