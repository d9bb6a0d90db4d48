/* What a process of ours needs that starts commands.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "base/process.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/diagnose.h"
#include "base/system.h"
#include "child-subreaper.h"

static void
suspend (struct process *process)
{
  struct process_hooks const *hooks = &process->hooks;
  if (hooks->suspend)
    hooks->suspend (hooks->context, false);
  signals_stop ();
  if (hooks->suspend)
    hooks->suspend (hooks->context, true);
}

static void
ready_for_signals (void *context, int fd, short ready)
{
  struct process *process = context;
  struct process_hooks const *hooks = &process->hooks;
  (void) fd, (void) ready;
  int sig;
  while ((sig = signals_next ()) != 0)
    if (sig == SIGCHLD)
      hooks->children (hooks->context);
    else if (sig == SIGTSTP)
      suspend (process);
    else if (signals_notice (sig) == NOTICE_NONE)
      hooks->signal (hooks->context, sig);
    else if (hooks->notice)
      hooks->notice (hooks->context, signals_notice (sig));
}

void
process_open (struct process *process, struct process_hooks const *hooks)
{
  *process = (struct process) { .hooks = *hooks };
  events_init (&process->events);
  /* What commands leave behind stays in sight.  */
  child_subreaper ();
  if (guard_start (&process->guard) != 0)
    {
      complain ("cannot start a process: %s", strerror (errno));
      exit (EXIT_OWN_FAILURE);
    }
  int fd = signals_open ();
  if (fd < 0)
    {
      complain ("cannot make a pipe: %s", strerror (errno));
      guard_stop (&process->guard);
      exit (EXIT_OWN_FAILURE);
    }
  events_watch (&process->events, fd, POLLIN, ready_for_signals, process);
}

void
process_close (struct process *process)
{
  guard_stop (&process->guard);
  events_free (&process->events);
}
