/* Try all routes between the hosts, from one end.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "probe/probe-scout.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diagnose.h"
#include "minmax.h"

enum
{
  CONNECT_LIMIT = 3000,         /* ms for a connection */
  PROOF_LIMIT = 5000            /* ... and all that comes after it */
};


/* Connecting.  */

/* Return one of our attempts for trial NUMBER, or NULL.  */
static struct attempt *
attempt_for (struct scout const *scout, unsigned number)
{
  struct attempt *i;
  for (i = scout->connecting.list; i != NULL; i = i->next)
    if (i->proof.channel == number)
      break;
  return i;
}

/* Trial NUMBER is over: it failed as WHY says, or works, if that is empty.  */
static void
end_trial (struct scout *scout, unsigned number, char const *why)
{
  struct trial *trial = &scout->trials[number];
  struct attempt *attempt;
  while ((attempt = attempt_for (scout, number)) != NULL)
    attempt_drop (attempt);
  trial->over = true;
  snprintf (trial->why, sizeof trial->why, "%s", why);
  scout->hooks.tried (scout->hooks.context, number, trial);
  if (--scout->left != 0)
    return;
  timer_clear (scout->events, &scout->connect_timer);
  timer_clear (scout->events, &scout->proof_timer);
  scout->hooks.tried_all (scout->hooks.context);
}

static bool
connecting_wanted (void *context, unsigned number)
{
  struct scout *scout = context;
  return !scout->trials[number].over;
}

static void
connecting_proven (void *context, struct attempt *attempt)
{
  struct scout *scout = context;
  unsigned number = attempt->proof.channel;
  struct trial *trial = &scout->trials[number];
  trial->fd = attempt->fd;
  trial->connect_time = attempt->connect_time;
  trial->segment = attempt->segment;
  attempt_release (attempt);
  end_trial (scout, number, "");
}

static void
connecting_failed (void *context, struct attempt *attempt, char const *why)
{
  struct scout *scout = context;
  unsigned number = attempt->proof.channel;
  attempt_drop (attempt);
  /* Others with smaller packets may be under way.  */
  if (attempt_for (scout, number) == NULL)
    end_trial (scout, number, why);
}

/* Begin to connect for trial NUMBER.  Return whether that has begun; if not,
   set *WHY to the reason.  */
static bool
connect_trial (struct scout *scout, unsigned number, int segment,
               char const **why)
{
  return attempt_connect (&scout->connecting, number,
                          &scout->trials[number].candidate, segment,
                          why) != NULL;
}

/* Large packets may be lost on the way.  */
static void
connecting_quiet (void *context, struct attempt *attempt)
{
  char const *why;
  int segment = attempt_smaller (attempt);
  if (segment != 0)
    connect_trial (context, attempt->proof.channel, segment, &why);
}

static void
end_unconnected (void *context)
{
  struct scout *scout = context;
  for (unsigned i = 0; i < scout->count && 0 < scout->left; i++)
    {
      bool connected = false;
      struct attempt *attempt;
      for (attempt = scout->connecting.list; attempt; attempt = attempt->next)
        connected = connected || (attempt->connected
                                  && attempt->proof.channel == i);
      if (!scout->trials[i].over && !connected)
        end_trial (scout, i, "no answer");
    }
}

static void
end_all (void *context)
{
  struct scout *scout = context;
  end_unconnected (scout);
  for (unsigned i = 0; i < scout->count && 0 < scout->left; i++)
    if (!scout->trials[i].over)
      end_trial (scout, i, "connected, but did not prove itself in time");
}


/* Listening.  */

static bool
accepting_wanted (void *context, unsigned number)
{
  struct scout *scout = context;
  return !scout->arrived[number];
}

static void
accepting_proven (void *context, struct attempt *attempt)
{
  struct scout *scout = context;
  unsigned number = attempt->proof.channel;
  int fd = attempt->fd;
  scout->arrived[number] = true;
  attempt_release (attempt);
  scout->hooks.arrived (scout->hooks.context, number, fd);
}

static void
accepting_failed (void *context, struct attempt *attempt, char const *why)
{
  (void) context;
  verbose ("dropped a stranger's connection from %s: %s", attempt->where,
           why);
  attempt_drop (attempt);
}


/* Both.  */

