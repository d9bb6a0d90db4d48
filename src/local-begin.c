/* The side that the user starts: how a run begins.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "local-run.h"

#include <errno.h>

#include "diagnose.h"
#include "message.h"
#include "minmax.h"
#include "order.h"
#include "relay.h"

void
local_add_units (struct local *l)
{
  struct supervisor *s = &l->session.s;
  struct run const *run = l->session.run;
  channel_init (&s->channels[CHANNEL_OUTPUT], false);
  s->channel_count = 1;
  l->output = supervisor_add (s, run->output ? "output command"
                              : "standard output", run->output,
                              run->output ? NULL : relay_output,
                              CHANNEL_OUTPUT, NO_CHANNEL);
  if (run->input_given)
    {
      channel_init (&s->channels[CHANNEL_INPUT], true);
      s->channel_count = 2;
      l->input = supervisor_add (s, run->input ? "input command"
                                 : "standard input", run->input,
                                 run->input ? NULL : relay_input,
                                 NO_CHANNEL, CHANNEL_INPUT);
    }
}

/* What is about reading is for the last command of the pipeline: that of -o,
   or without it the remote one.  */
static void
fill_tuning (struct tuning *tuning, struct run const *run)
{
  tuning->block_size = run->block_size;
  tuning->buffer = run->buffer;
  tuning->start_at = run->start_at;
}

/* Return whether this host can do what ORDER asks both hosts for, and what
   this one alone has to do; if not, it has been said.  */
static bool
is_possible (struct local const *l, struct order const *order)
{
  char why[200];
  if (endpoint_possible (&order->net.socket, order->net.family, why,
                         sizeof why)
      && tuning_possible (&l->session.s.tuning, why, sizeof why))
    return true;
  complain ("this host cannot %s", why);
  return false;
}

/* Fill in what the agent needs to know, but for the offer.  */
static void
fill_order (struct local *l, struct order *order)
{
  struct run const *run = l->session.run;
  *order = (struct order) {
    .argv = run->remote, .in = l->input ? CHANNEL_INPUT : NO_CHANNEL,
    .out = CHANNEL_OUTPUT, .dead_peer = run->dead_peer,
    .timeout = run->timeout * INT64_C (1000), .fallback = !run->no_fallback,
    .listen = run->listeners != LISTEN_LOCAL,
    .net = { .family = run->family, .port_low = run->port_low,
             .port_high = run->port_high,
             .socket = { .multipath = run->multipath,
                         .marked = 0 <= run->dscp, .dscp = MAX (0, run->dscp),
                         .congestion = run->congestion } },
    .tuning = { .rate_limit = run->rate_limit }
  };
  fill_tuning (run->output_given ? &l->session.s.tuning : &order->tuning,
               run);
  l->session.s.tuning.rate_limit = run->rate_limit;
  proof_random (order->secret, sizeof order->secret);
}

/* Listen, and put into *ORDER where.  */
static bool
begin_rendezvous (struct local *l, struct order *order)
{
  struct run const *run = l->session.run;
  struct route_hooks const hooks = local_route_hooks (l);
  struct net_choice const *choice = (run->listeners == LISTEN_REMOTE ? NULL
                                     : &order->net);
  routes_open (&l->routes, &l->session.s, SIDE_LOCAL, order->secret,
               order->fallback, &order->net.socket, &hooks);
  if (routes_offer (&l->routes, choice, run->host, &order->offer) == 0)
    return true;
  char why[200];
  listener_explain (&order->net, errno, why, sizeof why);
  complain ("%s", why);
  return false;
}

static void
send_order (struct local *l, struct order const *order)
{
  struct message_builder message;
  message_begin (&message, MESSAGE_RUN);
  order_put (order, &message);
  control_send_first (&l->session.s.control, &message);
}

bool
local_begin (struct local *l)
{
  struct order order;
  fill_order (l, &order);
  bool good = (is_possible (l, &order) && begin_rendezvous (l, &order)
               && session_start (&l->session));
  if (good)
    send_order (l, &order);
  /* The words are the user's own.  */
  order.argv = NULL;
  order_free (&order);
  return good;
}
