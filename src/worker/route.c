/* Which route each channel takes, as the two sides settle it.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "worker/route.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/diagnose.h"
#include "crypto/encryption.h"
#include "multipath.h"
#include "quotearg.h"
#include "xalloc.h"
#include "xvasprintf.h"

/* How long, in ms, the remote end tries alone: a connection from there is as
   good, and one is enough.  */
enum { LOCAL_JOINS_IN = 250 };

static struct rendezvous *
rendezvous_of (struct routes const *routes)
{
  return &routes->supervisor->rendezvous;
}

void
routes_send_tried (struct routes *routes)
{
  struct rendezvous const *rv = rendezvous_of (routes);
  struct message_builder message;
  message_begin (&message, MESSAGE_TRIED);
  for (size_t i = 0; i < rv->tried_count; i++)
    message_add_text (&message, KEY_TEXT, rv->tried[i]);
  control_send (&routes->supervisor->control, &message);
  routes->own_told = true;
}

/* Let the login carry CHANNEL.  Return whether it does; if not, the hook has
   been told.  */
static bool
carry (struct routes *routes, unsigned channel)
{
  if (supervisor_carry (routes->supervisor, channel) != 0)
    {
      char text[200];
      snprintf (text, sizeof text, "cannot make a pipe: %s",
                strerror (errno));
      routes->hooks.failed (routes->hooks.context, text);
      return false;
    }
  rendezvous_settle (rendezvous_of (routes), channel);
  routes->hooks.taken (routes->hooks.context, channel, " (login)");
  return true;
}

/* Decider: no connection will come any more.  */
static void
fall_back (struct routes *routes)
{
  struct rendezvous *rv = rendezvous_of (routes);
  routes_send_tried (routes);
  if (!routes->fallback)
    {
      routes->hooks.no_route (routes->hooks.context);
      return;
    }
  for (unsigned i = 0; i < rv->all.channels; i++)
    {
      struct message_builder message;
      if (rv->connected[i])
        continue;
      message_begin (&message, MESSAGE_ROUTE);
      message_add_number (&message, KEY_CHANNEL, i);
      control_send (&routes->supervisor->control, &message);
      if (!carry (routes, i))
        return;
    }
}

static void
take_connection (void *context, struct connection const *connection)
{
  struct routes *routes = context;
  char how[2 * ADDRESS_TEXT_MAX + 100];
  bool from_here = !connection->accepted;
  bool from_local = from_here == (routes->side == SIDE_LOCAL);
  if (supervisor_take (routes->supervisor, connection) != 0)
    {
      snprintf (how, sizeof how, "cannot prepare a connection: %s",
                strerror (errno));
      routes->hooks.failed (routes->hooks.context, how);
      return;
    }
  snprintf (how, sizeof how, ": %s -> %s (%s%s%s)",
            from_here ? connection->here : connection->there,
            from_here ? connection->there : connection->here,
            from_local ? "local-to-remote" : "remote-to-local",
            !rendezvous_of (routes)->all.socket.multipath ? ""
            : multipath_agreed (connection->fd) ? ", multipath"
            : ", no multipath",
            encryption_text (connection->keys.mode));
  routes->hooks.taken (routes->hooks.context, connection->channel, how);
}

static void
exhausted (void *context)
{
  struct routes *routes = context;
  routes->own_done = true;
  if (routes->side == SIDE_REMOTE && routes->peer_done)
    fall_back (routes);
  else
    routes_send_tried (routes);
}

static void
timed_out (void *context)
{
  struct routes *routes = context;
  if (routes->lookup.events != NULL)
    rendezvous_note (rendezvous_of (routes), routes->peer_offer.host,
                     "no answer from a name server");
  if (routes->side == SIDE_REMOTE)
    fall_back (routes);
  else
    routes->hooks.no_route (routes->hooks.context);
}

static void
lost (void *context)
{
  struct routes *routes = context;
  routes->hooks.lost (routes->hooks.context);
}

void
routes_open (struct routes *routes, struct supervisor *supervisor,
             enum side side, unsigned char const *secret, bool fallback,
             struct socket_choice const *sockets,
             struct route_hooks const *hooks)
{
  struct rendezvous_hooks const rendezvous_hooks = {
    .context = routes, .connected = take_connection, .exhausted = exhausted,
    .timed_out = timed_out, .lost = lost
  };
  struct utsname system;
  *routes = (struct routes) {
    .supervisor = supervisor, .hooks = *hooks, .side = side,
    .fallback = fallback
  };
  if (0 <= uname (&system))
    routes->nodename = xstrdup (system.nodename);
  rendezvous_open (rendezvous_of (routes), &supervisor->events, secret,
                   supervisor->channel_count, side == SIDE_REMOTE,
                   &rendezvous_hooks);
  rendezvous_of (routes)->all.socket = *sockets;
}

void
routes_encrypt (struct routes *routes, enum secure_mode mode, bool kernel)
{
  rendezvous_encrypt (rendezvous_of (routes), mode, kernel);
}

int
routes_offer (struct routes *routes, struct net_choice const *choice,
              char const *host, struct offer *offer)
{
  char const *ssh_connection = getenv ("SSH_CONNECTION");
  *offer = (struct offer) { .addresses = NULL };
  if (ssh_connection)
    offer->ssh_connection = xstrdup (ssh_connection);
  if (routes->nodename)
    offer->nodename = xstrdup (routes->nodename);
  if (choice == NULL)
    return 0;
  if (rendezvous_listen (rendezvous_of (routes), choice, offer) != 0)
    return -1;
  if (host)
    offer->host = xstrdup (host);
  else if (offer_interfaces (offer) != 0)
    warn ("cannot list this host's addresses: %s", strerror (errno));
  return 0;
}

