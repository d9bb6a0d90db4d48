/* How the two ends of each channel find each other.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "net/rendezvous.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/diagnose.h"
#include "stream-socket.h"
#include "xalloc.h"

enum
{
  STAGGER = 250,                /* ms from one candidate to the next */
  ROUNDS_MAX = 20,              /* through all candidates, again */
  STRANGERS_MAX = 128,          /* unproven connections at a time */
  ACCEPTS_AT_ONCE = 64,         /* before the others get their turn */
  ACCEPT_PAUSE = 100            /* ms, when descriptors are used up */
};

/* Segments that pass where larger ones are lost: by the least packets that
   IPv6 (RFC 8200, section 5), and that hosts (RFC 1122, section 3.3.2) have to
   let pass.  */
enum
{
  SEGMENT_SMALL = 1180,
  SEGMENT_SMALLEST = 512
};

bool
rendezvous_complete (struct rendezvous const *rv)
{
  for (unsigned i = 0; i < rv->all.channels; i++)
    if (!rv->connected[i])
      return false;
  return true;
}

static void
unlink_attempt (struct rendezvous *rv, struct attempt *attempt)
{
  struct attempt **link = &rv->attempts;
  while (*link != attempt)
    link = &(*link)->next;
  *link = attempt->next;
  if (attempt->accepted)
    rv->strangers--;
}

static void
drop (struct rendezvous *rv, struct attempt *attempt)
{
  unlink_attempt (rv, attempt);
  attempt_drop (attempt);
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

/* Note that ATTEMPT came to nothing, and WHY.  What took the place of one that
   was replaced tells more.  */
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
  for (attempt = rv->attempts; attempt != NULL; attempt = attempt->next)
    note_attempt (rv, attempt, attempt->connected
                  ? "connected, but did not prove itself in time"
                  : "no answer");
}

static bool
still_trying (struct rendezvous const *rv)
{
  struct attempt const *attempt;
  for (attempt = rv->attempts; attempt != NULL; attempt = attempt->next)
    if (!attempt->accepted)
      return true;
  return false;
}

/* Return whether an attempt for CHANNEL may be the chosen one: both ends have
   spoken, so that the decider can have said its last word.  */
static bool
may_be_chosen (struct rendezvous const *rv, unsigned channel)
{
  for (struct attempt const *i = rv->attempts; i != NULL; i = i->next)
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
  /* A right one that goes has taken another connection.  */
  else if (!attempt->dropped || !attempt->proof.answered)
    note_attempt (rv, attempt, why);
  rv->again = rv->again || (!accepted && attempt->dropped);
  drop (rv, attempt);
  if (rv->chosen)
    timer_set (rv->all.events, &rv->look, 0, look_for_chosen, rv);
  if (!accepted && !still_trying (rv))
    next_round (rv);
}

void
rendezvous_settle (struct rendezvous *rv, unsigned channel)
{
  rv->connected[channel] = true;
  for (struct attempt *i = rv->attempts, *next; i != NULL; i = next)
    {
      next = i->next;
      if (i->proof.channel != channel)
        continue;
      if (!i->connected)
        note_attempt (rv, i, "no answer");
      drop (rv, i);
    }
  if (rendezvous_complete (rv))
    {
      timer_clear (rv->all.events, &rv->deadline);
      timer_clear (rv->all.events, &rv->stagger);
      timer_clear (rv->all.events, &rv->look);
      rv->chosen = false;
    }
}

/* The attempt has come through.  Others for the same channel end.  */
static void
attempt_proven (void *context, struct attempt *attempt)
{
  struct rendezvous *rv = context;
  struct connection connection;
  attempt_describe (attempt, &connection);
  if (attempt->segment != 0)
    rendezvous_note (rv, attempt->where,
                     "large packets are lost on the way, small ones are not");
  unlink_attempt (rv, attempt);
  attempt_release (attempt);
  rendezvous_settle (rv, connection.channel);
  rv->hooks.connected (rv->hooks.context, &connection);
  secure_wipe_keys (&connection.keys);
}

static void
add (struct rendezvous *rv, struct attempt *attempt)
{
  attempt->next = rv->attempts;
  rv->attempts = attempt;
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
    {
      add (rv, attempt);
      return;
    }
  char where[ADDRESS_TEXT_MAX];
  address_format ((struct sockaddr const *) &candidate->address, where);
  rendezvous_note (rv, where, why);
}

static void
attempt_quiet (void *context, struct attempt *attempt)
{
  struct rendezvous *rv = context;
  if (attempt->segment == SEGMENT_SMALLEST)
    return;
  attempt->replaced = true;
  try_candidate (rv, attempt->proof.channel, &attempt->candidate,
                 attempt->segment == 0 ? SEGMENT_SMALL : SEGMENT_SMALLEST);
}

