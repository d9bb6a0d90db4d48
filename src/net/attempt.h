/* One connection that may become a channel.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   An attempt is made or accepted, goes through the proof (proof.h), or through
   a TLS handshake in its place (secure.h), within a few seconds, and is then
   taken, or dropped.  */

#ifndef ATTEMPT_H
# define ATTEMPT_H 1

# include <stdbool.h>
# include <stdint.h>

# include "net/offer.h"
# include "net/connection.h"
# include "net/early.h"
# include "net/endpoint.h"
# include "base/events.h"
# include "crypto/proof.h"
# include "crypto/secure.h"

struct attempt;

/* What all attempts of a rendezvous have in common.  */
struct attempts
{
  struct events *events;
  void *context;
  /* Return whether CHANNEL still needs a connection.  */
  bool (*wanted) (void *context, unsigned channel);
  /* ATTEMPT is proven, on both ends.  It is the hook's to release.  */
  void (*proven) (void *context, struct attempt *attempt);
  /* ATTEMPT has failed for the reason WHY.  It is the hook's to drop.  */
  void (*failed) (void *context, struct attempt *attempt, char const *why);
  /* ATTEMPT, which was made here, is connected, but no answer has come for a
     while.  It continues.  */
  void (*quiet) (void *context, struct attempt *attempt);
  unsigned char const *secret;
  struct socket_choice socket;  /* what ours are like */
  struct early *early;          /* what has begun already; or NULL */
  bool same_host;               /* both ends are on one host */
  unsigned channels;
  bool decider;                 /* this end chooses (proof.h) */
  bool encrypt;                 /* by a handshake in place of the proof */
  enum secure_mode mode;        /* then; SECURE_NONE = not known yet, so no
                                   attempt can be made */
  bool kernel;                  /* ... and SECURE_KERNEL is possible here */
  struct attempt *list;         /* those under way, newest first */
  size_t strangers;             /* of them, accepted */
};

struct attempt
{
  struct attempts *all;
  struct attempt *next;         /* in its list */
  struct candidate candidate;
  int segment;                  /* the largest to be sent, 0 = any */
  bool plain;                   /* several paths have been tried */
  int fd;
  int64_t began;                /* monotonic_us */
  int64_t connect_time;         /* us from there, once connected */
  bool accepted;                /* or made by us */
  bool connected;
  bool dropped;                 /* by the other end */
  bool replaced;                /* tried again with smaller packets */
  struct proof proof;           /* with a handshake, only the result, and
                                   the channel */
  struct secure *secure;        /* the handshake, or NULL */
  uint64_t sent_at_first;       /* what the meter counts for a SYN */
  uint64_t sent;
  uint64_t received;
  struct timer limit;
  struct timer quiet;
  char where[ADDRESS_TEXT_MAX];
};

/* Begin to connect CHANNEL to CANDIDATE, with segments of at most SEGMENT
   bytes unless that is 0.  Return the malloc'ed attempt; or NULL, and set *WHY
   to the reason, in words that are good until the next call.  No hook is
   called before this returns.  */
extern struct attempt *attempt_connect (struct attempts *all,
                                        unsigned channel,
                                        struct candidate const *candidate,
                                        int segment, char const **why);

/* Begin with the connection FD, which was accepted from ADDRESS.  */
extern struct attempt *attempt_accept (struct attempts *all, int fd,
                                       struct sockaddr const *address,
                                       socklen_t length);

/* Read what has arrived on ATTEMPT, which has just been accepted: usually the
   other end's first message has arrived by then.  May call a hook, which
   releases or drops ATTEMPT.  */
extern void attempt_hear (struct attempt *attempt);

/* Return the size of segments for another attempt where no answer has come on
   ATTEMPT, for paths that lose large packets; 0 when there is no smaller
   one.  */
extern int attempt_smaller (struct attempt const *attempt);

/* Return whether some of those under way were made here.  */
extern bool attempts_connecting (struct attempts const *all);

/* Return the one of ALL, accepted and not yet proven, to be dropped because
   there are too many; NULL if there is none.  Those that have been silent for
   a second are dropped first, then others that are silent, then any.  Within
   each group it is chosen at random: by any other rule a flood could have the
   other end's attempt dropped.  */
extern struct attempt *attempt_unlucky (struct attempts *all);

/* Describe a proven attempt as *CONNECTION.  */
extern void attempt_describe (struct attempt const *attempt,
                              struct connection *connection);

/* Take ATTEMPT off the list, wipe and free it; its socket stays open, or is
   closed as well.  */
extern void attempt_release (struct attempt *attempt);
extern void attempt_drop (struct attempt *attempt);

#endif
