/* Try all routes between the hosts, from one end.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Theory of operation.  Each end of a probe has a scout.  It listens, and
   connects to all candidates of the other end at once; each connection has
   to complete the proof as in a run (attempt.h), with the candidate's place in
   the list for a channel.  Unlike a rendezvous, a scout does not stop at the
   first: it continues until each candidate has a result, or the limit is
   reached.  */

#ifndef PROBE_SCOUT_H
# define PROBE_SCOUT_H 1

# include <stdbool.h>
# include <stddef.h>
# include <stdint.h>

# include "net/offer.h"
# include "net/attempt.h"
# include "base/events.h"
# include "net/gate.h"
# include "net/listener.h"
# include "net/lookup.h"
# include "crypto/proof.h"

/* The most candidates that are tried.  */
enum { TRIALS_MAX = 32 };

/* One candidate, and its result.  */
struct trial
{
  struct candidate candidate;
  char address[ADDRESS_TEXT_MAX];       /* "192.0.2.1 port 4000", or a name */
  bool over;
  char why[100];                /* over: it failed; "" = it works */
  int fd;                       /* works: the socket; its new owner sets this
                                   to -1 */
  int64_t connect_time;         /* us */
  int segment;                  /* larger ones were lost; 0 = any */
};

struct scout_hooks
{
  void *context;
  /* TRIAL, number NUMBER, is over.  */
  void (*tried) (void *context, unsigned number, struct trial *trial);
  /* All are, or there was none.  */
  void (*tried_all) (void *context);
  /* The other end's candidate NUMBER works: FD, which is the hook's from now
     on.  Called at most once for each.  */
  void (*arrived) (void *context, unsigned number, int fd);
};

struct scout
{
  struct events *events;        /* NULL = not open */
  struct scout_hooks hooks;
  struct attempts connecting;
  struct attempts accepting;
  unsigned char secret[SECRET_SIZE];
  struct gate gate;
  struct offer offer;           /* of the other end */
  struct lookup lookup;         /* of the host in it */
  struct dial_choice dial;
  int64_t limit;                /* ms for it all; 0 = none but our own */
  struct trial trials[TRIALS_MAX];
  unsigned count;
  unsigned left;                /* of these, not over */
  bool arrived[TRIALS_MAX];
  struct timer connect_timer;
  struct timer proof_timer;
};

/* Begin by SECRET, which is copied, as the decider (proof.h) or not.  */
extern void scout_open (struct scout *scout, struct events *events,
                        unsigned char const *secret, bool decider,
                        struct scout_hooks const *hooks);

/* Put into *OFFER who this host is, and, unless CHOICE is NULL, where it
   listens from now on.  HOST, if not NULL, is its only address.  Return 0, or
   -1 with errno set, as listener_open.  */
extern int scout_offer (struct scout *scout, struct net_choice const *choice,
                        char const *host, struct offer *offer);

/* Try, on SIDE, all ways by FAMILY (4, 6, or 0 for both) to where OFFER of the
   other end leads, which is emptied; for at most LIMIT ms, unless that is 0,
   and for no more than a few seconds.  */
extern void scout_try (struct scout *scout, enum side side, int family,
                       struct offer *offer, int64_t limit);

/* Close and free all that belongs to it, and wipe the secret.  May be called
   again.  */
extern void scout_close (struct scout *scout);

#endif
