/* The leader: it knows the run, and all workers.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "leader/leader.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/children.h"
#include "base/diagnose.h"
#include "base/system.h"
#include "leader/foreground.h"
#include "leader/hosts.h"
#include "leader/outcome.h"
#include "leader/setup.h"
#include "leader/silence.h"
#include "leader/switch.h"
#include "monotonic.h"
#include "xalloc.h"

/* How long, in ms, stages may take to end by themselves.  */
enum { LOST_GRACE = 2000 };


/* How the leader speaks to the workers.  */

/* Deliver MESSAGE to the worker here.  */
static void
deliver_to_worker (void *context, struct message const *message)
{
  struct leader *l = context;
  worker_take (&l->worker, message);
}

/* Deliver MESSAGE of the worker here.  */
static void
deliver_from_worker (void *context, struct message const *message)
{
  struct leader *l = context;
  if (!switch_message (l, 0, message))
    sessions_fail (&l->sessions, "this host's part in the run failed: a "
                   "message that cannot be (type %d)",
                   (int) message->type);
}

static bool
all_is_delivered (struct leader const *l)
{
  return (message_queue_is_empty (&l->to_worker)
          && message_queue_is_empty (&l->from_worker));
}


static void
on_answered (void *context, struct session *session, unsigned min,
             unsigned max, char const *version)
{
  (void) min, (void) max, (void) version;
  setup_on_answered (context, session);
}


/* The end.  */

static void
on_failed (void *context)
{
  struct leader *l = context;
  bool closing = true;
  for (size_t i = 1; i < l->run->host_count; i++)
    closing = closing && l->hosts[i].closing;
  if (closing)
    return;
  if (l->running)
    hosts_end (l, SIGTERM, LOST_GRACE, true);
  else
    hosts_finish (l);
}

static void
on_signal (void *context, int sig)
{
  struct leader *l = context;
  if (l->sessions.signal == 0)
    l->sessions.signal = sig;
  hosts_end (l, sig, 0, false);
  if (l->running)
    return;
  hosts_finish (l);
  for (size_t i = 1; i < l->run->host_count; i++)
    session_signal (&l->hosts[i], sig);
}

/* Return whether the agent of SESSION has more to do, or its login more to
   bring.  */
static bool
is_needed (void *context, struct session *session)
{
  struct leader *l = context;
  return !facts_host_is_over (&l->facts, session->number, l->running);
}

/* Return whether nothing more is to be expected of HOST: its stages have
   ended, and are known to be off their channels, in which way, too, for what
   they wrote may still be on its way; or it is out of reach.  */
static bool
host_is_over (struct leader const *l, unsigned host)
{
  struct session const *session = &l->hosts[host];
  return (facts_host_is_over (&l->facts, host, true)
          || (host != 0
              && (session->lost
                  || ((l->sessions.failed || l->sessions.signal != 0)
                      && session->control_ended))));
}

/* Return whether all stages have ended, and all channels, well or not.  */
static bool
stages_are_over (struct leader *l)
{
  bool well = !l->sessions.failed && l->sessions.signal == 0;
  for (size_t i = 1; i < l->run->host_count; i++)
    {
      well = well && !l->hosts[i].control_ended;
      if (!host_is_over (l, i))
        return false;
    }
  return !(well && monitor_waits (&l->monitor));
}

/* After each step: has the run come to its end?  */
static bool
is_over (struct leader *l)
{
  bool idle = worker_is_idle (&l->worker) && all_is_delivered (l);
  if (l->monitor.asked && all_is_delivered (l))
    monitor_answer (&l->monitor);
  if (l->running && idle && stages_are_over (l))
    hosts_finish (l);
  for (size_t i = 1; i < l->run->host_count; i++)
    if (!session_is_over (&l->hosts[i]))
      return false;
  return idle;
}


/* Events.  */

static bool
on_message (void *context, struct session *session,
            struct message const *message)
{
  return switch_message (context, session->number, message);
}

static bool
on_error (void *context, struct session *session, uint64_t code,
          struct message const *message)
{
  return switch_error (context, session->number, code, message);
}

static void
say (void *context, struct message_builder *builder)
{
  struct leader *l = context;
  message_queue_put (&l->from_worker, builder);
}

/* Return the session with the other end of the link NUMBER.  */
static struct session *
session_of (struct leader *l, unsigned number)
{
  return &l->hosts[l->plan.links[number].hosts[1]];
}

static struct mux *
lend_mux (void *context, unsigned link)
{
  return &session_of (context, link)->mux;
}

static int64_t
silence (void *context, unsigned link)
{
  struct session const *session = session_of (context, link);
  /* Before that a user may be looking for a password.  */
  return (session->answered && !session->closing
          ? control_silence (&session->control) : -1);
}

static void
on_children (void *context)
{
  struct leader *l = context;
  worker_reap (&l->worker);
  for (size_t i = 1; i < l->run->host_count; i++)
    session_reap (&l->hosts[i]);
  children_reap_orphans ();
  worker_look (&l->worker);
}

static void
on_suspend (void *context, bool resumed)
{
  struct leader *l = context;
  worker_suspend (&l->worker, resumed);
}

static void
on_notice (void *context, enum notice notice)
{
  struct leader *l = context;
  struct message_builder message;
  if (!monitor_on_notice (&l->monitor, notice))
    return;
  message_begin (&message, MESSAGE_METER);
  host_send (l, 0, &message);
}

