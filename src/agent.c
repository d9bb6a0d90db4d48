/* The side that the login starts.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent-run.h"
#include "base/diagnose.h"
#include "report/report.h"
#include "base/signals.h"
#include "base/system.h"
#include "xalloc.h"

/* How long, in ms, to wait for the local side to hear an error.  */
enum { PARTING = 5000 };

static void
leave (void *context)
{
  struct agent *a = context;
  a->dismissed = true;
}

/* End what is running, and let nobody take what there is for the whole.  */
static void
end_command (struct agent *a, int sig)
{
  /* First: an end that is cut may be over, and tells no more that processes
     have its stream.  */
  supervisor_end (&a->s, sig, 0);
  supervisor_cut (&a->s);
}

/* Tell the local side that the run cannot go on.  */
static void
tell_error (struct agent *a, enum error_code code, char const *text)
{
  struct message_builder message;
  message_begin (&message, MESSAGE_ERROR);
  message_add_number (&message, KEY_CODE, code);
  message_add_text (&message, KEY_TEXT, text);
  control_send (&a->s.control, &message);
}

void
agent_fail (struct agent *a, enum error_code code, char const *text)
{
  if (a->failed)
    return;
  a->failed = true;
  tell_error (a, code, text);
  control_finish (&a->s.control);
  routes_close (&a->routes);
  end_command (a, SIGTERM);
  timer_set (&a->s.events, &a->parting, PARTING, leave, a);
}

static void
say_hello (struct agent *a)
{
  struct message_builder message;
  message_begin (&message, MESSAGE_HELLO);
  message_add_text (&message, KEY_NODENAME, a->system.nodename);
  control_send (&a->s.control, &message);
}

static void
take_banner (void *context, unsigned min, unsigned max, char const *version)
{
  struct agent *a = context;
  (void) version;
  /* Our own banner tells the local side as much; it will say it.  */
  a->version_fits = min <= PROTOCOL_MAX && PROTOCOL_MIN <= max;
}

static void
take_stop (struct agent *a, struct message const *message)
{
  uint64_t sig;
  if (!message_number (message, KEY_SIGNAL, &sig)
      || (sig != SIGINT && sig != SIGHUP && sig != SIGQUIT))
    sig = SIGTERM;
  end_command (a, sig);
}

static void
take_message (void *context, struct message const *message)
{
  struct agent *a = context;
  uint64_t rate;
  if (!a->version_fits
      || (a->failed && message->type != MESSAGE_STOP
          && message->type != MESSAGE_BYE))
    return;
  switch (message->type)
    {
    case MESSAGE_RUN:
    case MESSAGE_PROBE:
      agent_take_order (a, message);
      break;
    case MESSAGE_ROUTE:
      if (a->probe == NULL || !probe_agent_carry (a->probe))
        agent_fail (a, ERROR_OTHER, "cannot send data through the login");
      break;
    case MESSAGE_TRIED:
      if (!routes_take_tried (&a->routes, message))
        agent_fail (a, ERROR_OTHER, "bad message: tried before the run");
      break;
    case MESSAGE_CREDIT:
      if (!supervisor_credit (&a->s, message))
        agent_fail (a, ERROR_OTHER, "bad message: credit for no channel");
      break;
    case MESSAGE_CHANNEL_END:
      if (!supervisor_channel_end (&a->s, message))
        agent_fail (a, ERROR_OTHER, "bad message: end of no channel");
      metering_look (&a->metering);
      break;
    case MESSAGE_RATE:
      if (message_number (message, KEY_RATE_LIMIT, &rate) && 0 < rate)
        supervisor_limit_rate (&a->s, rate);
      break;
    case MESSAGE_STOP:
      take_stop (a, message);
      break;
    case MESSAGE_BYE:
      a->dismissed = true;
      /* The local side has given the run up.  */
      if (!supervisor_idle (&a->s))
        end_command (a, SIGTERM);
      break;
    default:
      agent_fail (a, ERROR_OTHER, "bad message: not for an agent");
    }
}

/* The local side is gone, or cannot be understood: end what is running.  */
static void
lose_contact (struct agent *a)
{
  if (!a->contact)
    return;
  a->contact = false;
  end_command (a, SIGTERM);
}

