/* The side that the login starts.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Theory of operation.  The agent says its banner and who it is.  It gets one
   MESSAGE_RUN, connects the channels, starts the command, tells how it
   ended, and stays until it is dismissed by MESSAGE_BYE or the end of the
   control connection: till then its duplicates of the sockets keep the
   connections known to the kernel, which tells both sides that the other
   host lives.  If the control connection ends while the command runs, the
   command is ended.  */

#include <config.h>

#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "diagnose.h"
#include "early.h"
#include "message.h"
#include "meter.h"
#include "order.h"
#include "probe-agent.h"
#include "report.h"
#include "route.h"
#include "signals.h"
#include "supervisor.h"
#include "system.h"
#include "xalloc.h"

/* How long, in ms, to wait for the local side to hear an error.  */
enum { PARTING = 5000 };

struct agent
{
  struct supervisor s;
  struct routes routes;
  struct early early;
  struct unit *unit;            /* once MESSAGE_RUN has come */
  char **argv;
  char *congestion;
  struct metering metering;
  struct probe_agent *probe;    /* once MESSAGE_PROBE has come, instead */
  int64_t meter;                /* ms, of the order */
  bool version_fits;
  bool contact;                 /* the local side is there */
  bool dismissed;
  bool failed;
  bool terminal;                /* instead of the control connection */
  struct timer parting;
  struct utsname system;
};

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
  supervisor_cut (&a->s);
  supervisor_end (&a->s, sig, 0);
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

/* The run cannot go on: tell the local side, and wait for it to go.  */
static void
fail (struct agent *a, enum error_code code, char const *text)
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

/* A channel is there.  When all are, the command can start.  */
static void
take_route (void *context, unsigned channel, char const *how)
{
  struct agent *a = context;
  (void) channel, (void) how;
  if (!rendezvous_complete (&a->s.rendezvous))
    return;
  /* Those who want to know what a route was tried in vain.  */
  if (!a->routes.own_told)
    routes_send_tried (&a->routes);
  /* Relays, which are not another program, must not inherit the secret.  */
  routes_finish (&a->routes);
  early_close (&a->early);
  supervisor_start (&a->s, a->unit, -1, STDOUT_FILENO);
}

static void
routes_failed (void *context, char const *why)
{
  fail (context, ERROR_OTHER, why);
}

static void
no_route (void *context)
{
  fail (context, ERROR_NO_ROUTE, "no direct connection");
}

/* Settle on how the channels are encrypted, if they are to be.  Return whether
   that can be.  */
static bool
settle_encryption (struct agent *a, struct order const *order,
                   enum secure_mode *mode)
{
  struct encryption own;
  struct encryption const *wanted = &order->encryption;
  *mode = SECURE_NONE;
  char const *why = encryption_find (&own, wanted->wanted, false);
  if (why)
    {
      char text[400];
      snprintf (text, sizeof text, "encrypt: %s", why);
      fail (a, ERROR_UNABLE, text);
      return false;
    }
  if (wanted->wanted == ENCRYPT_NONE)
    return true;
  *mode = encryption_settle (&own, wanted);
  routes_encrypt (&a->routes, *mode, *mode == SECURE_KERNEL);
  return true;
}

/* Listen, and tell the local side where.  */
static bool
send_offer (struct agent *a, struct order const *order,
            enum secure_mode mode)
{
  struct message_builder message;
  struct offer offer;
  struct net_choice const *choice = order->listen ? &order->net : NULL;
  if (routes_offer (&a->routes, choice, NULL, &offer) != 0
      && !order_has_port (order, a->system.nodename, errno))
    {
      char why[200];
      listener_explain (&order->net, errno, why, sizeof why);
      offer_free (&offer);
      fail (a, ERROR_OTHER, why);
      return false;
    }
  message_begin (&message, MESSAGE_OFFER);
  offer_put (&offer, &message);
  if (mode != SECURE_NONE)
    message_add_number (&message, KEY_ENCRYPT, mode);
  control_send (&a->s.control, &message);
  offer_free (&offer);
  return true;
}

