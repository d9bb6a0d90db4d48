/* The process that a login starts: between the control connection and the
   worker.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Theory of operation.  The agent sends its banner and its name.  It gets one
   MESSAGE_TASK, or a MESSAGE_PROBE; from then on it only passes messages
   between the leader and the worker.  It stays until it is dismissed by
   MESSAGE_BYE or the end of the control connection: till then its duplicates
   of the sockets keep the connections known to the kernel, which tells the
   hosts at both ends that the other one lives.  If the control connection
   ends while a stage runs, the stage is ended.  */

#include <config.h>

#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/children.h"
#include "base/diagnose.h"
#include "base/process.h"
#include "base/system.h"
#include "minmax.h"
#include "net/early.h"
#include "probe/probe-agent.h"
#include "worker/worker.h"
#include "xalloc.h"

/* How long, in ms, to wait for the leader to take an error.  */
enum { PARTING = 5000 };

struct agent
{
  struct process process;
  struct control control;
  struct mux mux;
  struct worker worker;
  struct early early;
  struct probe_agent *probe;    /* once MESSAGE_PROBE has come, instead */
  bool has_task;                /* MESSAGE_TASK or MESSAGE_PROBE has come */
  bool version_fits;
  bool contact;                 /* the leader is there */
  bool dismissed;
  bool failed;                  /* the leader has been told */
  bool terminal;                /* instead of the control connection */
  struct timer parting;
  struct utsname system;
};

static void
leave (void *context)
{
  struct agent *a = context;
  a->dismissed = true;
}

/* The leader has been told that the run cannot go on: end what is running, and
   wait for the leader to go.  */
static void
part (struct agent *a)
{
  if (a->failed)
    return;
  a->failed = true;
  control_finish (&a->control);
  worker_end (&a->worker, SIGTERM, 0, true);
  timer_set (&a->process.events, &a->parting, PARTING, leave, a);
}

/* Tell the leader that the run cannot go on.  */
static void
send_error (struct agent *a, enum error_code code, char const *text)
{
  struct message_builder message;
  message_begin (&message, MESSAGE_ERROR);
  message_add_number (&message, KEY_CODE, code);
  message_add_text (&message, KEY_TEXT, text);
  control_send (&a->control, &message);
}

static void
fail (struct agent *a, enum error_code code, char const *text)
{
  if (a->failed)
    return;
  send_error (a, code, text);
  part (a);
}

static void
send_hello (struct agent *a)
{
  struct message_builder message;
  message_begin (&message, MESSAGE_HELLO);
  message_add_text (&message, KEY_NODENAME, a->system.nodename);
  control_send (&a->control, &message);
}

static void
on_banner (void *context, unsigned min, unsigned max, char const *version)
{
  struct agent *a = context;
  (void) version;
  /* Our own banner says as much; the leader will report it.  */
  a->version_fits = min <= PROTOCOL_MAX && PROTOCOL_MIN <= max;
}

/* The leader is gone, or cannot be understood: end what is running.  */
static void
lose_contact (struct agent *a)
{
  if (!a->contact)
    return;
  a->contact = false;
  worker_end (&a->worker, SIGTERM, 0, true);
}

/* Nothing has been heard of the leader of a probe for too long.  */
static void
on_silence (void *context)
{
  struct agent *a = context;
  fail (a, ERROR_LOST, "it has been silent for too long");
  lose_contact (a);
}

static void
begin_probe (struct agent *a, struct message const *message)
{
  char why[200];
  struct task task;
  char const *wrong = task_get (&task, message);
  if (wrong == NULL && task.link_count != 1)
    wrong = "no link";
  if (wrong)
    fail (a, ERROR_OTHER, "bad message: no such probe");
  else
    {
      a->probe = probe_agent_begin (&a->process.events, &a->control, &a->mux,
                                    &task, why, sizeof why);
      if (a->probe == NULL)
        fail (a, ERROR_OTHER, why);
      control_watch (&a->control, task.dead_peer * INT64_C (1000),
                     on_silence, a);
    }
  task_free (&task);
}

/* MESSAGE is the first one that says what to do.  */
static void
begin (struct agent *a, struct message const *message)
{
  uint64_t seconds;
  if (a->has_task)
    {
      fail (a, ERROR_OTHER, "bad message: a second task");
      return;
    }
  a->has_task = true;
  if (message_number (message, KEY_DEAD_PEER, &seconds) && 0 < seconds
      && seconds <= 1000000)
    control_heartbeat (&a->control, MIN (15000, seconds * 1000 / 4));
  if (message->type == MESSAGE_PROBE)
    begin_probe (a, message);
  else
    worker_take (&a->worker, message);
}

static void
on_bye (struct agent *a)
{
  a->dismissed = true;
  /* The leader has given the run up.  */
  if (!worker_is_idle (&a->worker))
    worker_end (&a->worker, SIGTERM, 0, true);
}

static void
on_message (void *context, struct message const *message)
{
  struct agent *a = context;
  if (!a->version_fits
      || (a->failed && message->type != MESSAGE_STOP
          && message->type != MESSAGE_BYE))
    return;
  switch (message->type)
    {
    case MESSAGE_TASK:
    case MESSAGE_PROBE:
      begin (a, message);
      break;
    case MESSAGE_BYE:
      on_bye (a);
      break;
    case MESSAGE_ROUTE:
      if (a->probe == NULL)
        worker_take (&a->worker, message);
      else if (!probe_agent_carry (a->probe))
        fail (a, ERROR_OTHER, "cannot send data through the login");
      break;
    case MESSAGE_CREDIT:
      if (a->probe == NULL)
        worker_take (&a->worker, message);
      else if (!mux_credit (&a->mux, message))
        fail (a, ERROR_OTHER, "bad message: credit for no channel");
      break;
    default:
      worker_take (&a->worker, message);
    }
}

