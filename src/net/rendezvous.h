/* How the two ends of each channel find each other.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Theory of operation.  Each end may listen and may connect, for all channels
   at once.  Every connection, made or accepted, is an attempt (attempt.h): it
   has to come through the proof within a few seconds, beside all the others,
   so that a stranger neither gets in nor holds anything up.  Connecting starts
   with the best candidate; the next one joins in a quarter of a second later
   (RFC 8305, section 5), or as soon as all have failed.  One that is
   connected, but through which nothing comes, is tried again with smaller
   packets beside it, for paths that lose large ones without a word (RFC
   2923, section 2.1).  The decider takes the first attempt that comes through
   as a channel's connection.  */

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

/* The most texts that are kept of what was tried in vain, and the longest of
   them, in bytes.  */
enum { TRIED_MAX = 256, TRIED_TEXT_MAX = 1024 };

struct rendezvous_hooks
{
  void *context;
  /* A channel is connected; the socket is the owner's from now on.  */
  void (*connected) (void *context, struct connection const *connection);
  /* All candidates have failed, if there were any; connections may still come
     in.  Called at most once.  */
  void (*exhausted) (void *context);
  /* Time is up.  Called at most once.  */
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

/* Listen on every address of this host as CHOICE says, and put the ports into
   *OFFER.  Return 0, or -1 with errno set, as listener_open.  */
extern int rendezvous_listen (struct rendezvous *rendezvous,
                              struct net_choice const *choice,
                              struct offer *offer);

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

/* The other end, the decider, has said its last word about each channel, which
   may still be on its way on a connection.  If there is none any more that can
   bring it, have the hook lost called, now or when the last one fails.  */
extern void rendezvous_chosen (struct rendezvous *rendezvous);

/* CHANNEL has got another route: no more attempts for it.  */
extern void rendezvous_settle (struct rendezvous *rendezvous,
                               unsigned channel);

/* Return whether all channels are connected, or settled.  */
extern bool rendezvous_complete (struct rendezvous const *rendezvous);

/* Remember that WHERE was tried in vain, or something else, and WHY, for
   rendezvous->tried, where nothing is twice, and what is too much is left
   out.  */
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