/* The user wants another rate limit.  */
static void
on_rate (void *context, uint64_t rate)
{
  struct leader *l = context;
  verbose ("the rate limit is %" PRIu64 " bytes/s now", rate);
  l->rate_limit = rate;
  for (size_t i = 0; i < l->run->host_count; i++)
    {
      struct message_builder message;
      message_begin (&message, MESSAGE_RATE);
      message_add_number (&message, KEY_RATE_LIMIT, rate);
      host_send (l, i, &message);
    }
}


/* All of it.  */

/* Name the hosts in the results.  */
static void
name_results (struct leader *l)
{
  for (size_t i = 0; i < l->run->stage_count; i++)
    {
      unsigned host = l->run->stages[i].host;
      char const *name = l->hosts[host].nodename;
      l->facts.stages[i].result.host = (host == 0 ? NULL
                                        : name ? name : "the other host");
    }
}

/* Report how the run ended.  Return the exit status.  */
static int
report (struct leader *l)
{
  monitor_close (&l->monitor);
  name_results (l);
  if (l->sessions.signal != 0)
    return EXIT_SIGNAL_BASE + l->sessions.signal;
  int status = outcome_report (&l->facts, l->sessions.failed);
  if (status < 0)
    l->sessions.signal = -status;
  return status;
}

/* Write the statistics, if there are to be any, of the run that exits with
   STATUS.  Return the exit status then.  */
static int
write_statistics (struct leader *l, int status)
{
  struct utsname system;
  if (l->stats_fd < 0)
    return status;
  char const **hosts = xnmalloc (l->run->host_count, sizeof *hosts);
  hosts[0] = 0 <= uname (&system) ? system.nodename : NULL;
  for (size_t i = 1; i < l->run->host_count; i++)
    hosts[i] = l->hosts[i].nodename;
  status = statistics_write (l->stats_fd, status, &l->facts, &l->monitor,
                             &l->at, l->rate_limit, hosts);
  free (hosts);
  return status;
}

static void
open_process (struct leader *l)
{
  struct process_hooks const hooks = {
    .context = l, .children = on_children, .suspend = on_suspend,
    .signal = on_signal, .notice = on_notice
  };
  bool batch = l->run->batch;
  bool keep_input = !(batch && isatty (STDIN_FILENO));
  struct worker_lent const lent = {
    .context = l, .process = &l->process, .say = say, .mux = lend_mux,
    .silence = silence, .in = keep_input ? STDIN_FILENO : -1,
    .out = STDOUT_FILENO
  };
  process_open (&l->process, &hooks);
  l->process.own_session = batch;
  l->process.own_groups = batch || !foreground_has_terminal ();
  message_queue_open (&l->to_worker, &l->process.events, deliver_to_worker,
                      l);
  message_queue_open (&l->from_worker, &l->process.events,
                      deliver_from_worker, l);
  worker_open (&l->worker, &lent);
}

static void
open_sessions (struct leader *l)
{
  struct session_hooks const hooks = {
    .context = l, .answered = on_answered, .message = on_message,
    .error = on_error, .failed = on_failed,
    .needed = is_needed
  };
  struct mux_out_hooks const mux = worker_mux_hooks (&l->worker);
  sessions_open (&l->sessions, &l->process, l->run, &hooks, &mux);
  l->hosts = xcalloc (l->run->host_count, sizeof *l->hosts);
  for (size_t i = 1; i < l->run->host_count; i++)
    session_open (&l->hosts[i], &l->sessions, i);
}

static void
make_plan (struct leader *l)
{
  unsigned char secret[SECRET_SIZE];
  proof_random (secret, sizeof secret);
  plan_make (&l->plan, l->run, secret, monitor_interval (l->run));
  explicit_bzero (secret, sizeof secret);
  l->links = xcalloc (l->plan.link_count + 1, sizeof *l->links);
  facts_open (&l->facts, l->run, &l->plan);
}

static void
leader_close (struct leader *l)
{
  adjust_close (&l->adjust);
  monitor_free (&l->monitor);
  message_queue_close (&l->to_worker);
  message_queue_close (&l->from_worker);
  for (size_t i = 1; i < l->run->host_count; i++)
    session_close (&l->hosts[i]);
  worker_close (&l->worker);
  facts_close (&l->facts);
  for (size_t i = 0; i < l->plan.link_count; i++)
    for (int j = 0; j < 2; j++)
      texts_free (l->links[i].tried[j]);
  plan_free (&l->plan);
  timer_clear (&l->process.events, &l->start_timer);
  silence_ignore (l);
  process_close (&l->process);
  free (l->links);
  free (l->hosts);
}

int
leader_main (struct run const *run)
{
  int status = foreground_check (run);
  diagnose_level (run->level);
  if (status != 0)
    return status;
  struct leader *l = xzalloc (sizeof *l);
  l->run = run;
  l->rate_limit = run->rate_limit;
  l->at.begun = monotonic_us ();
  l->stats_fd = run->stats == STATS_NONE ? -1 : statistics_open (run);
  if (l->stats_fd < 0 && run->stats != STATS_NONE)
    {
      free (l);
      return EXIT_OWN_FAILURE;
    }
  open_process (l);
  open_sessions (l);
  make_plan (l);
  monitor_open (&l->monitor, &l->process.events, run);
  adjust_init (&l->adjust);
  if (run->rate_limit != 0)
    adjust_open (&l->adjust, &l->process.events, &l->process.guard, on_rate,
                 l);

  setup_begin (l);
  while (!is_over (l))
    events_step (&l->process.events);

  status = write_statistics (l, report (l));
  int sig = l->sessions.signal;
  leader_close (l);
  free (l);
  if (sig != 0)
    foreground_die (sig);
  return status;
}
