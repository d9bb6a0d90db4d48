/* How the two ends of each channel find each other.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Theory of operation.  Each end may listen and may connect, for all channels
   at once.  Every connection, made or accepted, is an attempt (attempt.h): it
   has to complete the proof within a few seconds, in parallel with all others,
   so that a stranger neither gets in nor delays anything.  Connecting starts
   with the best candidate; the next one starts a quarter of a second later
   (RFC 8305, section 5), or as soon as all have failed.  For one that is
   connected, but gets no answer, another one is made in parallel with smaller
   packets, for paths that silently drop large ones (RFC 2923, section 2.1).
   The decider takes the first attempt that completes the proof as a channel's
   connection.  */

#ifndef RENDEZVOUS_H
# define RENDEZVOUS_H 1

# include <stdbool.h>
# include <stddef.h>
# include <stdint.h>

# include "net/offer.h"
# include "net/attempt.h"
# include "net/connection.h"
# include "base/events.h"
# include "net/gate.h"
# include "net/listener.h"
# include "crypto/proof.h"
# include "base/system.h"

/* The most texts about failed attempts that are kept, and the longest of them,
   in bytes.  */
enum { TRIED_MAX = 256, TRIED_TEXT_MAX = 1024 };

struct rendezvous_hooks
{
  void *context;
  /* A channel is connected; the socket is the owner's from now on.  */
  void (*connected) (void *context, struct connection const *connection);
  /* All candidates have failed, if there were any; connections may still come
     in.  Called at most once.  */
  void (*exhausted) (void *context);
  /* The limit is reached.  Called at most once.  */
  void (*timed_out) (void *context);
  /* After rendezvous_chosen: there is a channel whose connection has been lost
     before we heard that it was chosen.  Called at most once.  */
  void (*lost) (void *context);
};

struct rendezvous
{
  struct attempts all;          /* its events are NULL when not open */
  struct rendezvous_hooks hooks;
  unsigned char secret[SECRET_SIZE];
  bool *connected;              /* of each channel; malloc'ed while it is
                                   open */
  unsigned missing;             /* of them, not connected and not settled */
  struct gate gate;
  struct candidates candidates;
  size_t next_candidate;
  bool connecting;
  bool again;                   /* the candidates are worth another try */
  unsigned rounds;              /* such tries so far */
  bool chosen;                  /* as rendezvous_chosen says */
  struct timer stagger;
  struct timer deadline;
  struct timer look;
  char **tried;                 /* what failed, and why: malloc'ed strings */
  size_t tried_count;
};

/* Make *RENDEZVOUS one that is not open.  */
extern void rendezvous_init (struct rendezvous *rendezvous);

/* Begin the rendezvous of CHANNELS channels by SECRET, which is copied, as
   the decider or not.  */
extern void rendezvous_open (struct rendezvous *rendezvous,
                             struct events *events,
                             unsigned char const *secret, unsigned channels,
                             bool decider,
                             struct rendezvous_hooks const *hooks);

/* Have a TLS handshake in place of the proof, in MODE; SECURE_NONE says that
   the other end decides on that, and then there must be no rendezvous_connect
   before a second call.  KERNEL says if SECURE_KERNEL can be.  */
extern void rendezvous_encrypt (struct rendezvous *rendezvous,
                                enum secure_mode mode, bool kernel);

/* Connect to the *CANDIDATES, which belong to the rendezvous from now on, in
   DELAY ms.  */
extern void rendezvous_connect (struct rendezvous *rendezvous,
                                struct candidates *candidates,
                                int64_t delay);

/* Do not wait any longer before the first candidate.  */
extern void rendezvous_hurry (struct rendezvous *rendezvous);

/* Have the hook timed_out called unless all is connected in MS
   milliseconds.  */
extern void rendezvous_limit (struct rendezvous *rendezvous, int64_t ms);

/* The other end, the decider, has chosen a connection for each channel; its
   last message of the proof may still be in flight.  If no attempt is left
   that can receive it, have the hook lost called, now or when the last one
   fails.  */
extern void rendezvous_chosen (struct rendezvous *rendezvous);

/* CHANNEL has got another route: no more attempts for it.  */
extern void rendezvous_settle (struct rendezvous *rendezvous,
                               unsigned channel);

/* Return whether all channels are connected, or settled.  */
extern bool rendezvous_complete (struct rendezvous const *rendezvous);

/* Add to rendezvous->tried that WHERE, an address or something else, failed
   because of WHY.  Duplicates, and texts beyond TRIED_MAX, are left out.  */
extern void rendezvous_note (struct rendezvous *rendezvous,
                             char const *where, char const *why);

/* Add to rendezvous->tried what is still under way.  */
extern void rendezvous_note_pending (struct rendezvous *rendezvous);

/* All is connected.  Close and free what is not needed any more, and wipe the
   secret.  Connections that take several paths need the listeners as long as
   they live: their other paths come in there.  */
extern void rendezvous_finish (struct rendezvous *rendezvous);

/* Close and free all that belongs to it, and wipe the secret.  May be called
   again.  */
extern void rendezvous_close (struct rendezvous *rendezvous);

#endif