static void
end_of_control (void *context, enum control_end why)
{
  struct agent *a = context;
  if (why == CONTROL_EOF && a->unit == NULL && a->probe == NULL
      && !a->failed)
    agent_fail (a, ERROR_NO_INPUT, "end of file at once");
  else if (why == CONTROL_GARBLED)
    agent_fail (a, ERROR_OTHER, "what comes in is not a message");
  else if (why == CONTROL_TERMINAL)
    agent_fail (a, ERROR_TERMINAL, "own words come back");
  lose_contact (a);
}

static void
take_started (void *context, struct unit *unit)
{
  struct agent *a = context;
  struct message_builder message;
  (void) unit;
  message_begin (&message, MESSAGE_STARTED);
  message_add_number (&message, KEY_METER, meters_that_count (&a->s));
  control_send (&a->s.control, &message);
  if (a->meter != 0)
    metering_start (&a->metering, &a->s, a->meter);
}

static void
take_ended (void *context, struct unit *unit)
{
  struct agent *a = context;
  struct message_builder message;
  struct result result = { .role = unit->stage.role };
  routes_close (&a->routes);
  result_from_stage (&result, &unit->stage);
  message_begin (&message, MESSAGE_STAGE_END);
  result_put (&result, &message);
  control_send (&a->s.control, &message);
  result_free (&result);
  metering_look (&a->metering);
}

static void
take_children (void *context)
{
  (void) context;
}

/* Somebody on this host ends us: so be it, for the command as well.  */
static void
take_signal (void *context, int sig)
{
  static char const text[] = "ended by a signal";
  struct agent *a = context;
  if (a->unit == NULL || a->unit->stage.state == STAGE_IDLE)
    agent_fail (a, ERROR_OTHER, text);
  /* How the command ends is to be told as well.  */
  else if (a->s.ending == 0 && !supervisor_idle (&a->s))
    tell_error (a, ERROR_OTHER, text);
  end_command (a, sig);
}

static void
take_lost (void *context, char const *why)
{
  /* The control connection may be alive, and must then tell what ends the
     command.  */
  agent_fail (context, ERROR_LOST, why);
  lose_contact (context);
}

/* Make descriptors 0 and 1 the control connection's own, out of the
   command's reach, and leave /dev/null in their places.  */
static void
move_standard (int *in, int *out)
{
  *in = fcntl (STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
  *out = fcntl (STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  int null = open ("/dev/null", O_RDWR | O_CLOEXEC);
  if (*in < 0 || *out < 0 || null < 0
      || dup2 (null, STDIN_FILENO) < 0 || dup2 (null, STDOUT_FILENO) < 0)
    {
      complain ("agent: cannot set up descriptors: %s", strerror (errno));
      exit (EXIT_OWN_FAILURE);
    }
  close (null);
}

/* Return whether there is nothing left to wait for.  */
static bool
is_over (struct agent const *a)
{
  if (!supervisor_idle (&a->s))
    return false;
  return a->dismissed || (!a->contact && !a->failed)
         /* A terminal has no end of file.  */
         || (a->failed && control_output (&a->s.control) < 0
             && (a->s.control.in < 0 || a->terminal));
}

int
agent_main (char const *early)
{
  struct agent *a = xzalloc (sizeof *a);
  struct supervisor_hooks const hooks = {
    .context = a, .started = take_started, .ended = take_ended,
    .children = take_children, .signal = take_signal, .lost = take_lost
  };
  struct control_hooks const control_hooks = {
    .context = a, .banner = take_banner, .message = take_message,
    .end = end_of_control
  };
  int in, out;
  a->contact = true;
  a->terminal = isatty (STDIN_FILENO) || isatty (STDOUT_FILENO);
  if (uname (&a->system) < 0)
    strcpy (a->system.nodename, "unknown");
  diagnose_host (a->system.nodename);
  move_standard (&in, &out);
  early_begin (&a->early, early);
  supervisor_open (&a->s, &hooks);
  a->s.own_groups = true;
  control_open (&a->s.control, &a->s.events, in, out, false, &control_hooks);
  if (a->terminal)
    agent_fail (a, ERROR_TERMINAL, "standard input is a terminal");
  else
    say_hello (a);

  while (!is_over (a))
    events_step (&a->s.events);

  bool good = a->dismissed && !a->failed && a->contact;
  routes_close (&a->routes);
  early_close (&a->early);
  probe_agent_end (a->probe);
  supervisor_close (&a->s);
  texts_free (a->argv);
  free (a->congestion);
  free (a);
  return good ? EXIT_SUCCESS : EXIT_OWN_FAILURE;
}