static void
on_end (void *context, enum control_end why)
{
  struct agent *a = context;
  if (why == CONTROL_EOF && !a->has_task)
    fail (a, ERROR_NO_INPUT, "end of file at once");
  else if (why == CONTROL_GARBLED)
    fail (a, ERROR_OTHER, "what comes in is not a message");
  else if (why == CONTROL_TERMINAL)
    fail (a, ERROR_TERMINAL, "own words come back");
  lose_contact (a);
}

static void
say (void *context, struct message_builder *builder)
{
  struct agent *a = context;
  control_send (&a->control, builder);
}

static struct mux *
lend_mux (void *context, unsigned link)
{
  struct agent *a = context;
  (void) link;
  return &a->mux;
}

static int64_t
silence (void *context, unsigned link)
{
  struct agent *a = context;
  (void) link;
  return a->contact ? control_silence (&a->control) : -1;
}

static void
on_children (void *context)
{
  struct agent *a = context;
  worker_reap (&a->worker);
  children_reap_orphans ();
  worker_look (&a->worker);
}

static void
on_suspend (void *context, bool resumed)
{
  struct agent *a = context;
  worker_suspend (&a->worker, resumed);
}

/* A signal on this host ends the agent, and so the command.  */
static void
on_signal (void *context, int sig)
{
  static char const text[] = "ended by a signal";
  struct agent *a = context;
  if (!worker_has_started (&a->worker))
    fail (a, ERROR_OTHER, text);
  /* How the command ends is to be reported as well.  */
  else if (a->worker.ending == 0 && !worker_is_idle (&a->worker))
    send_error (a, ERROR_OTHER, text);
  worker_end (&a->worker, sig, 0, true);
}

/* Make descriptors 0 and 1 the control connection's own, out of the
   command's reach, and leave /dev/null in their places.  */
static void
move_standard (int *in, int *out)
{
  *in = fcntl (STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
  *out = fcntl (STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  int null = open ("/dev/null", O_RDWR | O_CLOEXEC);
  if (*in < 0 || *out < 0 || null < 0
      || dup2 (null, STDIN_FILENO) < 0 || dup2 (null, STDOUT_FILENO) < 0)
    {
      complain ("agent: cannot set up descriptors: %s", strerror (errno));
      exit (EXIT_OWN_FAILURE);
    }
  close (null);
}

/* Return whether there is nothing left to wait for.  */
static bool
is_over (struct agent const *a)
{
  if (!worker_is_idle (&a->worker))
    return false;
  return a->dismissed || (!a->contact && !a->failed)
         /* A terminal has no end of file.  */
         || (a->failed && control_output (&a->control) < 0
             && (a->control.in < 0 || a->terminal));
}

/* The worker has said an error: it can do no more.  One that says that the
   leader is out of reach leaves nobody to be waited for.  */
static void
look_at_worker (struct agent *a)
{
  if (!a->worker.failed || a->failed)
    return;
  part (a);
  if (a->worker.lost)
    lose_contact (a);
}

static void
agent_open (struct agent *a, char const *early)
{
  struct process_hooks const process_hooks = {
    .context = a, .children = on_children, .suspend = on_suspend,
    .signal = on_signal
  };
  struct control_hooks const control_hooks = {
    .context = a, .banner = on_banner, .message = on_message, .end = on_end
  };
  struct worker_lent const lent = {
    .context = a, .process = &a->process, .say = say, .mux = lend_mux,
    .silence = silence, .early = &a->early, .by_login = true, .in = -1,
    .out = STDOUT_FILENO
  };
  int in, out;
  a->contact = true;
  a->terminal = isatty (STDIN_FILENO) || isatty (STDOUT_FILENO);
  if (uname (&a->system) < 0)
    strcpy (a->system.nodename, "unknown");
  diagnose_host (a->system.nodename);
  move_standard (&in, &out);
  early_begin (&a->early, early);
  process_open (&a->process, &process_hooks);
  a->process.own_groups = true;
  worker_open (&a->worker, &lent);
  struct mux_out_hooks const mux_hooks = worker_mux_hooks (&a->worker);
  mux_init (&a->mux, &a->control, &a->process.events, &mux_hooks);
  control_init (&a->control);
  control_open (&a->control, &a->process.events, in, out, false,
                &control_hooks);
}

int
agent_main (char const *early)
{
  struct agent *a = xzalloc (sizeof *a);
  agent_open (a, early);
  if (a->terminal)
    fail (a, ERROR_TERMINAL, "standard input is a terminal");
  else
    send_hello (a);

  while (!is_over (a))
    {
      events_step (&a->process.events);
      look_at_worker (a);
    }

  bool good = a->dismissed && !a->failed && a->contact;
  early_close (&a->early);
  probe_agent_end (a->probe);
  control_close (&a->control);
  mux_close (&a->mux);
  worker_close (&a->worker);
  process_close (&a->process);
  free (a);
  return good ? EXIT_SUCCESS : EXIT_OWN_FAILURE;
}
