/* The local side's login and the agent behind it, from the start to the end.
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
#include "leader/foreground.h"
#include "quote.h"
#include "quotearg.h"
#include "report/report.h"
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
  return n->host ? quotearg_n_style (1, escape_quoting_style, n->host)
         : "the other host";
}

double
session_seconds (struct session *n)
{
  return (events_now (&n->s.events) - n->started) / 1e3;
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
  guard_remove (&n->s.guard, stage->group ? -stage->pid : stage->pid);
}

/* The login's time is up.  */
static void
kill_login (void *context)
{
  struct session *n = context;
  stage_signal (&n->login.stage, SIGKILL);
  timer_set (&n->s.events, &n->login_timer, LOGIN_KILL_LIMIT, abandon_login,
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
  timer_set (&n->s.events, &n->login_timer, LOGIN_LAST_GRACE, kill_login, n);
}

void
session_finish (struct session *n)
{
  struct message_builder message;
  if (n->closing)
    return;
  n->closing = true;
  n->hooks.closing (n->hooks.context);
  timer_clear (&n->s.events, &n->lost_timer);
  message_begin (&message, MESSAGE_BYE);
  control_send (&n->s.control, &message);
  control_finish (&n->s.control);
  if (!n->abandoned)
    timer_set (&n->s.events, &n->login_timer, n->lost ? 0 : LOGIN_GRACE,
               end_login, n);
}

void
session_limit (struct session *n, int64_t limit)
{
  if (!n->login_timer.set)
    timer_set (&n->s.events, &n->login_timer, limit, end_login, n);
}

/* Return whether what fails now is but a consequence: of a failure that has
   been told, or of a signal, which may have been faster than the loop.  */
static bool
is_consequence (struct session const *n)
{
  return n->failed || n->signal != 0 || signals_end_us ();
}

/* It has failed, which has been said.  */
static void
fail (struct session *n)
{
  n->failed = true;
  if (!n->closing
      && !(n->hooks.failed && n->hooks.failed (n->hooks.context)))
    session_finish (n);
}

void
session_fail (struct session *n, char const *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  char *text = xvasprintf (format, arguments);
  va_end (arguments);
  if (!is_consequence (n))
    complain ("%s", text);
  free (text);
  fail (n);
}

/* The agent is out of reach.  */
static void
lose_contact (void *context, char const *why)
{
  struct session *n = context;
  if (n->lost || n->closing
      || (n->hooks.needed && !n->hooks.needed (n->hooks.context)))
    return;
  n->lost = true;
  session_fail (n, "lost contact with %s: %s", session_host (n), why);
}

static void
take_broken (void *context)
{
  struct session *n = context;
  session_fail (n, "lost contact with %s: a connection between the commands "
                "was reset, or timed out", session_host (n));
}

static void
take_banner (void *context, unsigned min, unsigned max, char const *version)
{
  struct session *n = context;
  if (n->closing)
    return;
  if (PROTOCOL_MAX < min || max < PROTOCOL_MIN)
    {
      session_fail (n, "the socketpipe over there (%s) speaks protocol %u to "
                    "%u, this one (%s) %d to %d: install versions that "
                    "match, or name another with --remote-path", version,
                    min, max, PACKAGE_VERSION, PROTOCOL_MIN, PROTOCOL_MAX);
      return;
    }
  verbose ("agent %s answered after %.3f s", version, session_seconds (n));
  n->answered = true;
  /* Not before: somebody may be looking for his password.  */
  supervisor_watch (&n->s);
  n->hooks.answered (n->hooks.context, min, max, version);
}

static void
take_error (struct session *n, struct message const *message)
{
  uint64_t code;
  char *text = message_text (message, KEY_TEXT, 0);
  char const *shown = text ? quotearg_style (escape_quoting_style, text)
                      : "no reason given";
  if (!message_number (message, KEY_CODE, &code))
    code = ERROR_OTHER;
  if (is_consequence (n))
    verbose ("the agent on %s failed: %s", session_host (n), shown);
  else if (code == ERROR_TERMINAL)
    login_gives_terminal (&n->login, session_host (n));
  else if (code == ERROR_NO_INPUT)
    login_closes_input (&n->login, session_host (n));
  else if (code == ERROR_UNABLE)
    complain ("%s cannot %s", session_host (n), shown);
  else if (code == ERROR_LOST)
    complain ("lost contact with %s: seen from there, %s", session_host (n),
              shown);
  else if (!(n->hooks.error && n->hooks.error (n->hooks.context, code)))
    complain ("the agent on %s failed: %s", session_host (n), shown);
  free (text);
  fail (n);
}

static void
take_message (void *context, struct message const *message)
{
  struct session *n = context;
  if (n->closing)
    return;
  if (message->type == MESSAGE_HELLO)
    {
      free (n->host);
      n->host = message_text (message, KEY_NODENAME, 0);
    }
  else if (message->type == MESSAGE_ERROR)
    take_error (n, message);
  else if (message->type == MESSAGE_CREDIT)
    {
      if (!supervisor_credit (&n->s, message))
        session_fail (n, "%s sent credit for no channel", session_host (n));
    }
  else if (!n->hooks.message (n->hooks.context, message))
    session_fail (n, "%s sent a message that is not for this side",
                  session_host (n));
}

/* The control connection has ended and the login has, or may have.  */
static void
judge_end (void *context)
{
  struct session *n = context;
  timer_clear (&n->s.events, &n->lost_timer);
  if (n->closing)
    return;
  if (!n->answered)
    {
      if (!is_consequence (n))
        login_explain_end (&n->login);
      fail (n);
    }
  else if (n->login.stage.state == STAGE_ENDED)
    {
      char end[80], why[512];
      describe_end (n->login.stage.wait_status, end, sizeof end);
      snprintf (why, sizeof why, "the login command %s ended: %s",
                quote (n->login.text), end);
      lose_contact (n, why);
    }
  else
    lose_contact (n, "the login's output ended");
}

/* Wait for the other half of the news, but not for ever.  */
static void
expect_end (struct session *n)
{
  if (n->control_ended && n->login.stage.state == STAGE_ENDED)
    judge_end (n);
  else
    timer_set (&n->s.events, &n->lost_timer, STATUS_WAIT, judge_end, n);
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
      fail (n);
    }
  else if (why == CONTROL_GARBLED)
    session_fail (n, "what the login command %s passes on is not clean: "
                  "something on %s writes into its output, or it merges "
                  "standard error into it", quote (n->login.text),
                  session_host (n));
  else
    expect_end (n);
}

