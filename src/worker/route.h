/* Which route each channel takes, as the two sides settle it.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Theory of operation.  The agent is the decider.  It gets the local side's
   offer with the order, makes its own (MESSAGE_OFFER), and begins to connect;
   the local side joins in a little later, or when the agent has tried all in
   vain (MESSAGE_TRIED).  The connections themselves tell
   each end which of them are taken (proof.h).  When both ends have tried
   everything in vain, of which the local side tells by the same message, or
   time is up, the agent lets the login carry the channels that have no
   connection, and says so by MESSAGE_ROUTE for each; before that it tells what
   it tried, for the user to read.  So no channel can get two routes.  */

#ifndef ROUTE_H
# define ROUTE_H 1

# include <stdbool.h>

# include "net/address.h"
# include "net/listener.h"
# include "net/lookup.h"
# include "wire/message.h"
# include "worker/supervisor.h"

struct route_hooks
{
  void *context;
  /* CHANNEL is there, as HOW says: ": A -> B (remote-to-local)" or
     " (login)".  */
  void (*taken) (void *context, unsigned channel, char const *how);
  /* What there is cannot be used, as WHY says.  */
  void (*failed) (void *context, char const *why);
  /* Time is up, or all has failed, and the login is no way either.  */
  void (*no_route) (void *context);
  /* The other side has taken a connection that was lost before this side
     heard of it.  NULL for the remote side, which is the one that takes.  */
  void (*lost) (void *context);
};

struct routes
{
  struct supervisor *supervisor;
  struct route_hooks hooks;
  enum side side;
  bool fallback;                /* the login may carry channels */
  bool own_done;                /* this end has nothing more to try */
  bool own_told;                /* ... and has said what it tried */
  bool peer_done;
  char *nodename;               /* of this host; malloc'ed or NULL */
  char **peer_tried;            /* malloc'ed strings, or NULL */
  struct offer peer_offer;
  bool peer_offered;
  struct lookup lookup;         /* of the host in it */
};

/* Begin on SIDE to look for the routes of the supervisor's channels, whose
   sockets are to be like SOCKETS, and which prove themselves by SECRET;
   FALLBACK says whether the login is one.  */
extern void routes_open (struct routes *routes, struct supervisor *supervisor,
                         enum side side, unsigned char const *secret,
                         bool fallback, struct socket_choice const *sockets,
                         struct route_hooks const *hooks);

/* Encrypt the channels, in MODE, as rendezvous_encrypt.  */
extern void routes_encrypt (struct routes *routes, enum secure_mode mode,
                            bool kernel);

/* Put into *OFFER who this host is, and, unless CHOICE is NULL, where it
   listens from now on.  HOST, if not NULL, is its only address.  Return 0, or
   -1 with errno set, as listener_open.  */
extern int routes_offer (struct routes *routes,
                         struct net_choice const *choice, char const *host,
                         struct offer *offer);

/* Connect to where the other side listens, as OFFER says, which is emptied.
   The name of a host in it is looked up meanwhile.  Return whether it makes
   sense: a second one does not.  */
extern bool routes_take_offer (struct routes *routes, struct offer *offer);

/* Tell the other side what was tried in vain here.  */
extern void routes_send_tried (struct routes *routes);

/* Take a MESSAGE_TRIED; or a MESSAGE_ROUTE.  Return whether it makes
   sense.  */
extern bool routes_take_tried (struct routes *routes,
                               struct message const *message);
extern bool routes_take_route (struct routes *routes,
                               struct message const *message);

/* Local side: the other one has a route for each channel, and goes by
   that.  */
extern void routes_take_started (struct routes *routes);

/* Return what was tried in vain, on both sides, as one malloc'ed line: "HOST
   tried A: why, B: why; this host tried C: why".  PEER is the other host's
   name.  */
extern char *routes_tried (struct routes const *routes, char const *peer);

/* Say the same by lines of their own, for those who want to know more.  */
extern void routes_list_tried (struct routes const *routes,
                               char const *peer);

/* Stop looking, for all routes are taken; free what is not needed from now
   on.  */
extern void routes_finish (struct routes *routes);

/* Stop looking, free what is held.  May be called again.  */
extern void routes_close (struct routes *routes);

#endif
