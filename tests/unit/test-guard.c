/* Test the guard: which processes it ends when the one that it belongs to is
   killed.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "base/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child-subreaper.h"
#include "close-from.h"
#include "full-read.h"
#include "full-write.h"
#include "monotonic.h"
#include "base/children.h"
#include "worker/stage.h"
#include "helpers.h"
#include "test-macros.h"

/* How long, in ms, the guard waits for a process that ignores SIGTERM.  */
enum { GRACE = 2000 };

/* How long, in ms, the end of a process is waited for.  */
enum { LIMIT = 20000 };

/* More processes than a run usually has.  */
enum { MANY = 100 };

static char *self;              /* this program */

/* The processes of a case.  Those under guard are children of the owner, which
   has the guard and is a child of the test.  */
struct play
{
  pid_t owner;
  pid_t guard;
  pid_t victim;                 /* one of the owner's children */
  int life;                     /* at end of file once all of them are gone */
};

/* Be a process under guard.  */
static _Noreturn void
live (void)
{
  alarm (120);
  for (;;)
    pause ();
}

/* In the owner: fork a process that lives until it is killed and ignores
   SIGTERM if STUBBORN.  Return its number.  As it calls no exec, it has to
   close its end of the pipe of GUARD, which waits until no process has it.  */
static pid_t
fork_victim (struct guard const *guard, bool stubborn)
{
  int tell[2];
  char byte;
  NEED (pipe2 (tell, O_CLOEXEC) == 0);
  signal (SIGTERM, stubborn ? SIG_IGN : SIG_DFL);
  pid_t pid = fork ();
  NEED (0 <= pid);
  if (pid == 0)
    {
      close (guard->fd);
      close (tell[0]);
      close (tell[1]);
      live ();
    }
  signal (SIGTERM, SIG_DFL);
  /* Until it has closed them.  */
  close (tell[1]);
  NEED (read (tell[0], &byte, 1) == 0);
  close (tell[0]);
  return pid;
}

/* The cases: each is run in the owner, whose guard is GUARD, and returns a
   process that the test is to look at, or 0.  */

static pid_t
one (struct guard *guard)
{
  pid_t pid = fork_victim (guard, false);
  guard_add (guard, pid);
  return pid;
}

static pid_t
one_stubborn (struct guard *guard)
{
  pid_t pid = fork_victim (guard, true);
  guard_add (guard, pid);
  return pid;
}

static pid_t
one_stopped (struct guard *guard)
{
  pid_t pid = fork_victim (guard, false);
  int status;
  guard_add (guard, pid);
  NEED (kill (pid, SIGSTOP) == 0
        && waitpid (pid, &status, WUNTRACED) == pid && WIFSTOPPED (status));
  return pid;
}

static pid_t
taken_off (struct guard *guard)
{
  pid_t pid = fork_victim (guard, false);
  guard_add (guard, pid);
  pid_t others[2] = { fork_victim (guard, false), fork_victim (guard, false) };
  guard_add (guard, others[0]);
  guard_add (guard, others[1]);
  guard_remove (guard, others[0]);
  guard_remove (guard, pid);
  kill (others[0], SIGKILL);
  NEED (waitpid (others[0], NULL, 0) == others[0]);
  return pid;
}

static pid_t
group (struct guard *guard)
{
  pid_t pid = fork ();
  NEED (0 <= pid);
  if (pid == 0)
    {
      close (guard->fd);
      setpgid (0, 0);
      pid_t below = fork ();
      NEED (0 <= below);
      live ();
    }
  NEED (setpgid (pid, pid) == 0 || errno == EACCES);
  guard_add (guard, -pid);
  return pid;
}

static pid_t
many (struct guard *guard)
{
  pid_t pid = 0;
  for (int i = 0; i < MANY; i++)
    {
      pid = fork_victim (guard, false);
      guard_add (guard, pid);
    }
  return pid;
}

static pid_t
many_in_turn (struct guard *guard)
{
  for (int i = 0; i < MANY; i++)
    {
      pid_t pid = fork_victim (guard, false);
      guard_add (guard, pid);
      NEED (kill (pid, SIGKILL) == 0 && waitpid (pid, NULL, 0) == pid);
      guard_remove (guard, pid);
    }
  return one (guard);
}

static pid_t
none (struct guard *guard)
{
  return fork_victim (guard, false);
}