void
rendezvous_init (struct rendezvous *rv)
{
  *rv = (struct rendezvous) { .listener = { .fd4 = -1, .fd6 = -1 } };
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

/* Make room for one more connection.  Return whether there was one to give
   up.  */
static bool
evict_stranger (struct rendezvous *rv)
{
  struct attempt *unlucky = attempt_unlucky (rv->attempts);
  if (unlucky != NULL)
    attempt_failed (rv, unlucky, "too many at once");
  return unlucky != NULL;
}

static void watch_listeners (void *context);

/* There is no descriptor for another connection.  */
static void
pause_listening (struct rendezvous *rv)
{
  if (0 <= rv->listener.fd4)
    events_forget (rv->all.events, rv->listener.fd4);
  if (0 <= rv->listener.fd6)
    events_forget (rv->all.events, rv->listener.fd6);
  timer_set (rv->all.events, &rv->resume, ACCEPT_PAUSE, watch_listeners, rv);
}

static void
ready_to_accept (void *context, int fd, short ready)
{
  struct rendezvous *rv = context;
  (void) ready;
  for (int i = 0; i < ACCEPTS_AT_ONCE; i++)
    {
      struct sockaddr_storage address;
      socklen_t length = sizeof address;
      struct sockaddr *any = (struct sockaddr *) &address;
      int peer = stream_accept (fd, any, &length);
      if (peer < 0)
        {
          if ((errno == EMFILE || errno == ENFILE) && !evict_stranger (rv))
            pause_listening (rv);
          return;
        }
      if (STRANGERS_MAX <= rv->strangers)
        evict_stranger (rv);
      rv->strangers++;
      struct attempt *attempt = attempt_accept (&rv->all, peer, any, length);
      add (rv, attempt);
      attempt_hear (attempt);
      /* The listener may be closed by now.  */
      if (rv->all.events == NULL || rendezvous_complete (rv))
        return;
    }
}

static void
watch_listeners (void *context)
{
  struct rendezvous *rv = context;
  if (0 <= rv->listener.fd4)
    events_watch (rv->all.events, rv->listener.fd4, POLLIN, ready_to_accept,
                  rv);
  if (0 <= rv->listener.fd6)
    events_watch (rv->all.events, rv->listener.fd6, POLLIN, ready_to_accept,
                  rv);
}

int
rendezvous_listen (struct rendezvous *rv, struct net_choice const *choice,
                   struct offer *offer)
{
  if (listener_open (&rv->listener, choice) != 0)
    return -1;
  offer->port4 = rv->listener.port4;
  offer->port6 = rv->listener.port6;
  rv->listening = rv->all.events;
  watch_listeners (rv);
  return 0;
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
      timer_set (rv->all.events, &rv->stagger, STAGGER, next_round, rv);
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
      if (still_trying (rv))
        break;
    }
  if (rv->next_candidate < count)
    timer_set (rv->all.events, &rv->stagger, STAGGER, next_round, rv);
  else if (!still_trying (rv))
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

static void
close_listeners (struct rendezvous *rv)
{
  if (rv->listening == NULL)
    return;
  if (0 <= rv->listener.fd4)
    events_forget (rv->listening, rv->listener.fd4);
  if (0 <= rv->listener.fd6)
    events_forget (rv->listening, rv->listener.fd6);
  rv->listening = NULL;
  listener_close (&rv->listener);
}

/* Further paths of a connection never come up here.  What does is turned away,
   for a full queue would keep them out.  */
static void
turn_away (void *context, int fd, short ready)
{
  (void) context, (void) ready;
  int peer = stream_accept (fd, NULL, NULL);
  if (0 <= peer)
    close (peer);
}

void
rendezvous_finish (struct rendezvous *rv)
{
  struct events *listening = rv->listening;
  if (rv->all.events == NULL)
    return;
  bool keep = rv->all.socket.multipath && listening != NULL;
  if (keep)
    {
      if (0 <= rv->listener.fd4)
        events_watch (listening, rv->listener.fd4, POLLIN, turn_away, NULL);
      if (0 <= rv->listener.fd6)
        events_watch (listening, rv->listener.fd6, POLLIN, turn_away, NULL);
      rv->listening = NULL;
    }
  rendezvous_close (rv);
  if (keep)
    rv->listening = listening;
}

void
rendezvous_close (struct rendezvous *rv)
{
  struct events *events = rv->all.events;
  close_listeners (rv);
  if (events == NULL)
    return;
  timer_clear (events, &rv->stagger);
  timer_clear (events, &rv->deadline);
  timer_clear (events, &rv->resume);
  timer_clear (events, &rv->look);
  while (rv->attempts != NULL)
    drop (rv, rv->attempts);
  candidates_free (&rv->candidates);
  for (size_t i = 0; i < rv->tried_count; i++)
    free (rv->tried[i]);
  free (rv->tried);
  rv->tried = NULL;
  rv->tried_count = 0;
  explicit_bzero (rv->secret, sizeof rv->secret);
  rv->all.events = NULL;
}
