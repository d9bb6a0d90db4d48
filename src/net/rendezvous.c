/* How the two ends of each channel find each other.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "net/rendezvous.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diagnose.h"
#include "xalloc.h"

enum
{
  STAGGER = 250,                /* ms from one candidate to the next */
  RETRY_IN = 100,               /* ms before all candidates come again, ... */
  ROUNDS_MAX = 100              /* ... so many times */
};

bool
rendezvous_complete (struct rendezvous const *rv)
{
  return rv->missing == 0;
}

void
rendezvous_note (struct rendezvous *rv, char const *where, char const *why)
{
  char line[TRIED_TEXT_MAX + 1];
  snprintf (line, sizeof line, "%s: %s", where, why);
  for (size_t i = 0; i < rv->tried_count; i++)
    if (STREQ (rv->tried[i], line))
      return;
  if (rv->tried_count == TRIED_MAX)
    return;
  if (rv->tried == NULL)
    rv->tried = xnmalloc (TRIED_MAX, sizeof *rv->tried);
  rv->tried[rv->tried_count++] = xstrdup (line);
}

/* Note that ATTEMPT failed, and WHY.  For one that was replaced, the result of
   its replacement is noted.  */
static void
note_attempt (struct rendezvous *rv, struct attempt const *attempt,
              char const *why)
{
  if (!attempt->accepted && !attempt->replaced)
    rendezvous_note (rv, attempt->where, why);
}

void
rendezvous_note_pending (struct rendezvous *rv)
{
  struct attempt *attempt;
  for (attempt = rv->all.list; attempt != NULL; attempt = attempt->next)
    note_attempt (rv, attempt, attempt->connected
                  ? "connected, but did not prove itself in time"
                  : "no answer");
}

/* Return whether an attempt for CHANNEL may be the chosen one: both ends have
   sent a message, so that the decider can have completed the proof.  */
static bool
may_be_chosen (struct rendezvous const *rv, unsigned channel)
{
  for (struct attempt const *i = rv->all.list; i != NULL; i = i->next)
    if (i->proof.channel == channel && i->proof.answered)
      return true;
  return false;
}

static void
look_for_chosen (void *context)
{
  struct rendezvous *rv = context;
  for (unsigned i = 0; i < rv->all.channels; i++)
    if (!rv->connected[i] && !may_be_chosen (rv, i))
      {
        rv->chosen = false;
        rv->hooks.lost (rv->hooks.context);
        return;
      }
}

void
rendezvous_chosen (struct rendezvous *rv)
{
  if (rv->all.events == NULL || rendezvous_complete (rv))
    return;
  rv->chosen = true;
  timer_set (rv->all.events, &rv->look, 0, look_for_chosen, rv);
}

static void next_round (void *context);

static bool
is_wanted (void *context, unsigned channel)
{
  struct rendezvous *rv = context;
  return !rv->connected[channel];
}

static void
attempt_failed (void *context, struct attempt *attempt, char const *why)
{
  struct rendezvous *rv = context;
  bool accepted = attempt->accepted;
  if (accepted)
    verbose ("dropped a %sconnection from %s: %s",
             attempt->proof.channel == UINT32_MAX ? "stranger's " : "",
             attempt->where, why);
  /* An authenticated other end that closes this one has chosen another.  */
  else if (!attempt->dropped || !attempt->proof.answered)
    note_attempt (rv, attempt, why);
  rv->again = rv->again || (!accepted && attempt->dropped);
  attempt_drop (attempt);
  if (rv->chosen)
    timer_set (rv->all.events, &rv->look, 0, look_for_chosen, rv);
  if (!accepted && !attempts_connecting (&rv->all))
    next_round (rv);
}

void
rendezvous_settle (struct rendezvous *rv, unsigned channel)
{
  if (!rv->connected[channel])
    rv->missing--;
  rv->connected[channel] = true;
  for (struct attempt *i = rv->all.list, *next; i != NULL; i = next)
    {
      next = i->next;
      if (i->proof.channel != channel)
        continue;
      if (!i->connected)
        note_attempt (rv, i, "no answer");
      attempt_drop (i);
    }
  if (rendezvous_complete (rv))
    {
      timer_clear (rv->all.events, &rv->deadline);
      timer_clear (rv->all.events, &rv->stagger);
      timer_clear (rv->all.events, &rv->look);
      rv->chosen = false;
    }
}

/* The attempt is proven.  Others for the same channel are dropped.  */
static void
attempt_proven (void *context, struct attempt *attempt)
{
  struct rendezvous *rv = context;
  struct connection connection;
  attempt_describe (attempt, &connection);
  if (attempt->segment != 0)
    rendezvous_note (rv, attempt->where,
                     "large packets are lost on the way, small ones are not");
  attempt_release (attempt);
  rendezvous_settle (rv, connection.channel);
  rv->hooks.connected (rv->hooks.context, &connection);
  secure_wipe_keys (&connection.keys);
}

/* Begin to connect CHANNEL to CANDIDATE.  A failure is only noted: the
   caller looks after the rest.  */
