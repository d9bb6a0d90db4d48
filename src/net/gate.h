/* Accept connections as attempts.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Theory of operation.  A gate listens, and makes an attempt (attempt.h) of
   each connection.  It cannot tell the other end from a stranger before the
   proof, so it keeps a limited number at a time; when there are more, one of
   them is dropped, at random (attempt_unlucky), and the other end retries.
   Where descriptors are used up, it pauses.  */

#ifndef GATE_H
# define GATE_H 1

# include <stdbool.h>

# include "net/attempt.h"
# include "net/listener.h"
# include "net/offer.h"

struct gate
{
  struct attempts *all;         /* of what comes in; NULL = not open */
  struct events *events;
  struct listener listener;
  bool shut;                    /* accepts nothing any more */
  struct timer resume;
};

/* Make *GATE one that is not open.  */
extern void gate_init (struct gate *gate);

/* Listen as CHOICE says, for attempts of ALL, and put the ports into *OFFER.
   Return 0, or -1 with errno set, as listener_open.  */
extern int gate_open (struct gate *gate, struct attempts *all,
                      struct net_choice const *choice, struct offer *offer);

/* Put into *OFFER who this host is, for the other end of ALL, and, unless
   CHOICE is NULL, where it listens from now on.  HOST, if not NULL, is its
   only address.  Return 0, or -1 with errno set, as listener_open.  */
extern int gate_offer (struct gate *gate, struct attempts *all,
                       struct net_choice const *choice, char const *host,
                       struct offer *offer);

/* Accept nothing any more, but keep listening: further paths of a connection
   arrive there, and a full queue would keep them out.  ALL is not used from
   now on.  */
extern void gate_shut (struct gate *gate);

/* Stop listening.  May be called again, and when it is not open.  */
extern void gate_close (struct gate *gate);

#endif
