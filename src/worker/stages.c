/* How the stages of one host start, and how they end.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "worker/stages.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/children.h"
#include "base/system.h"
#include "worker/attach.h"
#include "worker/ends.h"
#include "worker/metering.h"
#include "worker/result.h"
#include "worker/worker.h"


/* How a stage ends.  */

/* Return whether the exit STATUS stands for a failure in the midst of the
   output: a shell, and a socketpipe too, exits with 128 + N when a command of
   its own died of signal N.  SIGPIPE is none: with pipefail, it is what a
   shell tells of `yes | head'.  */
static bool
tells_of_cut (int status)
{
  static int const signals[] = {
    SIGHUP, SIGINT, SIGQUIT, SIGILL, SIGABRT, SIGBUS, SIGFPE, SIGKILL,
    SIGSEGV, SIGTERM,
#ifdef SIGXCPU
    SIGXCPU,
#endif
#ifdef SIGXFSZ
    SIGXFSZ,
#endif
  };
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
    if (status == EXIT_SIGNAL_BASE + signals[i])
      return true;
  return false;
}

/* Return whether what STAGE wrote may be incomplete.  Most other statuses come
   after all the data (grep, diff); so they count only with --strict.  And what
   was made of a part is a part.  */
static bool
output_is_doubtful (struct worker *w, struct worker_stage const *stage)
{
  struct stage const *process = &stage->stage;
  struct worker_end const *in = worker_end_of (w, stage->task.in);
  int status = WEXITSTATUS (process->wait_status);
  return (w->ending != 0
          || process->exec_errno != 0
          || (in && channel_input_cut (&in->end.channel))
          || WIFSIGNALED (process->wait_status)
          || tells_of_cut (status)
          || ((w->task.strict || process->relay != NULL) && status != 0));
}

/* STAGE is over: tell its ends, and the leader.  */
static void
stage_ended (struct worker *w, struct worker_stage *stage)
{
  struct stage const *process = &stage->stage;
  struct worker_end *in = worker_end_of (w, stage->task.in);
  struct worker_end *out = worker_end_of (w, stage->task.out);
  if (in)
    ends_event (w, in, process->exec_errno != 0 ? EV_STAGE_DOUBTFUL
                : EV_STAGE_CLEAN);
  if (out)
    {
      out->end.sigpipe = (process->exec_errno == 0
                          && WIFSIGNALED (process->wait_status)
                          && WTERMSIG (process->wait_status) == SIGPIPE);
      ends_event (w, out, output_is_doubtful (w, stage) ? EV_STAGE_DOUBTFUL
                  : EV_STAGE_CLEAN);
    }
  struct message_builder message;
  struct result result = { .ended = false };
  result_from_stage (&result, process);
  message_begin (&message, MESSAGE_STAGE_END);
  message_add_number (&message, KEY_STAGE, stage->task.number);
  result_put (&result, &message);
  w->lent.say (w->lent.context, &message);
  result_free (&result);
  metering_look (w);
}

/* Add which of the channels of STAGE this host counts to *MESSAGE.  */
static void
add_channels (struct worker *w, struct worker_stage const *stage,
              struct message_builder *message)
{
  int const channels[] = { stage->task.in, stage->task.out };
  for (size_t i = 0; i < 2; i++)
    {
      struct meter meter;
      struct worker_end *end = worker_end_of (w, channels[i]);
      if (end == NULL)
        continue;
      message_add_number (message, KEY_CHANNEL, channels[i]);
      meter_read (&end->end, &meter);
      if (meter.counted)
        message_add_number (message, KEY_COUNTED, channels[i]);
    }
}

/* STAGE's command runs.  */
static void
stage_runs (struct worker *w, struct worker_stage *stage)
{
  struct message_builder message;
  message_begin (&message, MESSAGE_STARTED);
  message_add_number (&message, KEY_STAGE, stage->task.number);
  add_channels (w, stage, &message);
  w->lent.say (w->lent.context, &message);
  metering_start (w);
}

/* Reap STAGE if it has ended.  */
static void
reap_stage (struct worker *w, struct worker_stage *stage)
{
  bool starting = stage->stage.state == STAGE_STARTING;
  int exec_fd = stage->stage.exec_fd;
  if (!stage_reap (&stage->stage, &w->lent.process->guard))
    return;
  if (starting)
    {
      events_forget (&w->lent.process->events, exec_fd);
      if (stage->stage.exec_errno == 0)
        stage_runs (w, stage);
    }
  stage_ended (w, stage);
}

void
worker_reap (struct worker *w)
{
  /* A relay's failure is why its command ended.  */
  ends_reap_relays (w);
  for (size_t i = 0; i < w->stage_count; i++)
    reap_stage (w, &w->stages[i]);
}

