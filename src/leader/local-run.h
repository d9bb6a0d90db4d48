/* The side that the user starts, while a run goes on.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   For local.c, which leads the run from beginning to end, local-begin.c, which
   sends the agent what it needs, and local-hear.c, which takes what comes
   back.

   Theory of operation.  The local side listens, starts the login, and tells
   the agent all about the run before it has heard a word, which saves a
   round trip.  The two settle the routes of the channels (route.h).  When the
   agent has started the remote command and all channels are connected, the
   local commands start.  From then on it only watches, until all commands are
   over; then the session (session.h) dismisses the agent and waits for the
   login, and the local side reports.

   Whatever goes wrong, it goes on with closing the session.  Where the
   local commands run, all commands are ended first.  */

#ifndef LOCAL_RUN_H
# define LOCAL_RUN_H 1

# include <stdbool.h>
# include <stdint.h>

# include "crypto/encryption.h"
# include "leader/adjust.h"
# include "worker/route.h"
# include "leader/session.h"
# include "worker/supervisor.h"
# include "leader/verdict.h"
# include "leader/view.h"

struct local
{
  struct session session;
  struct routes routes;
  struct adjust adjust;
  struct unit *input;           /* NULL without -i */
  struct unit *output;
  struct encryption encryption; /* what is wanted, and what can be done here */
  struct verdict verdict;
  struct view view;
  int stats_fd;                 /* where to write statistics; -1 = nowhere */
  /* monotonic_us: when it began, the agent answered, all was connected, and
     the local commands ran; 0 = not yet.  */
  int64_t begun;
  int64_t answered;
  int64_t connected;
  int64_t started;
  bool carried;                 /* a channel goes through the login */
  bool remote_started;
  bool remote_ended;
  bool running;                 /* local commands run, or have run */
};

/* Start the local commands as soon as both ends of everything are there.  */
extern void local_start_if_ready (struct local *local);

/* In local-begin.c.  */

/* Add the local stages and their ends of the channels.  */
extern void local_add_units (struct local *local);

/* Listen, start the login, and tell the agent all about the run.  Return
   whether this worked; if not, it has been said why.  */
extern bool local_begin (struct local *local);

/* In local-stats.c.  */

/* Open the file for statistics, if there are to be any.  Return whether that
   worked; if not, it has been said why.  */
extern bool local_open_stats (struct local *local, struct run const *run);

/* Write the statistics of a run that exits with STATUS, if there are to be
   any.  Return STATUS; or that of a failure of ours, which has been said, if
   they cannot be written and nothing else has failed.  */
extern int local_write_stats (struct local *local, int status);

/* In local-hear.c.  */

/* Set those of *HOOKS that are about what the agent says.  The context is to
   be the struct local.  */
extern void local_set_hooks (struct session_hooks *hooks);

/* Return the hooks for the routes of LOCAL.  */
extern struct route_hooks local_route_hooks (struct local *local);

#endif
