/* What the local side tells the agent at the beginning: all about the run.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef ORDER_H
# define ORDER_H 1

# include <stdbool.h>
# include <stdint.h>

# include "net/address.h"
# include "crypto/encryption.h"
# include "net/listener.h"
# include "wire/message.h"
# include "crypto/proof.h"
# include "data/tuning.h"

struct order
{
  unsigned char secret[SECRET_SIZE];
  char **argv;                  /* the remote command; malloc'ed if received */
  int in;                       /* channel numbers, or -1 = none */
  int out;
  int dead_peer;                /* seconds */
  bool strict;
  int64_t wait_for_writers;     /* ms; -1 = no limit */
  int64_t name_after;           /* ms until a process is named that is waited
                                   for; -1 = never */
  int64_t timeout;              /* ms for the rendezvous; 0 = for ever */
  bool fallback;                /* the login may carry the channels */
  bool listen;                  /* the agent is to listen */
  struct net_choice net;        /* ... and how */
  char *congestion;             /* what NET names, malloc'ed if received */
  struct tuning tuning;         /* of the agent's stages */
  struct encryption encryption; /* what is wanted, and what can be done */
  int64_t meter;                /* ms between two MESSAGE_METERs; 0 = none */
  struct offer offer;           /* where the local side listens */
};

/* Add ORDER to a MESSAGE_RUN or MESSAGE_PROBE.  ARGV may be NULL for the
   latter, which needs no command and no channels.  */
extern void order_put (struct order const *order,
                       struct message_builder *message);

/* Take *ORDER from one.  Return NULL, or what is wrong with the message; to
   be freed by order_free in either case.  */
extern char const *order_get (struct order *order,
                              struct message const *message);

/* Return whether ERROR, which kept the agent on the host NODENAME from
   listening as ORDER says, does not matter: it is the local side, on the same
   host, that has the only port.  */
extern bool order_has_port (struct order const *order, char const *nodename,
                            int error);

/* Wipe the secret and free what order_get allocated.  */
extern void order_free (struct order *order);

#endif