/* Connect to CANDIDATES, now or a little later.  */
static void
begin_to_connect (struct routes *routes, struct candidates *candidates)
{
  struct rendezvous *rv = rendezvous_of (routes);
  /* Who has nothing to try, or is the only one who can, need not wait.  */
  bool wait = (routes->side == SIDE_LOCAL && 0 < candidates->count
               && rv->listener.port4 + rv->listener.port6 != 0
               && !routes->peer_done);
  rendezvous_connect (rv, candidates, wait ? LOCAL_JOINS_IN : 0);
}

static void
take_addresses (void *context, struct candidate const *list, size_t count,
                char const *error)
{
  struct routes *routes = context;
  struct candidates candidates = { .list = NULL };
  if (error)
    rendezvous_note (rendezvous_of (routes), routes->peer_offer.host, error);
  for (size_t i = 0; i < count; i++)
    candidates_add (&candidates, &routes->peer_offer,
                    (struct sockaddr const *) &list[i].address,
                    list[i].length);
  candidates_interleave (&candidates, 0);
  begin_to_connect (routes, &candidates);
}

bool
routes_take_offer (struct routes *routes, struct offer *offer)
{
  struct candidates candidates;
  if (routes->peer_offered)
    {
      offer_free (offer);
      return false;
    }
  routes->peer_offered = true;
  routes->peer_offer = *offer;
  *offer = (struct offer) { .addresses = NULL };
  if (offer_needs_lookup (&routes->peer_offer))
    {
      if (lookup_start (&routes->lookup, &routes->supervisor->events,
                        routes->peer_offer.host, take_addresses, routes) != 0)
        take_addresses (routes, NULL, 0, strerror (errno));
      return true;
    }
  candidates_make (&candidates, &routes->peer_offer, routes->side,
                   routes->nodename ? routes->nodename : "",
                   getenv ("SSH_CONNECTION"));
  begin_to_connect (routes, &candidates);
  return true;
}

bool
routes_take_tried (struct routes *routes, struct message const *message)
{
  char **tried;
  if (routes->supervisor == NULL
      || message_texts (message, KEY_TEXT, &tried) < 0)
    return false;
  texts_free (routes->peer_tried);
  routes->peer_tried = tried;
  routes->peer_done = true;
  if (rendezvous_complete (rendezvous_of (routes)))
    return true;
  if (routes->side == SIDE_LOCAL)
    rendezvous_hurry (rendezvous_of (routes));
  else if (routes->own_done)
    fall_back (routes);
  return true;
}

bool
routes_take_route (struct routes *routes, struct message const *message)
{
  uint64_t channel;
  struct rendezvous const *rv = rendezvous_of (routes);
  if (!message_number (message, KEY_CHANNEL, &channel)
      || rv->all.events == NULL || rv->all.channels <= channel
      || rv->connected[channel] || !routes->fallback)
    return false;
  rendezvous_note_pending (rendezvous_of (routes));
  carry (routes, channel);
  return true;
}

void
routes_take_started (struct routes *routes)
{
  rendezvous_chosen (rendezvous_of (routes));
}

/* Append the COUNT strings of LIST to *LINE, behind WHO tried them.  */
static void
append (char **line, char const *who, char **list, size_t count)
{
  if (count == 0)
    return;
  char *all = xasprintf ("%s%s%s tried ", *line, **line ? "; " : "", who);
  for (size_t i = 0; i < count; i++)
    {
      char *more = xasprintf ("%s%s%s", all, i ? ", " : "",
                              quotearg_style (escape_quoting_style,
                                              list[i]));
      free (all);
      all = more;
    }
  free (*line);
  *line = all;
}

static size_t
list_length (char **list)
{
  size_t count = 0;
  while (list && list[count])
    count++;
  return count;
}

char *
routes_tried (struct routes const *routes, char const *peer)
{
  struct rendezvous const *rv = rendezvous_of (routes);
  char *line = xstrdup ("");
  if (!routes->peer_done)
    {
      free (line);
      line = xasprintf ("%s has not told what it tried", peer);
    }
  append (&line, peer, routes->peer_tried,
          list_length (routes->peer_tried));
  append (&line, "this host", rv->tried, rv->tried_count);
  if (*line)
    return line;
  free (line);
  return xstrdup ("there was no address to try");
}

void
routes_list_tried (struct routes const *routes, char const *peer)
{
  struct rendezvous const *rv = rendezvous_of (routes);
  for (size_t i = 0; i < list_length (routes->peer_tried); i++)
    verbose ("%s tried %s", peer,
             quotearg_style (escape_quoting_style, routes->peer_tried[i]));
  for (size_t i = 0; i < rv->tried_count; i++)
    verbose ("this host tried %s", rv->tried[i]);
}

static void
free_held (struct routes *routes)
{
  lookup_cancel (&routes->lookup);
  offer_free (&routes->peer_offer);
  texts_free (routes->peer_tried);
  free (routes->nodename);
  routes->peer_tried = NULL;
  routes->nodename = NULL;
}

void
routes_finish (struct routes *routes)
{
  if (routes->supervisor != NULL)
    rendezvous_finish (rendezvous_of (routes));
  free_held (routes);
}

void
routes_close (struct routes *routes)
{
  if (routes->supervisor != NULL)
    rendezvous_close (rendezvous_of (routes));
  free_held (routes);
}
