/* The side that the user starts: what it hears from the agent.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "leader/local-run.h"

#include <stdlib.h>

#include "base/diagnose.h"
#include "wire/message.h"
#include "monotonic.h"
#include "report/report.h"

/* What our own limit on the rendezvous leaves the agent's, which settles it,
   in ms: its last word may get lost more than once.  */
enum { AGENT_FIRST = 15000 };

/* What can be done to get a direct connection.  */
static char const advice[]
  = "let a firewall pass TCP connections to one of the hosts, to a port that"
    " --port names, or name this host as it is seen there with -h";

static void
take_channel (void *context, unsigned channel, char const *how)
{
  struct local *l = context;
  struct session *n = &l->session;
  if (n->s.ends[channel].channel.carried && !l->carried)
    {
      l->carried = true;
      char *tried = routes_tried (&l->routes, session_host (n));
      warn ("no direct connection with %s, so the data goes through the"
            " login: %s; %s", session_host (n), tried, advice);
      free (tried);
    }
  verbose ("%s channel connected after %.3f s%s",
           channel == CHANNEL_INPUT ? "input" : "output",
           session_seconds (n), how);
  if (rendezvous_complete (&n->s.rendezvous))
    l->connected = monotonic_us ();
  local_start_if_ready (l);
}

static void
routes_failed (void *context, char const *why)
{
  struct local *l = context;
  session_fail (&l->session, "no connection with %s: %s",
                session_host (&l->session), why);
}

/* The agent has given up, and may not use the login; or does not say what it
   has settled on.  */
static void
no_route (void *context)
{
  struct local *l = context;
  struct session *n = &l->session;
  rendezvous_note_pending (&n->s.rendezvous);
  char *tried = routes_tried (&l->routes, session_host (n));
  session_fail (n, "no direct connection with %s: %s; %s", session_host (n),
                tried, advice);
  free (tried);
}

/* The agent has begun the remote command with a connection that is no more: so
   there can be no other one for it.  */
static void
route_lost (void *context)
{
  struct local *l = context;
  session_fail (&l->session, "the connection with %s was lost while it was "
                "being set up", session_host (&l->session));
}

static void
take_answered (void *context, unsigned min, unsigned max,
               char const *version)
{
  struct local *l = context;
  int timeout = l->session.run->timeout;
  (void) min, (void) max, (void) version;
  l->answered = monotonic_us ();
  if (0 < timeout)
    rendezvous_limit (&l->session.s.rendezvous,
                      timeout * INT64_C (1000) + AGENT_FIRST);
}

static bool
take_error (void *context, uint64_t code)
{
  if (code != ERROR_NO_ROUTE)
    return false;
  no_route (context);
  return true;
}

static void
take_stage_end (struct local *l, struct message const *message)
{
  if (l->remote_ended)
    {
      session_fail (&l->session, "%s said twice how its command ended",
                    session_host (&l->session));
      return;
    }
  l->remote_ended = true;
  struct result *result = &l->verdict.results[REMOTE];
  result_get (result, message);
  result->started = true;
  /* The local commands have not even been started.  Of one that did run,
     word may have been faster than the last connection.  */
  if (!l->running && result->not_run)
    session_finish (&l->session);
  else if (!l->running)
    rendezvous_limit (&l->session.s.rendezvous, AGENT_FIRST);
}

/* Take from MESSAGE how the channels are encrypted.  Return whether that can
   be, and is what was wanted.  */
static bool
take_encryption (struct local *l, struct message const *message)
{
  uint64_t mode;
  struct encryption const *own = &l->encryption;
  bool kernel = own->kernel == KTLS_READY;
  if (own->wanted == ENCRYPT_NONE)
    return true;
  if (!message_number (message, KEY_ENCRYPT, &mode)
      || mode == SECURE_NONE || SECURE_MODES <= mode
      || (mode == SECURE_KERNEL ? !kernel : own->wanted == ENCRYPT_KERNEL))
    return false;
  routes_encrypt (&l->routes, mode, kernel);
  return true;
}

/* The agent has told where it listens.  */
static void
take_offer (struct local *l, struct message const *message)
{
  struct offer offer;
  if (l->running)
    return;
  if (!take_encryption (l, message))
    {
      session_fail (&l->session, "%s does not encrypt as was asked for",
                    session_host (&l->session));
      return;
    }
  offer_get (&offer, message);
  if (!routes_take_offer (&l->routes, &offer))
    session_fail (&l->session, "%s sent a route that cannot be",
                  session_host (&l->session));
}

/* Take a message about the routes.  */
static void
take_route (struct local *l, struct message const *message)
{
  bool good = (message->type == MESSAGE_TRIED
               ? routes_take_tried (&l->routes, message)
               : routes_take_route (&l->routes, message));
  if (!good)
    session_fail (&l->session, "%s sent a route that cannot be",
                  session_host (&l->session));
}

/* Take from MESSAGE which channels the agent counts.  The others we have to
   count ourselves, if somebody wants to know.  */
static void
take_counts (struct local *l, struct message const *message)
{
  uint64_t counted;
  if (!message_number (message, KEY_METER, &counted))
    counted = 0;
  for (unsigned i = 0; i < CHANNELS_MAX; i++)
    l->session.s.needs_count[i] = (l->view.metered
                                   && (counted >> i & 1) == 0);
}

static bool
take_message (void *context, struct message const *message)
{
  struct local *l = context;
  switch (message->type)
    {
    case MESSAGE_OFFER:
      take_offer (l, message);
      return true;
    case MESSAGE_TRIED:
    case MESSAGE_ROUTE:
      take_route (l, message);
      return true;
    case MESSAGE_STARTED:
      take_counts (l, message);
      l->remote_started = true;
      routes_take_started (&l->routes);
      view_begin_channel (&l->view, CHANNEL_OUTPUT);
      local_start_if_ready (l);
      return true;
    case MESSAGE_STAGE_END:
      take_stage_end (l, message);
      return true;
    case MESSAGE_CHANNEL_END:
      if (!supervisor_channel_end (&l->session.s, message))
        session_fail (&l->session, "%s sent the end of no channel",
                      session_host (&l->session));
      return true;
    case MESSAGE_METER:
      if (!view_take (&l->view, message))
        session_fail (&l->session, "%s sent the meter of no channel",
                      session_host (&l->session));
      return true;
    default:
      return false;
    }
}

void
local_set_hooks (struct session_hooks *hooks)
{
  hooks->answered = take_answered;
  hooks->message = take_message;
  hooks->error = take_error;
}

struct route_hooks
local_route_hooks (struct local *l)
{
  return (struct route_hooks) {
    .context = l, .taken = take_channel, .failed = routes_failed,
    .no_route = no_route, .lost = route_lost
  };
}
