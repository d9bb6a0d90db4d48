/* A link: this host and another one, and how their channels are connected.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "worker/link.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/system.h"

/* How long, in ms, the decider tries alone: a connection from there is as
   good, and one is enough.  */
enum { OTHER_JOINS_IN = 250 };

static void
fail (struct link *link, enum error_code code, char const *why)
{
  link->hooks.failed (link->hooks.context, link, code, why);
}

/* Begin a message of TYPE about LINK.  */
static void
begin (struct link const *link, struct message_builder *message,
       enum message_type type)
{
  message_begin (message, type);
  message_add_number (message, KEY_LINK, link->task.number);
}

static void
send_tried (struct link *link)
{
  struct message_builder message;
  begin (link, &message, MESSAGE_TRIED);
  for (size_t i = 0; i < link->rendezvous.tried_count; i++)
    message_add_text (&message, KEY_TEXT, link->rendezvous.tried[i]);
  link->hooks.send (link->hooks.context, &message);
  link->own_told = true;
}

/* Let a login carry the channel at INDEX.  Return whether it does; if not, the
   hook has been called.  */
static bool
carry (struct link *link, unsigned index)
{
  unsigned channel = link->task.channels[index];
  link->carried = true;
  if (link->hooks.carry (link->hooks.context, link, channel) != 0)
    {
      char text[200];
      snprintf (text, sizeof text, "cannot make a pipe: %s",
                strerror (errno));
      fail (link, ERROR_OTHER, text);
      return false;
    }
  rendezvous_settle (&link->rendezvous, index);
  link->hooks.carried (link->hooks.context, channel);
  return true;
}

/* Decider: no connection will come any more.  That is so once, whatever the
   other end goes on to send.  */
static void
fall_back (struct link *link)
{
  if (link->settled)
    return;
  link->settled = true;
  send_tried (link);
  if (!link->task.fallback)
    {
      fail (link, ERROR_NO_ROUTE, "no direct connection");
      return;
    }
  /* With the last one the stages may start, and the rendezvous be over.  */
  for (unsigned i = 0; i < link->task.channel_count
       && link->rendezvous.all.events != NULL; i++)
    {
      struct message_builder message;
      if (link->rendezvous.connected[i])
        continue;
      begin (link, &message, MESSAGE_ROUTE);
      message_add_number (&message, KEY_CHANNEL, link->task.channels[i]);
      link->hooks.send (link->hooks.context, &message);
      if (!carry (link, i))
        return;
    }
}

static void
on_connection (void *context, struct connection const *connection)
{
  struct link *link = context;
  link->hooks.connected (link->hooks.context, link,
                         link->task.channels[connection->channel],
                         connection);
}

static void
on_exhausted (void *context)
{
  struct link *link = context;
  link->own_done = true;
  if (link->task.decider && link->peer_done)
    fall_back (link);
  else
    send_tried (link);
}

static void
on_timeout (void *context)
{
  struct link *link = context;
  if (link->lookup.events != NULL)
    rendezvous_note (&link->rendezvous, link->peer_offer.host,
                     "no answer from a name server");
  if (link->task.decider)
    {
      fall_back (link);
      return;
    }
  rendezvous_note_pending (&link->rendezvous);
  send_tried (link);
  fail (link, ERROR_NO_ROUTE, "no direct connection");
}

static void
on_lost (void *context)
{
  fail (context, ERROR_ROUTE_LOST, "lost while it was being set up");
}

/* Put into *OFFER who this host is, and, if it is to listen, where it does
   from now on.  Return 0, or -1 with errno set, as listener_open.  */
static int
make_offer (struct link *link, struct offer *offer)
{
  struct rendezvous *rv = &link->rendezvous;
  int result = gate_offer (&rv->gate, &rv->all,
                           link->task.listen ? &link->net : NULL,
                           link->task.address, offer);
  int saved = errno;
  /* Where the user came from is no business of another host.  */
  if (!link->by_login)
    {
      free (offer->ssh_connection);
      offer->ssh_connection = NULL;
    }
  errno = saved;
  return result;
}

/* Listen, and send the other end where.  Return whether that worked; if not,
   the hook has been called.  */
static bool
send_offer (struct link *link, enum secure_mode mode)
{
  struct message_builder message;
  struct offer offer;
  if (make_offer (link, &offer) != 0
      && !offer_has_port (&link->peer_offer, link->rendezvous.secret,
                          !link->task.decider, errno))
    {
      char why[200];
      listener_explain (&link->net, errno, why, sizeof why);
      offer_free (&offer);
      fail (link, ERROR_LISTEN, why);
      return false;
    }
  begin (link, &message, MESSAGE_OFFER);
  offer_put (&offer, &message);
  if (mode != SECURE_NONE)
    message_add_number (&message, KEY_ENCRYPT, mode);
  else if (!link->task.decider)
    encryption_put (&link->own, &message);
  link->hooks.send (link->hooks.context, &message);
  offer_free (&offer);
  return true;
}

