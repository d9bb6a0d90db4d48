/* Test how the two ends of each channel find each other.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "rendezvous-ends.h"

static unsigned char const wrong_secret[SECRET_SIZE]
  = "this is the run's secreT";


/* Only one end can connect.  */
static void
check_one_way (void)
{
  for (int from = 0; from < 2; from++)
    for (unsigned channels = 1; channels <= CHANNELS_MAX; channels++)
      for (int apart = 0; apart <= 1; apart++)
        {
          row_is ("%u channels, only the %s connects, %d",
                  channels, from == DECIDER ? "decider" : "other", apart);
          int descriptors = count_descriptors ();
          begin (channels, apart);
          listen_at (&ends[!from]);
          connect_to (&ends[from], &ends[!from], 0);
          CHECK (run_until (both_complete, LONG));
          check_agreement (channels, false);
          CHECK (!ends[from].connections[0].accepted);
          check_silence ();
          CHECK_NUMBER (ends[from].rv.tried_count, 0);
          finish (descriptors);
        }
}

/* Both ends connect at the same time, or nearly so: there is always exactly
   one connection for each channel, on which they agree.  */
static void
check_both_ways (void)
{
  int from_decider = 0, from_other = 0;
  for (int round = 0; round < 400; round++)
    {
      unsigned channels = 1 + round % 2;
      bool apart = round % 4 < 3;
      int delays[2] = { chance (3), chance (3) };
      row_is ("both connect, round %d, after %d and %d ms", round,
              delays[DECIDER], delays[OTHER]);
      int descriptors = count_descriptors ();
      begin (channels, apart);
      listen_at (&ends[DECIDER]);
      listen_at (&ends[OTHER]);
      connect_to (&ends[DECIDER], &ends[OTHER], delays[DECIDER]);
      connect_to (&ends[OTHER], &ends[DECIDER], delays[OTHER]);
      CHECK (run_until (both_complete, LONG));
      check_agreement (channels, false);
      check_silence ();
      for (unsigned i = 0; i < channels; i++)
        if (ends[DECIDER].connections[i].accepted)
          from_other++;
        else
          from_decider++;
      finish (descriptors);
    }
  row_is ("both connect, in all rounds");
  /* Or the test does not see what it wants to see.  */
  CHECK (20 < from_decider);
  CHECK (20 < from_other);
}

/* One end cannot get through, in whichever way.  */
static void
check_one_fails (void)
{
  for (int from = 0; from < 2; from++)
    {
      char where[ADDRESS_TEXT_MAX];
      row_is ("the attempts of the %s are refused",
              from == DECIDER ? "decider" : "other");
      int refusing, descriptors = count_descriptors ();
      uint16_t port = refusing_port (&refusing);
      name_port (where, port);
      begin (2, false);
      listen_at (&ends[from]);
      connect_to_port (&ends[from], port);
      connect_to (&ends[!from], &ends[from], 100);
      CHECK (run_until (both_complete, LONG));
      check_agreement (2, false);
      CHECK (ends[from].connections[0].accepted);
      CHECK_NUMBER (ends[from].exhausted, 1);
      CHECK_NUMBER (ends[!from].exhausted, 0);
      CHECK_NUMBER (ends[from].rv.tried_count, 1);
      check_tried (&ends[from], where, strerror (ECONNREFUSED));
      close (refusing);
      finish (descriptors);
    }
}

/* Candidates that refuse hold nothing up.  */
static void
check_refused (void)
{
  enum { MANY = 40 };
  char where[ADDRESS_TEXT_MAX];
  struct candidates candidates = { .same_host = true };
  row_is ("many candidates that refuse, then a good one");
  int refusing[MANY], descriptors = count_descriptors ();
  begin (2, false);
  listen_at (&ends[OTHER]);
  for (int i = 0; i < MANY; i++)
    aim (&candidates, AF_INET, refusing_port (&refusing[i]));
  aim (&candidates, AF_INET, ends[OTHER].offer.port4);
  /* Had each to wait for the one before, it would take 10 s.  */
  rendezvous_connect (&ends[DECIDER].rv, &candidates, 0);
  CHECK (run_until (both_complete, 5000));
  check_agreement (2, false);
  check_silence ();
  CHECK_NUMBER (ends[DECIDER].rv.tried_count, MANY);
  for (int i = 0; i < MANY; i++)
    close (refusing[i]);
  finish (descriptors);

  row_is ("all refuse");
  uint16_t port = refusing_port (&refusing[0]);
  name_port (where, port);
  begin (2, false);
  for (int i = 0; i < 3; i++)
    aim (&candidates, AF_INET, port);
  rendezvous_connect (&ends[DECIDER].rv, &candidates, 0);
  CHECK (run_until (decider_exhausted, LONG));
  CHECK (!run_until (never, 600));
  CHECK_NUMBER (ends[DECIDER].exhausted, 1);
  CHECK_NUMBER (ends[DECIDER].timed_out, 0);
  CHECK_NUMBER (ends[DECIDER].rv.tried_count, 1);
  check_tried (&ends[DECIDER], where, strerror (ECONNREFUSED));
  close (refusing[0]);
  finish (descriptors);

  row_is ("no candidates at all");
  begin (1, false);
  candidates = (struct candidates) { .same_host = true };
  rendezvous_connect (&ends[DECIDER].rv, &candidates, 0);
  CHECK_NUMBER (ends[DECIDER].exhausted, 0);
  CHECK (run_until (decider_exhausted, LONG));
  CHECK (!run_until (never, 400));
  CHECK_NUMBER (ends[DECIDER].exhausted, 1);
  CHECK_NUMBER (ends[DECIDER].rv.tried_count, 0);
  finish (descriptors);
}

