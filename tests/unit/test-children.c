/* Test the registry of children, and the reaping of others.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "base/children.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child-subreaper.h"
#include "process-state.h"
#include "helpers.h"
#include "test-macros.h"

static void
check_list (void)
{
  pid_t list[3] = { 0 };
  row_is ("the list");
  CHECK_NUMBER (children_helpers (list, 3), 0);
  for (pid_t pid = 11; pid <= 15; pid++)
    children_add (pid, true);
  CHECK_NUMBER (children_helpers (list, 2), 2);
  CHECK_NUMBER (list[1], 12);
  CHECK_NUMBER (list[2], 0);
  children_remove (99);
  children_remove (11);
  children_remove (13);
  CHECK_NUMBER (children_helpers (list, 3), 3);
  CHECK_NUMBER (list[0] + list[1] + list[2], 12 + 14 + 15);
  children_remove (12);
  children_remove (14);
  children_remove (15);
  CHECK_NUMBER (children_helpers (list, 3), 0);
}

/* Wait until the child PID has ended, and leave it so.  */
static void
let_end (pid_t pid)
{
  siginfo_t info;
  NEED (waitid (P_PID, pid, &info, WEXITED | WNOWAIT) == 0);
}

static pid_t
start (int status)
{
  pid_t pid = fork ();
  NEED (0 <= pid);
  if (pid == 0)
    _exit (status);
  let_end (pid);
  return pid;
}

/* Return an orphan, which ends when the descriptor *GO is closed.  */
static pid_t
start_orphan (int *go)
{
  int tell[2], wait_for[2];
  NEED (pipe (tell) == 0 && pipe (wait_for) == 0);
  pid_t pid = fork ();
  NEED (0 <= pid);
  if (pid == 0)
    {
      pid = fork ();
      if (pid == 0)
        {
          char byte;
          close (wait_for[1]);
          _exit (read (wait_for[0], &byte, 1) == 0 ? 0 : 1);
        }
      _exit (write (tell[1], &pid, sizeof pid) == sizeof pid ? 0 : 1);
    }
  pid_t orphan;
  NEED (read (tell[0], &orphan, sizeof orphan) == sizeof orphan);
  NEED (waitpid (pid, NULL, 0) == pid);
  close (tell[0]);
  close (tell[1]);
  close (wait_for[0]);
  *go = wait_for[1];
  return orphan;
}

static bool
is_waited_for (pid_t pid)
{
  return waitpid (pid, NULL, WNOHANG) < 0 && errno == ECHILD;
}

static void
check_reaping (void)
{
  int go, status;

  row_is ("no child at all");
  children_reap_orphans ();
  CHECK_NUMBER (child_ended (), 0);

  row_is ("an orphan that lives");
  pid_t orphan = start_orphan (&go);
  children_reap_orphans ();
  CHECK (waitpid (orphan, NULL, WNOHANG) == 0);

  row_is ("an orphan that has ended");
  close (go);
  let_end (orphan);
  CHECK_NUMBER (child_ended (), orphan);
  children_reap_orphans ();
  CHECK (is_waited_for (orphan));

  row_is ("a registered child that has ended");
  pid_t ours = start (7);
  children_add (ours, false);
  children_reap_orphans ();
  CHECK (waitpid (ours, &status, WNOHANG) == ours
         && WEXITSTATUS (status) == 7);
  children_remove (ours);

  row_is ("several orphans, and then a registered child");
  pid_t orphans[3];
  for (int i = 0; i < 3; i++)
    {
      orphans[i] = start_orphan (&go);
      close (go);
      let_end (orphans[i]);
    }
  ours = start (8);
  children_add (ours, false);
  children_reap_orphans ();
  CHECK (waitpid (ours, &status, WNOHANG) == ours
         && WEXITSTATUS (status) == 8);
  children_remove (ours);
  children_reap_orphans ();
  for (int i = 0; i < 3; i++)
    CHECK (is_waited_for (orphans[i]));

  row_is ("a child that is registered no more");
  ours = start (9);
  children_reap_orphans ();
  CHECK (is_waited_for (ours));
}

/* Return a child that goes on until it is killed, and set *ORPHAN to one of
   its own that does.  */
static pid_t
start_parent (pid_t *orphan)
{
  int tell[2];
  NEED (pipe (tell) == 0);
  pid_t parent = fork ();
  NEED (0 <= parent);
  if (parent == 0)
    {
      pid_t pid = fork ();
      alarm (60);
      if (pid != 0 && write (tell[1], &pid, sizeof pid) != sizeof pid)
        _exit (EXIT_FAILURE);
      for (;;)
        pause ();
    }
  NEED (read (tell[0], orphan, sizeof *orphan) == sizeof *orphan);
  close (tell[0]);
  close (tell[1]);
  return parent;
}

/* Let PARENT, which is registered, end.  */
static void
end_parent (pid_t parent)
{
  NEED (kill (parent, SIGKILL) == 0);
  NEED (waitpid (parent, NULL, 0) == parent);
  children_remove (parent);
}

/* Let the child PID end, and leave it so.  */
static void
end_orphan (pid_t pid)
{
  NEED (kill (pid, SIGKILL) == 0);
  let_end (pid);
}

static void
check_strangers (void)
{
  pid_t stranger, old_orphan, stage_orphan;
  struct process_state state;

  pid_t leaver = start_parent (&stranger);
  children_add (leaver, false);
  end_parent (leaver);
  pid_t helper = start_parent (&old_orphan);
  children_add (helper, true);
  row_is ("what is there before there are stages");
  CHECK (!is_helper (stranger));
  children_set_apart ();
  bool told = process_state_read (getpid (), &state) == 0;
  CHECK_NUMBER (is_helper (stranger), told);
  CHECK (is_helper (helper));
  CHECK (!is_helper (old_orphan));

  /* Ages are told in hundredths of a second.  */
  poll (NULL, 0, 100);
  pid_t stage = start_parent (&stage_orphan);
  children_add (stage, false);
  children_set_apart ();
  row_is ("a stage");
  CHECK (!is_helper (stage));
  row_is ("what a stage leaves behind");
  end_parent (stage);
  children_set_apart ();
  CHECK (!is_helper (stage_orphan));
  row_is ("what a helper leaves behind");
  end_parent (helper);
  CHECK_NUMBER (is_helper (old_orphan), told);
  row_is ("what a stage left behind before a helper ended");
  CHECK (!is_helper (stage_orphan));

  row_is ("those that have ended");
  end_orphan (stranger);
  end_orphan (old_orphan);
  end_orphan (stage_orphan);
  children_reap_orphans ();
  CHECK (is_waited_for (stranger));
  CHECK (is_waited_for (old_orphan));
  CHECK (is_waited_for (stage_orphan));
  CHECK (!is_helper (stranger));
  CHECK (!is_helper (old_orphan));
  CHECK_NUMBER (child_ended (), 0);
}

int
main (void)
{
  check_list ();
  row_is ("no subreaper");
  if (!child_is_subreaper ())
    {
      pid_t child = start (6);
      children_reap_orphans ();
      CHECK (waitpid (child, NULL, WNOHANG) == child);
    }
  child_subreaper ();
  if (!child_is_subreaper ())
    return test_failures == 0 ? 77 : test_result ();
  pid_t child = fork ();
  if (child == 0)
    _exit (child_is_subreaper ());
  int status;
  CHECK (waitpid (child, &status, 0) == child && status == 0);
  check_reaping ();
  check_strangers ();
  return test_result ();
}
