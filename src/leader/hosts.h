/* All that the leader knows of a run, and how it speaks to the hosts.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef HOSTS_H
# define HOSTS_H 1

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
  bool routed;                  /* its decider lets logins carry channels */
  bool warned;                  /* that they do */
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
  struct timer silence_timer;
};

/* Send the message in *BUILDER, which is finished and taken over, to the
   worker on HOST.  */
extern void host_send (struct leader *leader, unsigned host,
                       struct message_builder *builder);

/* Return what HOST is called, fit to be shown.  */
extern char const *host_name (struct leader const *leader, unsigned host);

/* Let the worker here have MS ms more to connect with HOST.  */
extern void hosts_limit (struct leader *leader, unsigned host, int64_t ms);

/* End all stages by SIG, here after GRACE ms, and with CUT all channels.  The
   agents tell when they have done so; where one does not, its login is ended,
   and the agent by that.  */
extern void hosts_end (struct leader *leader, int sig, int64_t grace,
                       bool cut);

/* Close all sessions: the run is over, or has failed.  */
extern void hosts_finish (struct leader *leader);

#endif
