/* What each host has to do in a run, and which hosts are linked.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Pure: a run in, a plan out; nothing is looked at on this host.  */

#ifndef PLAN_H
# define PLAN_H 1

# include <stdint.h>

# include "crypto/proof.h"
# include "run.h"
# include "worker/task.h"

/* How many ms more than the decider, which settles the routes, the other end
   of a link has for that, and how many an agent may take to start a command
   when all channels are connected.  */
enum { AGENT_FIRST = 15000 };

/* A link of the run.  Its first host is that with the lower number, its second
   one is the decider.  */
struct plan_link
{
  unsigned hosts[2];
  struct task_link ends[2];     /* what each has to know */
};

struct plan
{
  struct task *tasks;           /* by host; the links are not in them */
  size_t host_count;
  struct plan_link *links;
  size_t link_count;
  unsigned *channel_links;      /* the link of each channel */
};

/* Make *PLAN that of RUN.  The secret of each link is derived from SECRET, of
   SECRET_SIZE bytes, and its number (RFC 5869), so that a host can pose as no
   other one on a link that it is not on.  METER is how often the workers are
   to tell how far their ends are, in ms; 0 = not at all.  The words of the
   commands stay RUN's.  */
extern void plan_make (struct plan *plan, struct run const *run,
                       unsigned char const *secret, int64_t meter);

/* Return the number of the link of the hosts A and B, or -1.  */
extern int plan_link_between (struct plan const *plan, unsigned a,
                              unsigned b);

/* Return the number of LINK's end at HOST, 0 or 1, or -1.  */
extern int plan_end_at (struct plan_link const *link, unsigned host);

/* Wipe and free what *PLAN holds.  */
extern void plan_free (struct plan *plan);

#endif
