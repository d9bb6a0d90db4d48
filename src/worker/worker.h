/* What one host does in a run: its stages, and its ends of the channels.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Every host has a worker, this one too, and the leader knows them all.  They
   meet in messages and in nothing else: worker_take is how the leader speaks
   to a worker, and the function SAY how a worker speaks to the leader.  On
   this host the messages are queued and delivered by the event loop, never by
   recursion, so that order and reentrancy are as on a wire.

   A worker knows no run, no login and no user, and prints nothing: what a
   user is to know it says (MESSAGE_NOTE).  What belongs to the process, the
   loop and the guard, standard input and output, and the connections that
   reach the other hosts, is lent to it by main, which also tells it of
   children and of ^Z, and asks whether it is idle.  */

#ifndef WORKER_H
# define WORKER_H 1

# include "worker/worker-state.h"

/* ms between asking a stage to end and killing it.  */
enum { KILL_GRACE = 5000 };

/* Make *WORKER one without a task.  */
extern void worker_open (struct worker *worker,
                         struct worker_lent const *lent);

/* Handle MESSAGE of the leader.  What is wrong with it is said as
   MESSAGE_ERROR.  */
extern void worker_take (struct worker *worker,
                         struct message const *message);

/* Children may have ended: reap those that are the worker's.  */
extern void worker_reap (struct worker *worker);

/* All children that have ended are reaped: what a command left behind may have
   been the last to have its stream.  */
extern void worker_look (struct worker *worker);

/* ^Z: stop what does not share our process group, or with RESUMED let it go
   on.  */
extern void worker_suspend (struct worker *worker, bool resumed);

/* End all stages by SIG after GRACE ms, SIGKILL after KILL_GRACE more, and let
   no reader of theirs see an end of file; with CUT, cut all channels, too.  A
   second call does nothing but bring the signal forward.  This is what
   MESSAGE_STOP does, for a main that has lost its leader.  */
extern void worker_end (struct worker *worker, int sig, int64_t grace,
                        bool cut);

/* Return whether a stage has been started, or was tried to be.  */
extern bool worker_has_started (struct worker const *worker);

/* Return whether no stage runs, nothing that was told to end is left, and all
   that was written is on its way.  */
extern bool worker_is_idle (struct worker const *worker);

/* The hooks of a mux that is lent; their context is the worker.  */
extern struct mux_out_hooks worker_mux_hooks (struct worker *worker);

/* Close and free all that the worker holds.  */
extern void worker_close (struct worker *worker);

#endif
