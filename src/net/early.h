/* Connections that the agent begins before its task arrives.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Theory of operation.  An sshd passes no input to a command before it has
   reported to the client that the command runs, so MESSAGE_TASK arrives a
   round trip after the agent has started.  A round trip is also what
   connecting takes.  So the local side puts the ports that it listens on,
   which are no secret, after --agent, and the agent connects at once to where
   the login came from.  It sends nothing there before it knows the secret; and
   when the task asks for something else, these connections are closed.  Where
   a login does not pass on its origin, no connection begins early.  */

#ifndef EARLY_H
# define EARLY_H 1

# include <stdbool.h>
# include <stddef.h>

# include "net/offer.h"

/* Enough for what early_describe writes; the most connections that begin so.
   Further ones begin with the task.  */
enum { EARLY_TEXT_MAX = 32, EARLY_MAX = 16 };

struct early
{
  int fds[EARLY_MAX];           /* begun, and not yet taken: COUNT of them */
  unsigned count;
  struct candidate to;
};

/* Local side: write to TEXT, of EARLY_TEXT_MAX bytes, what the agent has to
   know to connect COUNT channels to OFFER: digits and dots, which no shell
   takes for anything else.  */
extern void early_describe (char *text, struct offer const *offer,
                            unsigned count);

/* Agent: begin to connect to the origin of this login, as described in TEXT,
   which may be NULL for none.  On any error there are no connections.  */
extern void early_begin (struct early *early, char const *text);

/* Return a connection to CANDIDATE that has begun, and is the caller's from
   now on; -1 if there is none.  */
extern int early_take (struct early *early, struct candidate const *candidate);

/* Close what has not been taken.  May be called again.  */
extern void early_close (struct early *early);

#endif
