/* The side that the user starts: how a run begins.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "leader/local-run.h"

#include <errno.h>

#include "base/diagnose.h"
#include "net/early.h"
#include "wire/message.h"
#include "minmax.h"
#include "worker/order.h"
#include "quote.h"
#include "data/relay.h"

void
local_add_units (struct local *l)
{
  struct supervisor *s = &l->session.s;
  struct run const *run = l->session.run;
  end_init (&s->ends[CHANNEL_OUTPUT], CHANNEL_OUTPUT, false);
  s->channel_count = 1;
  l->output = supervisor_add (s, run->output ? "output command"
                              : "standard output", run->output,
                              run->output ? NULL : relay_output,
                              CHANNEL_OUTPUT, NO_CHANNEL);
  if (run->input_given)
    {
      end_init (&s->ends[CHANNEL_INPUT], CHANNEL_INPUT, true);
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

/* Find out how to encrypt, if that is wanted.  Return whether it can be done;
   if not, it has been said why.  */
static bool
prepare_encryption (struct local *l)
{
  struct run const *run = l->session.run;
  char const *why = encryption_find (&l->encryption, run->encrypt,
                                     run->multipath);
  if (why)
    complain ("this host cannot encrypt: %s", why);
  else if (run->encrypt != ENCRYPT_NONE
           && encryption_login_is_open (run->login[0]))
    warn ("the login command %s sends in clear what it carries, and with it"
          " the key of the encryption: whoever listens there can pose as"
          " either end", quote (run->login[0]));
  return why == NULL;
}

/* Return whether the login may carry the data: not where it would be in clear
   though it was to be encrypted, or not by the kernel as was asked for.  */
static bool
may_fall_back (struct run const *run)
{
  return (!run->no_fallback && run->encrypt != ENCRYPT_KERNEL
          && (run->encrypt == ENCRYPT_NONE
              || !encryption_login_is_open (run->login[0])));
}

/* After how many ms a process is named that is waited for: some seconds, or,
   when each step is told, what others need to close what they have.  */
enum { NAME_AFTER = 5000, NAME_AT_ONCE = 100 };

/* Fill in what the agent needs to know, but for the offer.  */
static void
fill_order (struct local *l, struct order *order)
{
  struct run const *run = l->session.run;
  *order = (struct order) {
    .argv = run->remote, .in = l->input ? CHANNEL_INPUT : NO_CHANNEL,
    .out = CHANNEL_OUTPUT, .dead_peer = run->dead_peer,
    .strict = run->strict,
    .wait_for_writers = (run->wait_for_writers == 0 ? -1
                         : run->wait_for_writers * INT64_C (1000)),
    .name_after = (run->level < 0 ? -1
                   : run->level == 0 ? NAME_AFTER : NAME_AT_ONCE),
    .timeout = run->timeout * INT64_C (1000), .fallback = may_fall_back (run),
    .listen = run->listeners != LISTEN_LOCAL, .meter = view_interval (run),
    .encryption = l->encryption,
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
  l->session.s.strict = order->strict;
  l->session.s.wait_for_writers = order->wait_for_writers;
  l->session.s.name_after = order->name_after;
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
  /* The agent decides on the mode.  */
  if (run->encrypt != ENCRYPT_NONE)
    routes_encrypt (&l->routes, SECURE_NONE,
                    l->encryption.kernel == KTLS_READY);
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

/* Return what the agent may begin with before it has ORDER, written to TEXT,
   of EARLY_TEXT_MAX bytes; or NULL.  */
static char const *
describe_early (struct local const *l, struct order const *order, char *text)
{
  struct offer const *offer = &order->offer;
  struct socket_choice const *choice = &order->net.socket;
  /* Usual connections, to where the login comes from.  */
  if (offer->host || (offer->port4 == 0 && offer->port6 == 0)
      || choice->multipath || choice->marked || choice->congestion)
    return NULL;
  early_describe (text, offer, l->session.s.channel_count);
  return text;
}

bool
local_begin (struct local *l)
{
  struct order order;
  char early[EARLY_TEXT_MAX];
  if (!prepare_encryption (l))
    return false;
  fill_order (l, &order);
  bool good = (is_possible (l, &order) && begin_rendezvous (l, &order)
               && session_start (&l->session,
                                 describe_early (l, &order, early)));
  if (good)
    send_order (l, &order);
  /* The words are the user's own.  */
  order.argv = NULL;
  order_free (&order);
  return good;
}