void
scout_open (struct scout *scout, struct events *events,
            unsigned char const *secret, bool decider,
            struct scout_hooks const *hooks)
{
  *scout = (struct scout) {
    .events = events, .hooks = *hooks
  };
  gate_init (&scout->gate);
  scout->connecting = (struct attempts) {
    .events = events, .context = scout, .wanted = connecting_wanted,
    .proven = connecting_proven, .failed = connecting_failed,
    .quiet = connecting_quiet, .secret = scout->secret,
    .channels = TRIALS_MAX, .decider = decider
  };
  scout->accepting = (struct attempts) {
    .events = events, .context = scout, .wanted = accepting_wanted,
    .proven = accepting_proven, .failed = accepting_failed,
    .secret = scout->secret, .channels = TRIALS_MAX, .decider = decider
  };
  secret_copy (scout->secret, secret);
}

int
scout_offer (struct scout *scout, struct net_choice const *choice,
             char const *host, struct offer *offer)
{
  return gate_offer (&scout->gate, &scout->accepting, choice, host, offer);
}

/* Name the host that cannot be looked up, as WHY says.  */
static void
end_lookup (struct scout *scout, char const *why)
{
  struct trial *trial = &scout->trials[0];
  *trial = (struct trial) { .fd = -1 };
  snprintf (trial->address, sizeof trial->address, "%.70s",
            scout->offer.host);
  lookup_cancel (&scout->lookup);
  scout->count = scout->left = 1;
  end_trial (scout, 0, why);
}

/* Begin with all CANDIDATES, which are freed.  */
static void
begin (struct scout *scout, struct candidates *candidates)
{
  unsigned count = MIN (candidates->count, TRIALS_MAX);
  scout->count = scout->left = count;
  scout->connecting.same_host = candidates->same_host;
  for (unsigned i = 0; i < count; i++)
    {
      struct trial *trial = &scout->trials[i];
      *trial = (struct trial) { .candidate = candidates->list[i], .fd = -1 };
      address_format ((struct sockaddr *) &trial->candidate.address,
                      trial->address);
    }
  candidates_free (candidates);
  if (count == 0)
    {
      scout->hooks.tried_all (scout->hooks.context);
      return;
    }
  timer_set (scout->events, &scout->connect_timer,
             MIN (scout->limit, CONNECT_LIMIT), end_unconnected, scout);
  timer_set (scout->events, &scout->proof_timer,
             MIN (scout->limit, PROOF_LIMIT), end_all, scout);
  for (unsigned i = 0; i < count; i++)
    {
      char const *why;
      if (!connect_trial (scout, i, 0, &why))
        end_trial (scout, i, why);
    }
}

static void
take_addresses (void *context, struct candidate const *list, size_t count,
                char const *error)
{
  struct scout *scout = context;
  struct candidates candidates;
  timer_clear (scout->events, &scout->connect_timer);
  if (error)
    {
      end_lookup (scout, error);
      return;
    }
  candidates_found (&candidates, &scout->offer, &scout->dial, list, count);
  begin (scout, &candidates);
}

static void
lookup_too_slow (void *context)
{
  end_lookup (context, "no answer from a name server");
}

void
scout_try (struct scout *scout, enum side side, int family,
           struct offer *offer, int64_t limit)
{
  struct candidates candidates;
  scout->offer = *offer;
  *offer = (struct offer) { .addresses = NULL };
  scout->limit = limit == 0 ? PROOF_LIMIT : limit;
  scout->dial = dial_choice (&scout->offer, scout->secret,
                             scout->connecting.decider, side, family);
  if (offer_needs_lookup (&scout->offer, &scout->dial))
    {
      if (lookup_start (&scout->lookup, scout->events, scout->offer.host,
                        take_addresses, scout) != 0)
        {
          end_lookup (scout, strerror (errno));
          return;
        }
      timer_set (scout->events, &scout->connect_timer,
                 MIN (scout->limit, PROOF_LIMIT), lookup_too_slow, scout);
      return;
    }
  candidates_make (&candidates, &scout->offer, &scout->dial);
  begin (scout, &candidates);
}

void
scout_close (struct scout *scout)
{
  if (scout->events == NULL)
    return;
  timer_clear (scout->events, &scout->connect_timer);
  timer_clear (scout->events, &scout->proof_timer);
  gate_close (&scout->gate);
  while (scout->connecting.list != NULL)
    attempt_drop (scout->connecting.list);
  while (scout->accepting.list != NULL)
    attempt_drop (scout->accepting.list);
  lookup_cancel (&scout->lookup);
  offer_free (&scout->offer);
  for (unsigned i = 0; i < scout->count; i++)
    if (0 <= scout->trials[i].fd)
      close (scout->trials[i].fd);
  scout->count = 0;
  explicit_bzero (scout->secret, sizeof scout->secret);
  scout->events = NULL;
}
