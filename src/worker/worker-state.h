/* What one worker knows, and how it speaks to the leader.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   For the worker's own files, which share it; others go by worker.h.  */

#ifndef WORKER_STATE_H
# define WORKER_STATE_H 1

# include "attribute.h"
# include "base/process.h"
# include "data/end.h"
# include "data/mux.h"
# include "wire/message.h"
# include "worker/link.h"
# include "worker/meter.h"
# include "worker/stage.h"
# include "worker/task.h"

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
  struct task task;             /* its settings; the lists are below */
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

#endif