static void
begin_rendezvous (struct agent *a, struct order *order)
{
  struct route_hooks const hooks = {
    .context = a, .taken = take_route, .failed = routes_failed,
    .no_route = no_route
  };
  routes_open (&a->routes, &a->s, SIDE_REMOTE, order->secret,
               order->fallback, &order->net.socket, &hooks);
  a->s.rendezvous.all.early = &a->early;
  enum secure_mode mode;
  if (!settle_encryption (a, order, &mode) || !send_offer (a, order, mode))
    return;
  if (0 < order->timeout)
    rendezvous_limit (&a->s.rendezvous, order->timeout);
  routes_take_offer (&a->routes, &order->offer);
}

static void
begin_run (struct agent *a, struct order *order)
{
  if (order->in != NO_CHANNEL)
    {
      channel_init (&a->s.channels[order->in], false);
      a->s.channel_count++;
    }
  channel_init (&a->s.channels[order->out], true);
  a->s.channel_count++;
  a->s.dead_peer = order->dead_peer;
  a->s.tuning = order->tuning;
  a->argv = order->argv;
  order->argv = NULL;
  a->congestion = order->congestion;
  order->congestion = NULL;
  a->unit = supervisor_add (&a->s, "remote command", a->argv, NULL,
                            order->in, order->out);
  supervisor_watch (&a->s);
  a->meter = order->meter;
  char why[200];
  if (endpoint_possible (&order->net.socket, order->net.family, why,
                         sizeof why)
      && tuning_possible (&order->tuning, why, sizeof why))
    begin_rendezvous (a, order);
  else
    fail (a, ERROR_UNABLE, why);
}

static void
begin_probe (struct agent *a, struct order *order)
{
  char why[200];
  a->s.dead_peer = order->dead_peer;
  supervisor_watch (&a->s);
  a->probe = probe_agent_begin (&a->s, order, why, sizeof why);
  if (a->probe == NULL)
    fail (a, ERROR_OTHER, why);
}

/* Take the first message, of either kind.  */
static void
take_order (struct agent *a, struct message const *message)
{
  struct order order;
  char const *wrong = order_get (&order, message);
  if (wrong == NULL && (a->unit != NULL || a->probe != NULL))
    wrong = "a second run";
  if (wrong == NULL && message->type == MESSAGE_PROBE)
    begin_probe (a, &order);
  else if (wrong == NULL)
    begin_run (a, &order);
  else
    {
      char text[100];
      snprintf (text, sizeof text, "bad message: %s", wrong);
      fail (a, ERROR_OTHER, text);
    }
  order_free (&order);
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
      take_order (a, message);
      break;
    case MESSAGE_ROUTE:
      if (a->probe == NULL || !probe_agent_carry (a->probe))
        fail (a, ERROR_OTHER, "cannot send data through the login");
      break;
    case MESSAGE_TRIED:
      if (!routes_take_tried (&a->routes, message))
        fail (a, ERROR_OTHER, "bad message: tried before the run");
      break;
    case MESSAGE_CREDIT:
      if (!supervisor_credit (&a->s, message))
        fail (a, ERROR_OTHER, "bad message: credit for no channel");
      break;
    case MESSAGE_CHANNEL_END:
      if (!supervisor_channel_end (&a->s, message))
        fail (a, ERROR_OTHER, "bad message: end of no channel");
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
      fail (a, ERROR_OTHER, "bad message: not for an agent");
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
    fail (a, ERROR_NO_INPUT, "end of file at once");
  else if (why == CONTROL_GARBLED)
    fail (a, ERROR_OTHER, "what comes in is not a message");
  else if (why == CONTROL_TERMINAL)
    fail (a, ERROR_TERMINAL, "own words come back");
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
    fail (a, ERROR_OTHER, text);
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
  fail (context, ERROR_LOST, why);
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
    fail (a, ERROR_TERMINAL, "standard input is a terminal");
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
