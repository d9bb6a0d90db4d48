/* The leader: it knows the run, and all workers.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Theory of operation.  Host 0 is this one, the others are reached by logins.
   The leader plans what each host has to do (plan.h) and gives the worker here
   its task.  That listens, and makes an offer for each of its links; with
   these the logins are started, and the agents are sent their tasks before
   they have said a word, which saves a round trip.  Links between two remote
   hosts are made when both agents have answered.  Then the leader passes on
   what the hosts at the ends of a link or a channel have to tell each other
   (switch.h), starts the stages that are held when the others run and all
   channels are connected, and watches until all stages and all ends of
   channels are over; then the sessions (session.h) dismiss the agents and
   wait for the logins, and the outcome is reported.

   Whatever goes wrong, it goes on with closing the sessions.  Where stages
   run, they are ended first.

   The leader speaks to a worker by host_send, which is a queue for host 0, and
   hears it in switch_message, and in no other way.  It holds no socket of a
   channel.  */

#ifndef LEADER_H
# define LEADER_H 1

# include "attribute.h"
# include "base/process.h"
# include "leader/adjust.h"
# include "leader/facts.h"
# include "leader/monitor.h"
# include "leader/plan.h"
# include "leader/session.h"
# include "leader/statistics.h"
# include "run.h"
# include "wire/message-queue.h"
# include "worker/worker.h"

/* What the leader knows of a link.  */
struct leader_link
{
  char **tried[2];              /* what its hosts tried in vain; malloc'ed
                                   strings, or NULL */
  bool told[2];                 /* ... which they have said */
  bool begun;                   /* its hosts have it */
  bool warned;                  /* that a login carries */
  bool asked[2];                /* which of its ends is to tell what it tried,
                                   since the other one has no route */
};

struct leader
{
  struct process process;
  struct worker worker;         /* main's, which lends to it; the leader
                                   speaks to it by the queues alone */
  struct message_queue to_worker;
  struct message_queue from_worker;
  struct sessions sessions;
  struct session *hosts;        /* by number; that of host 0 is not used */
  struct run const *run;
  struct plan plan;
  struct facts facts;
  struct leader_link *links;    /* as in PLAN */
  struct adjust adjust;
  struct monitor monitor;
  struct moments at;
  uint64_t rate_limit;          /* at present */
  bool logged_in;               /* the logins have been started */
  bool running;                 /* held stages have been started */
  int stats_fd;                 /* where to write statistics; -1 = nowhere */
  struct timer start_timer;
};

/* Do the run RUN.  Return the exit status; or die of the signal that ended
   it.  */
extern int leader_main (struct run const *run);

/* For switch.c.  */

/* Send the message in *BUILDER, which is finished and taken over, to the
   worker on HOST.  */
extern void host_send (struct leader *leader, unsigned host,
                       struct message_builder *builder);

/* Return what HOST is called, fit to be shown.  */
extern char const *host_name (struct leader const *leader, unsigned host);

/* An offer of the worker here for LINK has come: start the logins if it was
   the last.  */
extern void leader_on_offer (struct leader *leader, unsigned link,
                             struct message const *message);

/* Start the held stages if all others run and all channels are connected.  */
extern void leader_start_if_ready (struct leader *leader);

/* Let the worker here have MS ms more to connect with HOST.  */
extern void leader_limit (struct leader *leader, unsigned host, int64_t ms);

/* Close all sessions: the run is over, or has failed.  */
extern void leader_finish (struct leader *leader);

#endif
