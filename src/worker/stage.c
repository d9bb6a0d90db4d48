/* One command of the run: start, watch, signal and reap it.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "worker/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child-subreaper.h"
#include "close-from.h"
#include "findprog.h"
#include "full-read.h"
#include "full-write.h"
#include "monotonic.h"
#include "base/children.h"
#include "base/signals.h"
#include "base/system.h"

int
stage_check (char *const *argv)
{
  char const *name = argv[0];
  if (*name == '\0')
    return ENOENT;
  if (strchr (name, '/') == NULL)
    {
      char const *path = getenv ("PATH");
      char const *found = find_in_given_path (name,
                                              path ? path : "/bin:/usr/bin",
                                              NULL, false);
      if (found == NULL)
        return errno;
      /* What it returns is either NAME or new, and const in both cases.  */
      if (found != name)
        {
          void *copy = (void *) found;
          free (copy);
        }
      return 0;
    }
  struct stat status;
  if (stat (name, &status) != 0)
    return errno;
  if (S_ISDIR (status.st_mode))
    return EACCES;
  return access (name, X_OK) == 0 ? 0 : errno;
}

/* In the child: put the descriptors of *PLACE on 0 and 1.  Return 0, or -1
   with errno set.  */
static int
place_descriptors (struct stage_place const *place)
{
  int in = place->in;
  if (in < 0)
    {
      in = open ("/dev/null", O_RDONLY | O_CLOEXEC);
      if (in < 0)
        return -1;
    }
  /* Neither is the other's target: all but the standard ones are above 2,
     and 0 is never anybody's output.  */
  if (in != STDIN_FILENO && dup2 (in, STDIN_FILENO) < 0)
    return -1;
  if (place->out != STDOUT_FILENO && dup2 (place->out, STDOUT_FILENO) < 0)
    return -1;
  return 0;
}

/* In the child: see that SHLVL counts at least one shell.  bash -c with a
   socket as its standard input believes that rshd has started it, and runs
   ~/.bashrc, which then writes into the data and reads from it, if no shell
   is above it.  Above SHLVL_MOST bash begins to count anew.  Return 0, or -1
   with errno set.  */
static int
environ_shlvl (void)
{
  enum { SHLVL_MOST = 998 };
  char const *level = getenv ("SHLVL");
  if (level)
    {
      size_t zeros = strspn (level, "0");
      size_t digits = strspn (level + zeros, "0123456789");
      if (0 < digits && digits <= 3 && level[zeros + digits] == '\0'
          && strtol (level + zeros, NULL, 10) <= SHLVL_MOST)
        return 0;
    }
  return setenv ("SHLVL", "1", 1);
}

/* In the child: become the command, or the relay.  REPORT takes the errno of
   what fails.  */
static _Noreturn void
become (struct stage const *stage, struct stage_place const *place,
        int report)
{
  if (place->own_session)
    setsid ();
  else if (place->own_group)
    setpgid (0, 0);
  bool group = place->own_session || place->own_group;
  guard_add (place->guard, group ? -getpid () : getpid ());

  /* What a login leaves behind is not to come to us: we would take it for
     something of a command's.  */
  if (!place->command)
    child_subreaper ();

  int error = 0;
  if (place_descriptors (place) != 0
      || (place->command && environ_shlvl () != 0)
      || (place->login && unsetenv ("SSH_CONNECTION") != 0))
    error = errno;
  else
    {
      if (stage->relay)
        {
          signals_helper ();
          close_from (3);
          _exit (stage->relay (STDIN_FILENO, STDOUT_FILENO));
        }
      signals_child ();
      execvp (stage->argv[0], stage->argv);
      error = errno;
    }
  if (full_write (report, &error, sizeof error) != sizeof error)
    _exit (EXIT_OWN_FAILURE);
  _exit (error == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_INVOKE);
}

int
stage_start (struct stage *stage, struct stage_place const *place)
{
  int report[2];
  stage->exec_fd = -1;
  stage->exec_errno = 0;
  stage->group = place->own_session || place->own_group;
  if (pipe2 (report, O_CLOEXEC) != 0)
    {
      stage->exec_errno = errno;
      stage->state = STAGE_ENDED;
      return -1;
    }
  sigset_t old;
  stage->begun = monotonic_us ();
  signals_block (&old);
  stage->pid = fork ();
  if (stage->pid == 0)
    become (stage, place, report[1]);
  int saved = errno;
  /* The child does the same; whoever is first, it is done before we go on
     and may want to signal the group.  */
  if (0 < stage->pid && !place->own_session && place->own_group
      && setpgid (stage->pid, stage->pid) != 0)
    errno = saved;
  signals_unblock (&old);
  close (report[1]);
  if (stage->pid < 0)
    {
      close (report[0]);
      errno = stage->exec_errno = saved;
      stage->state = STAGE_ENDED;
      return -1;
    }
  children_add (stage->pid, !place->command);
  stage->exec_fd = report[0];
  stage->state = STAGE_STARTING;
  return 0;
}

void
stage_started (struct stage *stage)
{
  if (stage->exec_fd < 0)
    return;
  if (full_read (stage->exec_fd, &stage->exec_errno,
                 sizeof stage->exec_errno) == 0)
    stage->state = STAGE_RUNNING;
  close (stage->exec_fd);
  stage->exec_fd = -1;
}

bool
stage_reap (struct stage *stage, struct guard const *guard)
{
  if (stage->state != STAGE_STARTING && stage->state != STAGE_RUNNING)
    return false;
  pid_t pid;
  do
    pid = child_wait (stage->pid, &stage->wait_status, WNOHANG,
                      &stage->usage);
  while (pid < 0 && errno == EINTR);
  if (pid != stage->pid)
    return false;
  children_remove (pid);
  stage_started (stage);
  stage->wall = monotonic_us () - stage->begun;
  stage->state = STAGE_ENDED;
  guard_remove (guard, stage->group ? -stage->pid : stage->pid);
  return true;
}

bool
stage_signal (struct stage const *stage, int sig)
{
  if (stage->state == STAGE_IDLE || stage->pid <= 0)
    return false;
  /* A group may outlive its leader.  A process that is reaped is nobody.  */
  if (stage->group && kill (-stage->pid, sig) == 0)
    return true;
  /* One that has only just been forked may not lead it yet.  */
  return stage->state != STAGE_ENDED && kill (stage->pid, sig) == 0;
}
