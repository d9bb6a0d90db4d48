/* How the stages of one host start, and how they end.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   worker_reap, worker_look and worker_suspend (worker.h) are here as well.  */

#ifndef STAGES_H
# define STAGES_H 1

# include "worker/worker-state.h"

/* Start what can be started: stages that are not held and whose channels are
   all connected.  */
extern void stages_start_ready (struct worker *worker);

#endif
