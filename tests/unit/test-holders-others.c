/* Test which processes are found to have a socket, or an end of a pipe, among
   those with several threads, and of other users.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "holders.h"

#ifdef __linux__
# include <grp.h>
# include <sched.h>
# include <sys/mount.h>
# include <sys/prctl.h>
# include <sys/syscall.h>
#endif

#include "process-state.h"

#ifdef __linux__

enum { NOBODY = 65534 };

static char stack[65536];

/* *FORKS: it has a child that has what is held.  */
ON_ANY_STACK static int
be_thread (void *forks)
{
  if (*(bool *) forks)
    {
      if (fork () == 0)
        be_there ();
      close (held);
    }
  be_there ();
  return 0;
}

/* Threads of which libraries know nothing.  */
static void
start_thread (int flags, bool forks)
{
  static bool argument;
  argument = forks;
  NEED (0 < clone (be_thread, stack + sizeof stack,
                   CLONE_VM | CLONE_SIGHAND | CLONE_THREAD | flags,
                   &argument));
}

static void
check_threads (void)
{
  struct stream_holder holder;
  row_is ("a thread with descriptors of its own");
  pid_t child = fork_or_fail ();
  if (child == 0)
    {
      start_thread (0, false);
      is_there ();
      close (held);
      be_there ();
    }
  NEED (is_there () == child);
  CHECK_NUMBER (look (&holder), HOLDERS_SOME);
  CHECK_NUMBER (holder.fd, held);
  CHECK (stream_holder_has (&holder, &identity));
  CHECK_NUMBER (stream_holders_signal (&identity, NULL, 0, 0, SIGKILL), 1);
  NEED (waitpid (child, NULL, 0) == child);
  CHECK (!stream_holder_has (&holder, &identity));
  check_none ();

  row_is ("a process whose first thread has ended");
  child = fork_or_fail ();
  if (child == 0)
    {
      start_thread (CLONE_FILES, false);
      syscall (SYS_exit, 0);
    }
  NEED (is_there () == child);
  CHECK_NUMBER (look (&holder), HOLDERS_SOME);
  CHECK (stream_holder_has (&holder, &identity));
  end (child);
  CHECK (!stream_holder_has (&holder, &identity));
  check_none ();

  row_is ("a child of a thread that is not the first");
  child = fork_or_fail ();
  if (child == 0)
    {
      start_thread (CLONE_FILES, true);
      for (;;)
        pause ();
    }
  is_there (), is_there ();
  CHECK_NUMBER (look (&holder), HOLDERS_SOME);
  CHECK (holder.pid != child);
  NEED (kill (child, SIGKILL) == 0);
  kill (holder.pid, SIGKILL);
  while (0 < wait (NULL))
    continue;
}

/* A process of another user, seen by a process that is not root, with /proc
   mounted as it is or, if HIDDEN, so that processes of others are not to be
   seen.  */
static void
be_user (bool hidden)
{
  row_is (hidden ? "another user's, hidden" : "another user's");
  child_subreaper ();
  test_failures = 0;
  if (hidden && (unshare (CLONE_NEWNS) != 0
                 || mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0
                 || mount ("proc", "/proc", "proc", 0, "hidepid=invisible")))
    {
      fprintf (stderr, "skipped: no /proc with hidepid\n");
      exit (EXIT_SUCCESS);
    }
  int go[2];
  NEED (pipe (go) == 0);
  pid_t child = fork_or_fail ();
  if (child == 0)
    {
      char byte;
      pid_t self = getpid ();
      close (go[1]);
      close (held);
      alarm (LIMIT_MS / 1000);
      if (write (ready[1], &self, sizeof self) == sizeof self
          && read (go[0], &byte, 1) == 0)
        _exit (EXIT_SUCCESS);
      _exit (EXIT_FAILURE);
    }
  NEED (is_there () == child);
  NEED (setgroups (0, NULL) == 0);
  NEED (setgid (NOBODY) == 0 && setuid (NOBODY) == 0);

  /* Whether it has the stream we cannot know.  */
  check_some (child, -1);
  struct stream_holder guess = { child, held };
  CHECK (stream_holder_has (&guess, &identity));
  CHECK (!process_name (child, (char[16]) { 0 }, 16) == hidden);
  struct stream_holder holder;
  CHECK_NUMBER (stream_holders_look (&identity, &child, 1, INT64_MAX,
                                     &holder), HOLDERS_NONE);

  row_is (hidden ? "two, one hidden" : "two, one of another user");
  pid_t parent = fork_or_fail ();
  if (parent == 0)
    {
      /* As an exec would.  */
      prctl (PR_SET_DUMPABLE, 1, 0, 0, 0);
      if (fork () == 0)
        be_there ();
      /* Be met before it, as the other one is.  */
      close (held);
      be_there ();
    }
  pid_t own = is_there (), second = is_there ();
  if (own == parent)
    own = second;
  CHECK_NUMBER (look (&holder), HOLDERS_SOME);
  CHECK_NUMBER (holder.pid, own);
  CHECK_NUMBER (stream_holders_signal (&identity, NULL, 0, 0, 0), 2);
  end (parent);
  end (own);

  row_is (hidden ? "a hidden zombie" : "another user's zombie");
  close (go[1]);
  siginfo_t info;
  NEED (waitid (P_PID, child, &info, WEXITED | WNOWAIT) == 0);
  check_none ();
  CHECK (!stream_holder_has (&guess, &identity));
  exit (test_result ());
}

static void
check_users (void)
{
  if (geteuid () != 0)
    {
      fprintf (stderr, "skipped: other users, for want of root\n");
      return;
    }
  for (int hidden = 0; hidden < 2; hidden++)
    {
      pid_t child = fork_or_fail ();
      if (child == 0)
        be_user (hidden);
      int status;
      NEED (waitpid (child, &status, 0) == child);
      CHECK_NUMBER (status, 0);
    }
}

#else

static void
check_threads (void)
{
}

static void
check_users (void)
{
}

#endif

static void
check (enum kind kind)
{
  (void) kind;
  check_threads ();
  check_users ();
}

int
main (void)
{
  int status = EXIT_SUCCESS;
  NEED (pipe (ready) == 0);
  for (int kind = 0; kind < KINDS && status == EXIT_SUCCESS; kind++)
    status = check_kind (kind, check);
  return status;
}
