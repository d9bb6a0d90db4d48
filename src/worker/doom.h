/* How what runs on this host is made to end.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   A stage that is doomed is asked to end by a signal, and killed if it does
   not in KILL_GRACE ms.  The same goes for processes that it has left behind
   with a stream of its.  Nothing here changes the state of an end.  */

#ifndef DOOM_H
# define DOOM_H 1

# include "worker/worker-state.h"

/* What commands leave behind is to end where a stream of theirs, or the
   command itself, is not yet over.  Return whether there may be any such
   process.  */
extern bool doom_holders (struct worker *worker);

/* Let the doomed stages and processes end: by SIG after GRACE ms, SIGKILL
   after KILL_GRACE more; or AGAIN, by SIG at once.  */
extern void doom_stages (struct worker *worker, int sig, int64_t grace,
                         bool again);

/* Send SIG to STAGE, and SIGKILL after KILL_GRACE ms.  */
extern void doom_stage (struct worker *worker, struct worker_stage *stage,
                        int sig);

#endif
