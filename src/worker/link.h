/* A link: this host and another one, and how their channels are connected.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Theory of operation.  One end of a link is the decider.  Both ends listen
   and send each other an offer (MESSAGE_OFFER); the other end's may come with
   the task.  The decider begins to connect; the other end joins in a little
   later, or when the decider has tried all in vain (MESSAGE_TRIED).  The
   connections themselves tell each end which of them are taken (proof.h).
   When both ends have tried everything in vain, of which the other end tells
   by the same message, or time is up, the decider lets the logins carry the
   channels that have no connection, and sends MESSAGE_ROUTE for each; before
   that it sends what it tried, for the user to read.  So no channel can get
   two routes.

   Where the data is encrypted it is the decider that settles how: it knows
   what the other end can do from that one's offer, and its own offer has the
   mode.  */

#ifndef LINK_H
# define LINK_H 1

# include <stdbool.h>

# include "crypto/encryption.h"
# include "net/offer.h"
# include "net/lookup.h"
# include "net/rendezvous.h"
# include "wire/message.h"
# include "worker/task.h"

struct link;

struct link_hooks
{
  void *context;
  /* Send MESSAGE, which has been begun and has LINK's number, by way of the
     leader to its other end.  */
  void (*send) (void *context, struct message_builder *message);
  /* CONNECTION is that of channel CHANNEL.  */
  void (*connected) (void *context, struct link *link, unsigned channel,
                     struct connection const *connection);
  /* A login is to carry channel CHANNEL.  Return 0, or -1 with errno set.  */
  int (*carry) (void *context, struct link *link, unsigned channel);
  /* It does so now.  */
  void (*carried) (void *context, unsigned channel);
  /* It cannot go on, for the reason WHY: ERROR_NO_ROUTE, when time is up, or
     all has failed, and a login is no way either; ERROR_ROUTE_LOST, when the
     decider has taken a connection that was lost before this end heard of it;
     ERROR_PROTOCOL, when the other end has sent what cannot be.  */
  void (*failed) (void *context, struct link *link, enum error_code code,
                  char const *why);
};

struct link
{
  struct task_link task;        /* its secret is wiped */
  struct net_choice net;
  struct link_hooks hooks;
  struct events *events;
  struct rendezvous rendezvous;
  bool by_login;                /* a login has started this process */
  bool carried;                 /* a login carries a channel of it */
  bool own_done;                /* this end has nothing more to try */
  bool own_told;                /* ... and has sent what it tried */
  bool peer_done;
  bool peer_offered;
  bool settled;                 /* decider: no connection will come any more */
  struct offer peer_offer;
  struct lookup lookup;         /* of the host in it */
  struct encryption own;        /* what this end can do */
};

/* What all links of a worker have in common.  */
struct link_lent
{
  struct events *events;
  struct net_choice const *net; /* what the sockets are like */
  struct encryption const *own; /* what this host can do to encrypt */
  struct early *early;          /* connections that were begun already, or
                                   NULL */
  bool by_login;                /* a login has started this process */
};

/* Begin with *LINK as TASK says, whose contents it takes over and whose secret
   it wipes, by what LENT has: listen, make an offer, and connect to the offer
   that TASK may hold.  */
extern void link_open (struct link *link, struct task_link *task,
                       struct link_lent const *lent,
                       struct link_hooks const *hooks);

/* Handle MESSAGE about the link: MESSAGE_OFFER, MESSAGE_TRIED, MESSAGE_ROUTE
   of the other end, or MESSAGE_LINK of the leader with a new limit.  */
extern void link_on_message (struct link *link,
                             struct message const *message);

/* The decider at the other end has started a stage on channel CHANNEL, and so
   has chosen its connection.  */
extern void link_chosen (struct link *link);

/* Return whether all channels of the link are connected, or carried.  */
extern bool link_is_complete (struct link const *link);

/* All stages of the link's channels are about to start here: send what was
   tried if that has not been done and a channel is connected, and let go of
   what is not needed from now on.  */
extern void link_finish (struct link *link);

/* Stop looking for routes.  May be called again.  */
extern void link_stop (struct link *link);

/* Stop and free what the link holds.  */
extern void link_close (struct link *link);

#endif