/* A candidate that says nothing does not hold up the next one.  */
static void
check_silent_first (void)
{
  uint16_t port;
  struct candidates candidates = { .same_host = true };
  row_is ("a silent candidate, then a good one");
  int descriptors = count_descriptors ();
  int silent = foreign_listener (AF_INET, 0, 10, &port);
  NEED (0 <= silent);
  begin (2, false);
  listen_at (&ends[DECIDER]);
  aim (&candidates, AF_INET, port);
  aim (&candidates, AF_INET, ends[DECIDER].offer.port4);
  rendezvous_connect (&ends[OTHER].rv, &candidates, 0);
  /* Attempts end by themselves after 5 s.  */
  CHECK (run_until (both_complete, 4000));
  check_agreement (2, false);
  check_silence ();
  /* It is not known that it was in vain.  */
  CHECK_NUMBER (ends[OTHER].rv.tried_count, 0);
  close (silent);
  finish (descriptors);
}

/* Who does not know the secret, or has the same part, gets nowhere.  */
static void
check_wrong_ends (void)
{
  static struct
  {
    char const *name;
    unsigned char const *other_secret;
    bool deciders[2];
  }
  const rows[] =
  {
    { "another secret", wrong_secret, { true, false } },
    { "both decide", secret, { true, true } },
    { "nobody decides", secret, { false, false } },
  };
  char const *stranger = "is not the other end of this run";
  for (size_t i = 0; i < SIZEOF (rows); i++)
    {
      char where[2][ADDRESS_TEXT_MAX];
      row_is ("%s", rows[i].name);
      int descriptors = count_descriptors ();
      begin (2, false);
      rendezvous_close (&ends[DECIDER].rv);
      rendezvous_close (&ends[OTHER].rv);
      open_end (&ends[DECIDER], rows[i].deciders[0], 2, secret);
      open_end (&ends[OTHER], rows[i].deciders[1], 2, rows[i].other_secret);
      for (int e = 0; e < 2; e++)
        {
          listen_at (&ends[e]);
          name_port (where[e], ends[e].offer.port4);
        }
      connect_to (&ends[DECIDER], &ends[OTHER], 0);
      connect_to (&ends[OTHER], &ends[DECIDER], 0);
      CHECK (run_until (both_exhausted, LONG));
      CHECK (!run_until (never, 400));
      check_agreement (0, false);
      for (int e = 0; e < 2; e++)
        {
          CHECK_NUMBER (ends[e].exhausted, 1);
          check_tried (&ends[e], where[!e], stranger);
          CHECK (ends[e].rv.all.list == NULL);
          CHECK_NUMBER (ends[e].rv.all.strangers, 0);
        }
      finish (descriptors);
    }
}

/* Somebody else who knows the secret comes too late, and changes nothing.  */
static void
check_too_late (void)
{
  row_is ("one who comes too late");
  int descriptors = count_descriptors ();
  begin (1, false);
  listen_at (&ends[DECIDER]);
  connect_to (&ends[OTHER], &ends[DECIDER], 0);
  CHECK (run_until (both_complete, LONG));
  third.events = &loops[0];
  open_end (&third, false, 1, secret);
  connect_to (&third, &ends[DECIDER], 0);
  rendezvous_limit (&third.rv, 700);
  CHECK (run_until (third_timed_out, LONG));
  CHECK_NUMBER (third.connected[0], 0);
  CHECK_NUMBER (third.exhausted, 0);
  close_end (&third);
  check_agreement (1, false);
  check_silence ();
  finish (descriptors);
}

