/* The side that the login starts: from the order to the command's start.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "agent-run.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "worker/order.h"

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
  agent_fail (context, ERROR_OTHER, why);
}

static void
no_route (void *context)
{
  agent_fail (context, ERROR_NO_ROUTE, "no direct connection");
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
      agent_fail (a, ERROR_UNABLE, text);
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
      agent_fail (a, ERROR_OTHER, why);
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
      end_init (&a->s.ends[order->in], order->in, false);
      a->s.channel_count++;
    }
  end_init (&a->s.ends[order->out], order->out, true);
  a->s.channel_count++;
  a->s.dead_peer = order->dead_peer;
  a->s.strict = order->strict;
  a->s.wait_for_writers = order->wait_for_writers;
  a->s.name_after = order->name_after;
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
    agent_fail (a, ERROR_UNABLE, why);
}

static void
begin_probe (struct agent *a, struct order *order)
{
  char why[200];
  a->s.dead_peer = order->dead_peer;
  supervisor_watch (&a->s);
  a->probe = probe_agent_begin (&a->s, order, why, sizeof why);
  if (a->probe == NULL)
    agent_fail (a, ERROR_OTHER, why);
}

void
agent_take_order (struct agent *a, struct message const *message)
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
      agent_fail (a, ERROR_OTHER, text);
    }
  order_free (&order);
}