void
worker_look (struct worker *w)
{
  for (size_t i = 0; i < w->end_count; i++)
    if (w->ends[i]->end.state == END_HELD)
      ends_event (w, w->ends[i], EV_LOOK);
}

void
worker_suspend (struct worker *w, bool resumed)
{
  /* Those that share our process group have had the signal themselves.  */
  for (size_t i = 0; i < w->stage_count; i++)
    if (w->stages[i].stage.group && worker_stage_runs (&w->stages[i]))
      stage_signal (&w->stages[i].stage, resumed ? SIGCONT : SIGSTOP);
}


/* How a stage starts.  */

static void
ready_exec (void *context, int fd, short ready)
{
  struct worker *w = context;
  (void) ready;
  for (size_t i = 0; i < w->stage_count; i++)
    {
      struct worker_stage *stage = &w->stages[i];
      if (stage->stage.exec_fd != fd)
        continue;
      events_forget (&w->lent.process->events, fd);
      stage_started (&stage->stage);
      /* One that failed is reaped like any other.  */
      if (stage->stage.state == STAGE_RUNNING)
        stage_runs (w, stage);
      return;
    }
}

/* Start STAGE at PLACE, whose descriptors are filled in for its channels.
   Return whether it was started; if not, this is how it ended.  */
static bool
start_at (struct worker *w, struct worker_stage *stage,
          struct stage_place *place)
{
  struct worker_end *in = worker_end_of (w, stage->task.in);
  struct worker_end *out = worker_end_of (w, stage->task.out);
  struct stage *process = &stage->stage;
  int ours_in = -1, ours_out = -1;
  bool attached = true;
  if (in)
    attached = 0 <= (place->in = attach_channel (w, in, stage, &ours_in));
  if (attached && out)
    attached = 0 <= (place->out = attach_channel (w, out, stage, &ours_out));
  if (!attached)
    {
      process->exec_errno = errno;
      process->state = STAGE_ENDED;
    }
  bool started = attached && stage_start (process, place) == 0;
  if (started)
    {
      struct end_stage const here = {
        .pid = process->pid, .group = process->group,
        .relay = process->relay != NULL
      };
      if (in)
        ends_started (w, in, &here, place->in);
      if (out)
        ends_started (w, out, &here, place->out);
    }
  if (0 <= ours_in)
    close (ours_in);
  if (0 <= ours_out)
    close (ours_out);
  attach_release (in);
  attach_release (out);
  return started;
}

static void
start_stage (struct worker *w, struct worker_stage *stage)
{
  struct process *process = w->lent.process;
  struct worker_end *in = worker_end_of (w, stage->task.in);
  struct worker_end *out = worker_end_of (w, stage->task.out);
  struct stage_place place = {
    .in = w->lent.in, .out = w->lent.out,
    .own_session = process->own_session, .own_group = process->own_groups,
    .command = true, .guard = &process->guard
  };
  children_set_apart ();
  /* A relay whose reader has gone already need not wait for our input.  */
  if (stage->stage.relay && out
      && out->end.channel.peer.outcome != OUTCOME_OPEN)
    place.in = -1;
  if (in)
    channel_begin (&in->end.channel);
  if (out)
    channel_begin (&out->end.channel);
  if (start_at (w, stage, &place))
    events_watch (&process->events, stage->stage.exec_fd, POLLIN, ready_exec,
                  w);
  else
    stage_ended (w, stage);
}

/* Return whether the channel NUMBER, if it is one, has its connection, and all
   others of its link have.  */
static bool
is_connected (struct worker *w, int number)
{
  struct worker_end const *end = worker_end_of (w, number);
  return (number == NO_CHANNEL
          || (end && end->link && link_is_complete (end->link)));
}

/* Finish with the link of channel NUMBER, if it is one: relays, which are no
   other program, must not inherit its secret.  */
static void
finish_link (struct worker *w, int number)
{
  struct worker_end const *end = worker_end_of (w, number);
  if (end && end->link)
    link_finish (end->link);
}

void
stages_start_ready (struct worker *w)
{
  /* The readers first.  */
  for (size_t i = w->stage_count; 0 < i--;)
    {
      struct worker_stage *stage = &w->stages[i];
      if (w->closing || stage->stage.state != STAGE_IDLE
          || (stage->task.hold && !stage->released)
          || !is_connected (w, stage->task.in)
          || !is_connected (w, stage->task.out))
        continue;
      finish_link (w, stage->task.in);
      finish_link (w, stage->task.out);
      start_stage (w, stage);
    }
}