static void
try_candidate (struct rendezvous *rv, unsigned channel,
               struct candidate const *candidate, int segment)
{
  char const *why;
  struct attempt *attempt = attempt_connect (&rv->all, channel, candidate,
                                             segment, &why);
  if (attempt != NULL)
    return;
  char where[ADDRESS_TEXT_MAX];
  address_format ((struct sockaddr const *) &candidate->address, where);
  rendezvous_note (rv, where, why);
}

static void
attempt_quiet (void *context, struct attempt *attempt)
{
  struct rendezvous *rv = context;
  int segment = attempt_smaller (attempt);
  if (segment == 0)
    return;
  attempt->replaced = true;
  try_candidate (rv, attempt->proof.channel, &attempt->candidate, segment);
}

void
rendezvous_init (struct rendezvous *rv)
{
  *rv = (struct rendezvous) { .missing = 0 };
  gate_init (&rv->gate);
}

void
rendezvous_open (struct rendezvous *rv, struct events *events,
                 unsigned char const *secret, unsigned channels,
                 bool decider, struct rendezvous_hooks const *hooks)
{
  rendezvous_init (rv);
  rv->all = (struct attempts) {
    .events = events, .context = rv, .wanted = is_wanted,
    .proven = attempt_proven, .failed = attempt_failed,
    .quiet = attempt_quiet, .secret = rv->secret, .channels = channels,
    .decider = decider
  };
  rv->hooks = *hooks;
  rv->missing = channels;
  rv->connected = xcalloc (channels, sizeof *rv->connected);
  secret_copy (rv->secret, secret);
}

void
rendezvous_encrypt (struct rendezvous *rv, enum secure_mode mode,
                    bool kernel)
{
  rv->all.encrypt = true;
  rv->all.mode = mode;
  rv->all.kernel = kernel;
}

/* All candidates have failed.  Where a listener was merely too busy with
   strangers, start afresh.  */
static void
end_of_candidates (struct rendezvous *rv)
{
  if (rv->again && rv->rounds < ROUNDS_MAX)
    {
      rv->again = false;
      rv->rounds++;
      rv->next_candidate = 0;
      timer_set (rv->all.events, &rv->stagger, RETRY_IN, next_round, rv);
      return;
    }
  rv->connecting = false;
  rv->hooks.exhausted (rv->hooks.context);
}

/* Start on the next candidates, until one does not fail at once.  */
static void
next_round (void *context)
{
  struct rendezvous *rv = context;
  if (rendezvous_complete (rv) || !rv->connecting)
    return;
  size_t count = rv->candidates.count;
  while (rv->next_candidate < count)
    {
      struct candidate const *candidate
        = &rv->candidates.list[rv->next_candidate++];
      for (unsigned i = 0; i < rv->all.channels; i++)
        if (!rv->connected[i])
          try_candidate (rv, i, candidate, 0);
      if (attempts_connecting (&rv->all))
        break;
    }
  if (rv->next_candidate < count)
    timer_set (rv->all.events, &rv->stagger, STAGGER, next_round, rv);
  else if (!attempts_connecting (&rv->all))
    end_of_candidates (rv);
}

void
rendezvous_connect (struct rendezvous *rv, struct candidates *candidates,
                    int64_t delay)
{
  rv->candidates = *candidates;
  rv->all.same_host = candidates->same_host;
  *candidates = (struct candidates) { .list = NULL };
  rv->connecting = true;
  timer_set (rv->all.events, &rv->stagger, delay, next_round, rv);
}

void
rendezvous_hurry (struct rendezvous *rv)
{
  if (rv->connecting && rv->next_candidate == 0)
    timer_set (rv->all.events, &rv->stagger, 0, next_round, rv);
}

static void
time_is_up (void *context)
{
  struct rendezvous *rv = context;
  rv->connecting = false;
  timer_clear (rv->all.events, &rv->stagger);
  rendezvous_note_pending (rv);
  if (rv->chosen)
    rv->hooks.lost (rv->hooks.context);
  else
    rv->hooks.timed_out (rv->hooks.context);
}

void
rendezvous_limit (struct rendezvous *rv, int64_t ms)
{
  if (rv->all.events != NULL && !rendezvous_complete (rv))
    timer_set (rv->all.events, &rv->deadline, ms, time_is_up, rv);
}

/* Close and free all but the gate.  */
static void
close_inside (struct rendezvous *rv)
{
  struct events *events = rv->all.events;
  if (events == NULL)
    return;
  timer_clear (events, &rv->stagger);
  timer_clear (events, &rv->deadline);
  timer_clear (events, &rv->look);
  while (rv->all.list != NULL)
    attempt_drop (rv->all.list);
  candidates_free (&rv->candidates);
  for (size_t i = 0; i < rv->tried_count; i++)
    free (rv->tried[i]);
  free (rv->tried);
  free (rv->connected);
  rv->tried = NULL;
  rv->connected = NULL;
  rv->tried_count = 0;
  explicit_bzero (rv->secret, sizeof rv->secret);
  rv->all.events = NULL;
}

void
rendezvous_finish (struct rendezvous *rv)
{
  if (rv->all.events == NULL)
    return;
  /* Further paths of a connection come in there, but never up here.  */
  if (rv->all.socket.multipath)
    gate_shut (&rv->gate);
  else
    gate_close (&rv->gate);
  close_inside (rv);
}

void
rendezvous_close (struct rendezvous *rv)
{
  gate_close (&rv->gate);
  close_inside (rv);
}