/* Connect to CANDIDATES, now or a little later.  */
static void
begin_to_connect (struct link *link, struct candidates *candidates)
{
  struct rendezvous *rv = &link->rendezvous;
  /* An end that has nothing to try, or is the only one that can, need not
     wait.  */
  bool wait = (!link->task.decider && 0 < candidates->count
               && rv->gate.all != NULL
               && !link->peer_done);
  rendezvous_connect (rv, candidates, wait ? OTHER_JOINS_IN : 0);
}

/* Return how to connect to where the other end's offer leads.  */
static struct dial_choice
choice_for (struct link const *link)
{
  return dial_choice (&link->peer_offer, link->rendezvous.secret,
                      link->task.decider,
                      link->task.to_leader ? SIDE_REMOTE : SIDE_LOCAL,
                      link->net.family);
}

static void
on_addresses (void *context, struct candidate const *list, size_t count,
              char const *error)
{
  struct link *link = context;
  struct candidates candidates;
  struct dial_choice const choice = choice_for (link);
  if (error)
    rendezvous_note (&link->rendezvous, link->peer_offer.host, error);
  candidates_found (&candidates, &link->peer_offer, &choice, list, count);
  begin_to_connect (link, &candidates);
}

/* Connect to where the other end listens.  The name of a host in its offer is
   looked up meanwhile.  */
static void
use_offer (struct link *link)
{
  struct candidates candidates;
  struct dial_choice const choice = choice_for (link);
  if (offer_needs_lookup (&link->peer_offer, &choice))
    {
      if (lookup_start (&link->lookup, link->events, link->peer_offer.host,
                        on_addresses, link) != 0)
        on_addresses (link, NULL, 0, strerror (errno));
      return;
    }
  candidates_make (&candidates, &link->peer_offer, &choice);
  begin_to_connect (link, &candidates);
}

/* Take from the decider's offer MESSAGE how the channels are encrypted.
   Return whether that can be, and is what was wanted.  */
static bool
get_mode (struct link *link, struct message const *message)
{
  uint64_t mode;
  bool kernel = link->own.kernel == KTLS_READY;
  if (link->own.wanted == ENCRYPT_NONE)
    return true;
  if (!message_number (message, KEY_ENCRYPT, &mode)
      || mode == SECURE_NONE || SECURE_MODES <= mode
      || (mode == SECURE_KERNEL ? !kernel
          : link->own.wanted == ENCRYPT_KERNEL))
    return false;
  rendezvous_encrypt (&link->rendezvous, mode, kernel);
  return true;
}

/* Decider: the other end's offer is MESSAGE, so the mode can be settled.
   Return it.  */
static enum secure_mode
settle_mode (struct link *link, struct message const *message)
{
  struct encryption peer;
  enum secure_mode mode;
  if (link->own.wanted == ENCRYPT_NONE)
    return SECURE_NONE;
  encryption_get (&peer, message);
  mode = encryption_settle (&link->own, &peer);
  rendezvous_encrypt (&link->rendezvous, mode, mode == SECURE_KERNEL);
  return mode;
}

/* Return whether the decider has to wait for the other end's offer, which
   says what that can do, with its own.  */
static bool
offers_late (struct link const *link)
{
  return link->task.decider && link->own.wanted != ENCRYPT_NONE;
}

static void
on_offer (struct link *link, struct message const *message)
{
  if (link->peer_offered)
    {
      fail (link, ERROR_PROTOCOL, "a second offer");
      return;
    }
  link->peer_offered = true;
  offer_get (&link->peer_offer, message);
  if (!link->task.dial)
    link->peer_offer.port4 = link->peer_offer.port6 = 0;
  if (link->task.decider)
    {
      enum secure_mode mode = settle_mode (link, message);
      if (offers_late (link) && !send_offer (link, mode))
        return;
    }
  else if (!get_mode (link, message))
    {
      fail (link, ERROR_PROTOCOL, "no encryption as was asked for");
      return;
    }
  if (link->rendezvous.all.events != NULL)
    use_offer (link);
}

static void
on_tried (struct link *link)
{
  link->peer_done = true;
  if (link->rendezvous.all.events == NULL || link_is_complete (link))
    return;
  if (!link->task.decider)
    rendezvous_hurry (&link->rendezvous);
  else if (link->own_done)
    fall_back (link);
}