/* The other end gives up a connection for which it has answered, before the
   decider has read that: who has chosen it then would find it at its end of
   file.  */
static void
check_given_up (void)
{
  row_is ("a connection that the other end gives up");
  int descriptors = count_descriptors ();
  begin (1, true);
  listen_at (&ends[OTHER]);
  connect_to_port (&ends[DECIDER], ends[OTHER].offer.port4);
  struct attempt *attempt = NULL;
  int64_t until = monotonic_ms () + LONG;
  while ((attempt == NULL || !attempt->connected)
         && monotonic_ms () < until)
    {
      step_loop (DECIDER, 20);
      attempt = ends[DECIDER].rv.all.list;
    }
  attempt = NULL;
  while ((attempt == NULL || !attempt->proof.answered)
         && monotonic_ms () < until)
    {
      step_loop (OTHER, 20);
      attempt = ends[OTHER].rv.all.list;
    }
  CHECK (attempt != NULL && attempt->proof.answered);
  rendezvous_close (&ends[OTHER].rv);
  while (ends[DECIDER].rv.all.list != NULL && monotonic_ms () < until)
    step_loop (DECIDER, 20);
  CHECK_NUMBER (ends[DECIDER].connected[0], 0);
  finish (descriptors);
}

/* Go on until OTHER has said its last word on its only attempt, and the
   decider has not read that.  CONNECTOR is the end that connects.  */
static void
go_to_last_word (int connector)
{
  int64_t until = monotonic_ms () + LONG;
  begin (1, true);
  listen_at (&ends[!connector]);
  connect_to_port (&ends[connector], ends[!connector].offer.port4);
  for (int i = DECIDER; monotonic_ms () < until; i = !i)
    {
      struct attempt const *attempt = ends[OTHER].rv.all.list;
      if (attempt != NULL && attempt->proof.answered)
        return;
      step_loop (i, 20);
    }
  CHECK (false);
}

/* The decider has chosen, as is known by other ways: its word on the
   connection is waited for as long as it can come.  */
static void
check_chosen (void)
{
  for (int connector = 0; connector < 2; connector++)
    for (int lost = 0; lost < 2; lost++)
      {
        row_is ("a choice that is %s, %s connects", lost ? "lost" : "on its"
                " way", connector == DECIDER ? "the decider" : "the other");
        int descriptors = count_descriptors ();
        go_to_last_word (connector);
        rendezvous_chosen (&ends[OTHER].rv);
        for (int i = 0; i < 3; i++)
          step_loop (OTHER, 20);
        CHECK_NUMBER (ends[OTHER].lost, 0);
        if (lost)
          rendezvous_close (&ends[DECIDER].rv);
        int64_t until = monotonic_ms () + LONG;
        while (ends[OTHER].lost == 0 && ends[OTHER].connected[0] == 0
               && monotonic_ms () < until)
          for (int i = 0; i < 2; i++)
            step_loop (i, 20);
        CHECK_NUMBER (ends[OTHER].lost, lost);
        CHECK_NUMBER (ends[OTHER].connected[0], !lost);
        finish (descriptors);
      }

  row_is ("a choice that was lost before it is known");
  int descriptors = count_descriptors ();
  begin (1, true);
  listen_at (&ends[OTHER]);
  rendezvous_chosen (&ends[OTHER].rv);
  for (int i = 0; i < 3; i++)
    step_loop (OTHER, 20);
  CHECK_NUMBER (ends[OTHER].lost, 1);
  finish (descriptors);
}

/* A delay is kept, and can be cut short.  */
static void
check_delay (void)
{
  row_is ("a delay");
  int descriptors = count_descriptors ();
  begin (1, false);
  listen_at (&ends[OTHER]);
  connect_to (&ends[DECIDER], &ends[OTHER], 3600000);
  CHECK (!run_until (both_complete, 300));
  CHECK (ends[OTHER].rv.all.list == NULL
         && ends[DECIDER].rv.all.list == NULL);
  row_is ("a delay that is cut short");
  rendezvous_hurry (&ends[DECIDER].rv);
  CHECK (run_until (both_complete, LONG));
  check_agreement (1, false);
  check_silence ();
  finish (descriptors);
}

/* Return whether new connections to the listener FD, at PORT, stay without an
   answer, and the sockets that made it so in FDS, COUNT of them.  */
static bool
fill_backlog (uint16_t port, int *fds, int count)
{
  struct candidates one = { .list = NULL };
  aim (&one, AF_INET, port);
  bool full = false;
  for (int i = 0; i < count; i++)
    {
      fds[i] = stream_socket (AF_INET);
      NEED (0 <= fds[i]);
      if (full)
        continue;
      connect (fds[i], (struct sockaddr *) &one.list[0].address,
               one.list[0].length);
      struct pollfd ready = { .fd = fds[i], .events = POLLOUT };
      full = poll (&ready, 1, 200) == 0;
    }
  candidates_free (&one);
  return full;
}

