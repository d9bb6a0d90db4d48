/* Accept connections as attempts.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "net/gate.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/diagnose.h"
#include "stream-socket.h"

enum
{
  STRANGERS_MAX = 256,          /* unproven connections at a time */
  ACCEPTS_AT_ONCE = 4,          /* before other events are handled, such as
                                   the proof of the other end */
  ACCEPT_PAUSE = 100            /* ms, when descriptors are used up */
};

void
gate_init (struct gate *gate)
{
  *gate = (struct gate) { .listener = { .fd4 = -1, .fd6 = -1 } };
}

/* Make room for one more connection.  Return whether there was one to give
   up.  */
static bool
evict_stranger (struct gate *gate)
{
  struct attempts *all = gate->all;
  struct attempt *unlucky = attempt_unlucky (all);
  if (unlucky != NULL)
    all->failed (all->context, unlucky, "too many at once");
  return unlucky != NULL;
}

static void
forget (struct gate *gate)
{
  if (0 <= gate->listener.fd4)
    events_forget (gate->events, gate->listener.fd4);
  if (0 <= gate->listener.fd6)
    events_forget (gate->events, gate->listener.fd6);
}

static void
watch (struct gate *gate, event_fn *fn)
{
  if (0 <= gate->listener.fd4)
    events_watch (gate->events, gate->listener.fd4, POLLIN, fn, gate);
  if (0 <= gate->listener.fd6)
    events_watch (gate->events, gate->listener.fd6, POLLIN, fn, gate);
}

static void ready_to_accept (void *context, int fd, short ready);

static void
resume (void *context)
{
  watch (context, ready_to_accept);
}

static void
ready_to_accept (void *context, int fd, short ready)
{
  struct gate *gate = context;
  (void) ready;
  for (int i = 0; i < ACCEPTS_AT_ONCE; i++)
    {
      struct sockaddr_storage address;
      socklen_t length = sizeof address;
      struct sockaddr *any = (struct sockaddr *) &address;
      int peer = stream_accept (fd, any, &length);
      if (peer < 0)
        {
          if ((errno == EMFILE || errno == ENFILE) && !evict_stranger (gate))
            {
              /* Some may be available after a while.  */
              forget (gate);
              timer_set (gate->events, &gate->resume, ACCEPT_PAUSE, resume,
                         gate);
            }
          return;
        }
      if (STRANGERS_MAX <= gate->all->strangers)
        evict_stranger (gate);
      attempt_hear (attempt_accept (gate->all, peer, any, length));
      /* It may have been the last one that was waited for.  */
      if (gate->all == NULL || gate->shut)
        return;
    }
}

int
gate_open (struct gate *gate, struct attempts *all,
           struct net_choice const *choice, struct offer *offer)
{
  if (listener_open (&gate->listener, choice) != 0)
    return -1;
  gate->all = all;
  gate->events = all->events;
  offer->port4 = gate->listener.port4;
  offer->port6 = gate->listener.port6;
  watch (gate, ready_to_accept);
  return 0;
}

int
gate_offer (struct gate *gate, struct attempts *all,
            struct net_choice const *choice, char const *host,
            struct offer *offer)
{
  offer_begin (offer, all->secret, all->decider);
  if (choice == NULL)
    return 0;
  if (gate_open (gate, all, choice, offer) != 0)
    return -1;
  if (offer_addresses (offer, host) != 0)
    warn ("cannot list this host's addresses: %s", strerror (errno));
  return 0;
}

static void
turn_away (void *context, int fd, short ready)
{
  (void) context, (void) ready;
  int peer = stream_accept (fd, NULL, NULL);
  if (0 <= peer)
    close (peer);
}

void
gate_shut (struct gate *gate)
{
  if (gate->all == NULL)
    return;
  gate->shut = true;
  timer_clear (gate->events, &gate->resume);
  watch (gate, turn_away);
}

void
gate_close (struct gate *gate)
{
  if (gate->all == NULL)
    return;
  gate->all = NULL;
  timer_clear (gate->events, &gate->resume);
  forget (gate);
  listener_close (&gate->listener);
}