/* Return the index of the channel that MESSAGE is about, or -1.  */
static int
find_channel (struct link const *link, struct message const *message)
{
  uint64_t channel;
  if (message_number (message, KEY_CHANNEL, &channel))
    for (unsigned i = 0; i < link->task.channel_count; i++)
      if (link->task.channels[i] == channel)
        return i;
  return -1;
}

/* The decider says that a channel of ours goes by the login.  */
static void
on_route (struct link *link, struct message const *message)
{
  int index = find_channel (link, message);
  if (index < 0 || link->rendezvous.all.events == NULL
      || link->task.decider || link->rendezvous.connected[index]
      || !link->task.fallback)
    {
      fail (link, ERROR_PROTOCOL, "a route that cannot be");
      return;
    }
  rendezvous_note_pending (&link->rendezvous);
  if (!link->carried)
    send_tried (link);
  carry (link, index);
}

void
link_on_message (struct link *link, struct message const *message)
{
  uint64_t number;
  switch (message->type)
    {
    case MESSAGE_OFFER:
      on_offer (link, message);
      break;
    case MESSAGE_TRIED:
      on_tried (link);
      break;
    case MESSAGE_ROUTE:
      on_route (link, message);
      break;
    case MESSAGE_ERROR:
      /* The other end has no route: for the user, what this one tried.  */
      rendezvous_note_pending (&link->rendezvous);
      send_tried (link);
      break;
    default:
      if (message_number (message, KEY_TIMEOUT, &number) && 0 < number
          && number <= INT32_MAX && !link_is_complete (link))
        rendezvous_limit (&link->rendezvous, number);
    }
}

void
link_open (struct link *link, struct task_link *task,
           struct link_lent const *lent, struct link_hooks const *hooks)
{
  struct rendezvous_hooks const rendezvous_hooks = {
    .context = link, .connected = on_connection, .exhausted = on_exhausted,
    .timed_out = on_timeout, .lost = on_lost
  };
  *link = (struct link) {
    .task = *task, .net = *lent->net, .hooks = *hooks,
    .events = lent->events, .own = *lent->own, .by_login = lent->by_login
  };
  link->net.port_low = task->port_low;
  link->net.port_high = task->port_high;
  rendezvous_init (&link->rendezvous);
  rendezvous_open (&link->rendezvous, lent->events, task->secret,
                   task->channel_count, task->decider, &rendezvous_hooks);
  link->rendezvous.all.socket = lent->net->socket;
  link->rendezvous.all.early = lent->early;
  explicit_bzero (task->secret, sizeof task->secret);
  explicit_bzero (link->task.secret, sizeof link->task.secret);
  *task = (struct task_link) { .channels = NULL };

  struct message offer = { .body = link->task.offer,
                           .length = link->task.offer_length };
  if (!link->task.decider && link->own.wanted != ENCRYPT_NONE)
    rendezvous_encrypt (&link->rendezvous, SECURE_NONE,
                        link->own.kernel == KTLS_READY);
  if (0 < link->task.timeout)
    rendezvous_limit (&link->rendezvous, link->task.timeout);
  /* The port of the other end on this host is known by then.  */
  if (0 < offer.length)
    offer_get (&link->peer_offer, &offer);
  if (!offers_late (link) && !send_offer (link, SECURE_NONE))
    return;
  if (0 < offer.length)
    {
      offer_free (&link->peer_offer);
      on_offer (link, &offer);
    }
}

void
link_chosen (struct link *link)
{
  if (!link->task.decider && link->rendezvous.all.events != NULL)
    rendezvous_chosen (&link->rendezvous);
}

bool
link_is_complete (struct link const *link)
{
  return rendezvous_complete (&link->rendezvous);
}

/* Let go of what only the search for a route needs.  */
static void
let_go (struct link *link)
{
  lookup_cancel (&link->lookup);
  offer_free (&link->peer_offer);
  link->peer_offer = (struct offer) { .addresses = NULL };
}

void
link_finish (struct link *link)
{
  if (link->rendezvous.all.events == NULL)
    return;
  if (!link->own_told)
    send_tried (link);
  if (link->rendezvous.all.early)
    early_close (link->rendezvous.all.early);
  rendezvous_finish (&link->rendezvous);
  let_go (link);
}

void
link_stop (struct link *link)
{
  rendezvous_close (&link->rendezvous);
  let_go (link);
}

void
link_close (struct link *link)
{
  link_stop (link);
  task_link_free (&link->task);
}