/* A command that leads a group of its own, and what it has forked.  */
static pid_t
stage (struct guard *guard)
{
  char *argv[] = { self, (char[]) { "fork" }, NULL };
  struct stage it = { .role = "test", .argv = argv };
  struct stage_place place = {
    .in = -1, .out = STDOUT_FILENO, .own_group = true, .command = true,
    .guard = guard
  };
  NEED (stage_start (&it, &place) == 0);
  return it.pid;
}

/* The same, but the command has ended and is reaped: what it has left behind
   is its own.  */
static pid_t
stage_reaped (struct guard *guard)
{
  int ends[2];
  char *argv[] = { self, (char[]) { "leave" }, NULL };
  struct stage it = { .role = "test", .argv = argv };
  NEED (pipe2 (ends, O_CLOEXEC) == 0);
  struct stage_place place = {
    .in = -1, .out = ends[1], .own_group = true, .command = true,
    .guard = guard
  };
  NEED (stage_start (&it, &place) == 0);
  pid_t left;
  NEED (full_read (ends[0], &left, sizeof left) == sizeof left);
  siginfo_t info;
  NEED (waitid (P_PID, it.pid, &info, WEXITED | WNOWAIT) == 0);
  NEED (stage_reap (&it, guard));
  return left;
}

/* As a command of a stage.  */
static int
act (char const *name)
{
  pid_t pid = fork ();
  if (pid == 0 || (0 < pid && STREQ (name, "fork")))
    live ();
  if (full_write (STDOUT_FILENO, &pid, sizeof pid) != sizeof pid)
    return EXIT_SET_UP;
  return EXIT_SUCCESS;
}


/* The test.  */

/* Start an owner that does FN.  */
static void
begin (struct play *play, pid_t (*fn) (struct guard *))
{
  int tell[2], life[2];
  NEED (pipe2 (tell, O_CLOEXEC) == 0 && pipe (life) == 0
        && fcntl (life[0], F_SETFD, FD_CLOEXEC) == 0);
  play->owner = fork ();
  NEED (0 <= play->owner);
  if (play->owner == 0)
    {
      struct guard guard;
      signal (SIGPIPE, SIG_IGN);
      /* The guard inherits the pipe, and has to close it.  */
      NEED (guard_start (&guard) == 0);
      pid_t pids[2] = { guard.pid, fn (&guard) };
      close (life[1]);
      NEED (full_write (tell[1], pids, sizeof pids) == sizeof pids);
      live ();
    }
  close (tell[1]);
  close (life[1]);
  pid_t pids[2];
  NEED (full_read (tell[0], pids, sizeof pids) == sizeof pids);
  close (tell[0]);
  play->guard = pids[0];
  play->victim = pids[1];
  play->life = life[0];
}

/* Return whether FD gets its end of file within MS milliseconds.  */
static bool
is_over (int fd, int ms)
{
  struct pollfd wait = { .fd = fd, .events = POLLIN };
  return poll (&wait, 1, ms) == 1;
}

/* Wait until the process PID is gone, and reap all orphans meanwhile.  Return
   the wait status of PID if that is known, else -1.  */
static int
await_gone (pid_t pid)
{
  int result = -1;
  while (kill (pid, 0) == 0)
    {
      int status;
      pid_t reaped = waitpid (-1, &status, WNOHANG);
      if (reaped == pid)
        result = status;
      if (reaped <= 0)
        poll (NULL, 0, 5);
    }
  return result;
}

/* Kill the owner, and reap it.  */
static void
kill_owner (struct play *play)
{
  NEED (kill (play->owner, SIGKILL) == 0
        && waitpid (play->owner, NULL, 0) == play->owner);
}

/* FN has put all processes under guard: they end when the owner is killed, the
   victim by SIG.  */
static void
check_ended (char const *name, pid_t (*fn) (struct guard *), int sig)
{
  struct play play;
  row_is ("%s", name);
  begin (&play, fn);
  CHECK (!is_over (play.life, 0));
  int64_t before = monotonic_ms ();
  kill_owner (&play);
  bool over = is_over (play.life, LIMIT);
  CHECK (over);
  if (!over)
    kill (play.victim, SIGKILL);
  int64_t took = monotonic_ms () - before;
  /* How long SIGTERM takes is the machine's affair; SIGKILL comes no sooner
     than this.  */
  if (sig == SIGKILL)
    CHECK (GRACE <= took + 1);
  int status = await_gone (play.victim);
  if (child_is_subreaper () == 1)
    CHECK (WIFSIGNALED (status) && WTERMSIG (status) == sig);
  await_gone (play.guard);
  close (play.life);
}