static void
take_started (void *context, struct unit *unit)
{
  struct session *n = context;
  n->hooks.started (n->hooks.context, unit);
}

static void
take_ended (void *context, struct unit *unit)
{
  struct session *n = context;
  n->hooks.ended (n->hooks.context, unit);
}

static void
take_children (void *context)
{
  struct session *n = context;
  if (stage_reap (&n->login.stage, &n->s.guard))
    expect_end (n);
}

static void
take_signal (void *context, int sig)
{
  struct session *n = context;
  if (n->signal == 0)
    n->signal = sig;
  if (n->hooks.signalled && n->hooks.signalled (n->hooks.context, sig))
    return;
  session_finish (n);
  /* It may be asking for a password.  */
  if (!control_has_banner (&n->s.control))
    stage_signal (&n->login.stage, sig);
}

static void
take_notice (void *context, enum notice notice)
{
  struct session *n = context;
  if (n->hooks.noticed)
    n->hooks.noticed (n->hooks.context, notice);
}

int
session_open (struct session *n, struct run const *run,
              struct session_hooks const *hooks)
{
  struct supervisor_hooks const supervisor_hooks = {
    .context = n, .started = take_started, .ended = take_ended,
    .children = take_children, .signal = take_signal,
    .noticed = take_notice, .lost = lose_contact, .broken = take_broken
  };
  int status = foreground_check (run);
  if (status != 0)
    return status;
  *n = (struct session) { .run = run, .hooks = *hooks };
  supervisor_open (&n->s, &supervisor_hooks);
  n->s.dead_peer = run->dead_peer;
  n->s.own_session = run->batch;
  n->s.own_groups = run->batch || !foreground_has_terminal ();
  n->started = events_now (&n->s.events);
  return 0;
}

bool
session_start (struct session *n, char const *early)
{
  struct control_hooks const hooks = {
    .context = n, .banner = take_banner, .message = take_message,
    .end = end_of_control
  };
  int in, out;
  snprintf (n->agent, sizeof n->agent, "--agent%s%s", early ? "=" : "",
            early ? early : "");
  if (login_start (&n->login, &n->s, n->run, n->agent, &in, &out) != 0)
    {
      complain ("cannot start login command %s: %s", quote (n->login.text),
                strerror (errno));
      return false;
    }
  control_open (&n->s.control, &n->s.events, in, out, true, &hooks);
  if (n->run->level < 0)
    control_hide_noise (&n->s.control);
  return true;
}

bool
session_over (struct session const *n)
{
  return (n->closing
          && (n->abandoned || n->login.stage.state == STAGE_ENDED));
}

void
session_close (struct session *n)
{
  supervisor_close (&n->s);
  login_free (&n->login);
  free (n->host);
  n->host = NULL;
  if (n->signal != 0)
    foreground_die (n->signal);
}
