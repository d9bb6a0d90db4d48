/* Test what is told of one process.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "process-state.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test-macros.h"

/* Return the number of a child that goes on until it is killed.  */
static pid_t
start (void)
{
  pid_t child = fork ();
  NEED (0 <= child);
  if (child == 0)
    {
      alarm (60);
      for (;;)
        pause ();
    }
  return child;
}

static void
check_life (void)
{
  struct process_state state;
  bool told = process_state_read (getpid (), &state) == 0;
  unsigned long long start_of_ours = state.start;
  row_is ("one that lives");
  pid_t child = start ();
  CHECK_NUMBER (process_fate (child), PROCESS_LIVES);
  CHECK_NUMBER (process_is_ending (child), told ? 0 : -1);
  if (told)
    {
      CHECK_NUMBER (process_state_read (child, &state), 0);
      CHECK_NUMBER (state.parent, getpid ());
      CHECK_NUMBER (state.threads, 1);
      CHECK (start_of_ours <= state.start);
      CHECK (!state.exiting && !state.ended);
      CHECK_NUMBER (process_threads (child), 1);
    }

  row_is ("one that has ended");
  siginfo_t info;
  NEED (kill (child, SIGKILL) == 0);
  NEED (waitid (P_PID, child, &info, WEXITED | WNOWAIT) == 0);
#if HAVE_PROC_FD_LINKS || HAVE_WAITID
  CHECK_NUMBER (process_fate (child), PROCESS_ENDED);
#endif
  CHECK_NUMBER (process_is_ending (child), told ? 1 : -1);
  if (told)
    {
      CHECK_NUMBER (process_state_read (child, &state), 0);
      CHECK (state.exiting && state.ended);
    }

  row_is ("one that is no more");
  CHECK (waitpid (child, NULL, 0) == child);
  CHECK_NUMBER (process_fate (child), PROCESS_GONE);
  CHECK_NUMBER (process_is_ending (child), 1);
  CHECK (process_state_read (child, &state) == -1);
  CHECK_NUMBER (process_threads (child), 0);
}

static void
check_group (void)
{
  row_is ("a group whose leader has ended");
  int ends[2];
  char byte;
  pid_t pid;
  NEED (pipe (ends) == 0);
  pid_t leader = fork ();
  NEED (0 <= leader);
  if (leader == 0)
    {
      setpgid (0, 0);
      pid = start ();
      _exit (write (ends[1], &pid, sizeof pid) != sizeof pid);
    }
  close (ends[1]);
  NEED (read (ends[0], &pid, sizeof pid) == sizeof pid);
  NEED (waitpid (leader, NULL, 0) == leader);
  CHECK (process_group_exists (leader));
  row_is ("a group that is no more");
  NEED (kill (pid, SIGKILL) == 0);
  /* The first process reaps it, or a subreaper in between.  */
  for (int i = 0; i < 6000 && process_group_exists (leader); i++)
    usleep (10000);
  CHECK (!process_group_exists (leader));
  CHECK (read (ends[0], &byte, 1) == 0);
  close (ends[0]);
}

static void
check_name (void)
{
  char text[64], five[5];
  pid_t child = start ();
  if (!process_name (getpid (), text, sizeof text))
    {
      CHECK_TEXT (text, "");
      fprintf (stderr, "skipped: names\n");
    }
  else
    {
      row_is ("a name");
      CHECK (strncmp (text, "test-process-st", 15) == 0);
      row_is ("a name that is cut");
      CHECK (process_name (getpid (), five, sizeof five));
      CHECK_TEXT (five, "test");
    }
  row_is ("no room for a name");
  CHECK (!process_name (getpid (), five, 0));
  row_is ("the name of one that is no more");
  NEED (kill (child, SIGKILL) == 0 && waitpid (child, NULL, 0) == child);
  CHECK (!process_name (child, text, sizeof text));
  CHECK_TEXT (text, "");
}

static void
check_numbers (void)
{
  static struct
  {
    char const *name;
    long number;
  } const rows[] = {
    { "1", 1 }, { "0", 0 }, { "4711", 4711 }, { "", -1 }, { ".", -1 },
    { "self", -1 }, { "-1", -1 }, { "+1", -1 }, { " 1", -1 }, { "1x", -1 }
  };
  for (size_t i = 0; i < SIZEOF (rows); i++)
    {
      row_is ("the name '%s'", rows[i].name);
      CHECK_NUMBER (process_number (rows[i].name), rows[i].number);
    }
}

int
main (void)
{
  check_life ();
  check_group ();
  check_name ();
  check_numbers ();
  return test_result ();
}
