/* What a process of ours needs that starts commands.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   The event loop, the guard and the signals belong to the process, not to the
   worker in it, nor to the leader: main lends them.  */

#ifndef PROCESS_H
# define PROCESS_H 1

# include <stdbool.h>

# include "base/events.h"
# include "base/guard.h"
# include "base/signals.h"

struct process_hooks
{
  void *context;
  /* Children may have ended.  */
  void (*children) (void *context);
  /* ^Z: the process is about to stop; with RESUMED it goes on again.  NULL:
     nothing has to be done.  */
  void (*suspend) (void *context, bool resumed);
  /* A signal other than SIGCHLD and SIGTSTP has come, which is no notice.  */
  void (*signal) (void *context, int sig);
  /* A notice has come.  NULL: it does not matter.  */
  void (*notice) (void *context, enum notice notice);
};

struct process
{
  struct events events;
  struct guard guard;
  struct process_hooks hooks;
  bool own_session;             /* commands have no terminal */
  bool own_groups;              /* commands lead process groups */
};

/* Begin: the guard, signals, an empty loop.  Exits with a message where the
   system lacks even that.  */
extern void process_open (struct process *process,
                          struct process_hooks const *hooks);

/* Dismiss the guard and free the loop.  */
extern void process_close (struct process *process);

#endif