/* FN has left one process without guard: it alone goes on.  */
static void
check_left (char const *name, pid_t (*fn) (struct guard *))
{
  struct play play;
  row_is ("%s", name);
  begin (&play, fn);
  kill_owner (&play);
  await_gone (play.guard);
  CHECK (!is_over (play.life, 0));
  CHECK (kill (play.victim, SIGKILL) == 0);
  CHECK (is_over (play.life, LIMIT));
  await_gone (play.victim);
  close (play.life);
}

/* The guard outlives the signals that end all others.  */
static void
check_signals (void)
{
  static int const signals[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE,
                                 SIGUSR1 };
  struct play play;
  row_is ("signals to the guard");
  begin (&play, one);
  /* It blocks them before it looks at its pipe, and has a session by then.  */
  while (getsid (play.guard) != play.guard)
    poll (NULL, 0, 1);
  poll (NULL, 0, 50);
  for (size_t i = 0; i < SIZEOF (signals); i++)
    NEED (kill (play.guard, signals[i]) == 0);
  kill_owner (&play);
  CHECK (is_over (play.life, LIMIT));
  await_gone (play.victim);
  await_gone (play.guard);
  close (play.life);
}

/* Return whether nothing is left of the process PID, a child of ours.  */
static bool
is_reaped (pid_t pid)
{
  return waitpid (pid, NULL, WNOHANG) < 0 && errno == ECHILD;
}

/* A guard that is dismissed.  */
static void
check_stop (void)
{
  struct guard guard;
  int ends[2];
  row_is ("dismissed, with nothing under guard");
  NEED (pipe (ends) == 0);
  NEED (guard_start (&guard) == 0);
  pid_t pid = guard.pid;
  CHECK (0 < pid && is_helper (pid));
  CHECK_NUMBER (fcntl (guard.fd, F_GETFD), FD_CLOEXEC);
  /* It has closed what it was given.  */
  close (ends[1]);
  CHECK (is_over (ends[0], LIMIT));
  close (ends[0]);
  guard_stop (&guard);
  CHECK_NUMBER (guard.pid, -1);
  CHECK (is_reaped (pid) && !is_helper (pid));
  guard_stop (&guard);
  guard_add (&guard, getpid ());
  guard_remove (&guard, getpid ());

  row_is ("dismissed, with a process under guard");
  NEED (guard_start (&guard) == 0);
  pid_t victim = fork_victim (&guard, false);
  guard_add (&guard, victim);
  /* As a zombie, it stays in the way until the guard has waited.  */
  guard_stop (&guard);
  int status;
  CHECK (waitpid (victim, &status, WNOHANG) == victim);
  CHECK (WIFSIGNALED (status) && WTERMSIG (status) == SIGTERM);
}

/* The guard itself is killed: its owner goes on.  */
static void
check_killed (void)
{
  struct guard guard;
  row_is ("a guard that is killed");
  signal (SIGPIPE, SIG_IGN);
  NEED (guard_start (&guard) == 0);
  pid_t pid = guard.pid;
  pid_t victim = fork_victim (&guard, false);
  siginfo_t info;
  guard_add (&guard, victim);
  NEED (kill (pid, SIGKILL) == 0
        && waitid (P_PID, pid, &info, WEXITED | WNOWAIT) == 0);
  guard_add (&guard, victim);
  guard_remove (&guard, victim);
  CHECK (waitpid (victim, NULL, WNOHANG) == 0);
  guard_stop (&guard);
  CHECK (is_reaped (pid));
  NEED (kill (victim, SIGKILL) == 0 && waitpid (victim, NULL, 0) == victim);
}

int
main (int argc, char **argv)
{
  if (argc == 2)
    return act (argv[1]);
  alarm (300);
  self = argv[0];
  /* make passes descriptors of its own on.  */
  close_from (3);
  /* Orphans are to be seen by this process, where the system lets them.  */
  child_subreaper ();
  check_ended ("a process", one, SIGTERM);
  check_ended ("a process that ignores SIGTERM", one_stubborn, SIGKILL);
  check_ended ("a process that is stopped", one_stopped, SIGTERM);
  check_ended ("a group", group, SIGTERM);
  check_ended ("many processes", many, SIGTERM);
  check_ended ("many processes one after the other", many_in_turn, SIGTERM);
  check_ended ("a stage", stage, SIGTERM);
  check_left ("a process that was never under guard", none);
  check_left ("a process that was taken off the list", taken_off);
  check_left ("what a stage has left behind", stage_reaped);
  check_signals ();
  check_stop ();
  check_killed ();
  return test_result ();
}