/* Time is up, and what was under way is told.  */
static void
check_timed_out (void)
{
  enum { FILLERS = 10 };
  char where[ADDRESS_TEXT_MAX];
  uint16_t port;
  int fds[FILLERS];
  row_is ("time is up with a listener that says nothing");
  int descriptors = count_descriptors ();
  int silent = foreign_listener (AF_INET, 0, 10, &port);
  NEED (0 <= silent);
  name_port (where, port);
  begin (2, false);
  connect_to_port (&ends[DECIDER], port);
  rendezvous_limit (&ends[DECIDER].rv, 300);
  CHECK (run_until (decider_timed_out, LONG));
  check_tried (&ends[DECIDER], where,
               "connected, but did not prove itself in time");
  CHECK (!run_until (never, 500));
  CHECK_NUMBER (ends[DECIDER].timed_out, 1);
  CHECK_NUMBER (ends[DECIDER].exhausted, 0);
  CHECK_NUMBER (ends[DECIDER].rv.tried_count, 1);
  close (silent);
  finish (descriptors);

  row_is ("time is up with a host that does not answer");
  silent = foreign_listener (AF_INET, 0, 0, &port);
  NEED (0 <= silent);
  name_port (where, port);
  begin (2, false);
  if (fill_backlog (port, fds, FILLERS))
    {
      connect_to_port (&ends[DECIDER], port);
      rendezvous_limit (&ends[DECIDER].rv, 100);
      CHECK (run_until (decider_timed_out, LONG));
      check_tried (&ends[DECIDER], where, "no answer");
      CHECK_NUMBER (ends[DECIDER].exhausted, 0);

      row_is ("another route settles it");
      rendezvous_settle (&ends[DECIDER].rv, 0);
      CHECK (!rendezvous_complete (&ends[DECIDER].rv));
      rendezvous_settle (&ends[DECIDER].rv, 1);
      CHECK (rendezvous_complete (&ends[DECIDER].rv));
      CHECK (ends[DECIDER].rv.all.list == NULL);
      check_tried (&ends[DECIDER], where,
                   "no answer");
    }
  for (int i = 0; i < FILLERS; i++)
    close (fds[i]);
  close (silent);
  finish (descriptors);

  row_is ("time is not up any more when all is connected");
  begin (1, false);
  listen_at (&ends[OTHER]);
  rendezvous_limit (&ends[DECIDER].rv, 3600000);
  rendezvous_limit (&ends[OTHER].rv, 3600000);
  CHECK (ends[OTHER].rv.deadline.set && ends[DECIDER].rv.deadline.set);
  connect_to (&ends[DECIDER], &ends[OTHER], 0);
  CHECK (run_until (both_complete, LONG));
  CHECK (!ends[OTHER].rv.deadline.set && !ends[DECIDER].rv.deadline.set);
  rendezvous_limit (&ends[OTHER].rv, 0);
  CHECK (!ends[OTHER].rv.deadline.set);
  check_agreement (1, false);
  check_silence ();
  finish (descriptors);
}

/* What is remembered of what was tried is bounded, and nothing is twice.  */
static void
check_notes (void)
{
  static char why[2 * TRIED_TEXT_MAX];
  struct rendezvous *rv = &ends[DECIDER].rv;
  row_is ("notes");
  int descriptors = count_descriptors ();
  begin (1, false);
  memset (why, 'x', sizeof why - 1);
  for (int i = 0; i < 2; i++)
    rendezvous_note (rv, "here", why);
  CHECK_NUMBER (rv->tried_count, 1);
  CHECK_NUMBER (strlen (rv->tried[0]), TRIED_TEXT_MAX);
  for (int i = 0; i < 2 * TRIED_MAX; i++)
    {
      snprintf (why, sizeof why, "%d", i);
      rendezvous_note (rv, "there", why);
    }
  CHECK_NUMBER (rv->tried_count, TRIED_MAX);
  CHECK_TEXT (rv->tried[TRIED_MAX - 1], "there: 254");
  finish (descriptors);
}

int
main (void)
{
  open_loops ();
  check_one_way ();
  check_both_ways ();
  check_one_fails ();
  check_refused ();
  check_silent_first ();
  check_wrong_ends ();
  check_too_late ();
  check_given_up ();
  check_chosen ();
  check_delay ();
  check_timed_out ();
  check_notes ();
  return close_loops ();
}
