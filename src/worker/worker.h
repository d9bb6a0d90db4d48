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

# include "attribute.h"
# include "base/process.h"
# include "data/end.h"
# include "data/mux.h"
# include "wire/message.h"
# include "worker/link.h"
# include "worker/meter.h"
# include "worker/stage.h"
# include "worker/task.h"

/* ms between asking a stage to end and killing it.  */
enum { KILL_GRACE = 5000 };

/* What the process lends.  */
struct worker_lent
{
  void *context;
  struct process *process;
  /* Say the message in BUILDER, not yet finished, to the leader.  It is the
     callee's to wipe.  */
  void (*say) (void *context, struct message_builder *builder);
  /* Return what carries the channels of the link NUMBER when a login does.  */
  struct mux *(*mux) (void *context, unsigned number);
  /* Return for how many ms nothing has been heard of the link's other end by
     way of the login; -1 where that says nothing.  */
  int64_t (*silence) (void *context, unsigned number);
  struct early *early;          /* what was connected already, or NULL */
  bool by_login;                /* a login has started this process */
  int in;                       /* for stages without a channel; -1 =
                                   /dev/null */
  int out;
};

struct worker_stage
{
  struct stage stage;
  struct task_stage task;
  bool released;                /* MESSAGE_START has come */
  bool doomed;                  /* told to end */
};

/* An end of a channel, and what the worker knows about it.  */
struct worker_end
{
  struct end end;
  struct link *link;
  bool needs_count;             /* how much goes through it has to be known,
                                   and the other host does not count */
  bool told_last;               /* its last MESSAGE_METER has been sent */
};

struct worker
{
  struct worker_lent lent;
  struct task task;             /* its settings; lists moved into those below */
  bool has_task;
  bool failed;                  /* MESSAGE_ERROR has been said */
  bool lost;                    /* ... of another host, which is dead */
  bool closing;                 /* no stage starts any more */
  struct worker_stage *stages;
  size_t stage_count;
  struct link **links;
  size_t link_count;
  struct worker_end **ends;
  size_t end_count;
  struct encryption encryption; /* what this host can do */
  int ending;                   /* signal for the stages, once it is so */
  bool asked;                   /* what is to end has been told so */
  bool holders_doomed;          /* processes that the stages left behind are
                                   to end as well */
  struct timer watch_timer;
  struct timer pace_timer;
  struct timer end_timer;
  struct timer tick_timer;
  struct timer look_timer;
  struct timer meter_timer;
};

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

/* For the worker's own files.  */

/* Say MESSAGE_ERROR with CODE and WHY, about LINK unless it is NULL.  */
extern void worker_fail (struct worker *worker, struct link const *link,
                         enum error_code code, char const *why);

/* Say MESSAGE_NOTE: what a user is to read, at LEVEL.  */
extern void worker_note (struct worker *worker, enum note_level level,
                         char const *format, ...)
  ATTRIBUTE_FORMAT ((__printf__, 3, 4));

/* Return the end of channel NUMBER; NULL when there is none here.  */
extern struct worker_end *worker_end_of (struct worker *worker, int number);

/* Return the stage on the end of channel NUMBER, or NULL.  */
extern struct worker_stage *worker_stage_on (struct worker *worker,
                                             int number);

/* Return whether STAGE's command runs.  */
extern bool worker_stage_runs (struct worker_stage const *stage);

/* Return whether STAGE may wait for input from us while it has the lock of
   what it writes to: see stage-pipe.h.  */
extern bool worker_stage_is_filter (struct worker_stage const *stage);

/* Send SIG to STAGE, and SIGKILL after KILL_GRACE ms.  */
extern void worker_end_stage (struct worker *worker,
                              struct worker_stage *stage, int sig);

/* Begin to watch whether the other hosts are there.  */
extern void worker_watch (struct worker *worker);

/* Start what can be started: stages that are not held and whose channels are
   all connected.  */
extern void worker_start_ready (struct worker *worker);

#endif
