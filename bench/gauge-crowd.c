/* The part of the gauge that fills a machine with processes.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include "gauge.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t stopping;

static void
on_signal (int sig)
{
  (void) sig;
  stopping = 1;
}

int
cmd_crowd (int argc, char **argv)
{
  (void) argc;
  long count = number (argv[1], 0, 1000000);
  struct sigaction act = { .sa_handler = on_signal };
  sigset_t term, none;
  int line[2];
  char byte;
  sigemptyset (&act.sa_mask);
  sigaction (SIGTERM, &act, NULL);
  sigemptyset (&none);
  sigemptyset (&term);
  sigaddset (&term, SIGTERM);
  sigprocmask (SIG_BLOCK, &term, NULL);
  /* They end with this process, even if it is killed.  */
  if (pipe (line) != 0)
    fail ("pipe");
  for (long i = 0; i < count; i++)
    {
      pid_t pid = fork ();
      if (pid < 0)
        fail ("fork");
      if (pid == 0)
        {
          close (line[1]);
          while (read (line[0], &byte, 1) < 0)
            continue;
          _exit (0);
        }
    }
  FILE *out = fopen (argv[2], "w");
  if (!out || fprintf (out, "%ld\n", count) < 0 || fclose (out) != 0)
    fail (argv[2]);
  while (!stopping)
    sigsuspend (&none);
  close (line[1]);
  while (0 < wait (NULL))
    continue;
  return 0;
}
