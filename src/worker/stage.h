/* One command of the run: start, watch, signal and reap it.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef STAGE_H
# define STAGE_H 1

# include <stdbool.h>
# include <stdint.h>
# include <sys/types.h>

# include "child-usage.h"
# include "base/guard.h"

enum stage_state
{
  STAGE_IDLE,                   /* not started */
  STAGE_STARTING,               /* forked; exec not yet known to work */
  STAGE_RUNNING,
  STAGE_ENDED                   /* reaped, or could not be started */
};

struct stage
{
  /* Set by the owner.  */
  char const *role;             /* "input command", ... */
  char **argv;                  /* NULL-terminated; NULL for a relay */
  int (*relay) (int in, int out);       /* run instead, in a child */
  /* Kept by this module.  */
  enum stage_state state;
  pid_t pid;
  bool group;                   /* leads a process group of its own */
  int exec_fd;                  /* readable once exec worked or failed */
  int exec_errno;               /* why it could not be run, or 0 */
  int wait_status;              /* as waitpid gives it, once ended */
  int64_t begun;                /* monotonic_us */
  int64_t wall;                 /* us that it took, once ended */
  struct child_usage usage;     /* likewise */
};

/* Where a stage is to run.  */
struct stage_place
{
  int in;                       /* its standard input; -1 = /dev/null */
  int out;                      /* its standard output */
  bool own_group;               /* a process group of its own */
  bool own_session;             /* no terminal, and so a group as well */
  bool command;                 /* of the user's, and no login: see
                                   stage_start */
  bool login;                   /* see there */
  struct guard const *guard;
};

/* Look for the command of ARGV as execvp would.  Return 0, or the errno that
   starting it would fail with.  */
extern int stage_check (char *const *argv);

/* Start *STAGE at *PLACE.  A command has in its environment a SHLVL by which
   no shell in it is the first one.  A login has no SSH_CONNECTION: ours is
   that of another login, and env or sudo would pass it on.  All descriptors of
   the caller must be close-on-exec except those below 3; IN and OUT stay the
   caller's.  Return 0, and the stage is STARTING; or -1 with errno set, and it
   is ENDED with that as its exec_errno.  */
extern int stage_start (struct stage *stage, struct stage_place const *place);

/* Read from exec_fd, which is ready, whether exec worked; set the state to
   RUNNING, or exec_errno (the child is yet to be reaped), and close it.  */
extern void stage_started (struct stage *stage);

/* Reap the stage if its process has ended, after hearing of its exec.
   Return whether it has; the state is then ENDED.  */
extern bool stage_reap (struct stage *stage, struct guard const *guard);

/* Send SIG to the stage, and to its group where it leads one.  Return
   whether there was anybody to send it to.  */
extern bool stage_signal (struct stage const *stage, int sig);

#endif
