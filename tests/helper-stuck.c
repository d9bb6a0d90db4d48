/* The part of the helper that cannot be killed.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#define _GNU_SOURCE

#include "helper.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int
cmd_stuck (int argc, char **argv)
{
  (void) argc;
#ifdef SPLICE_F_MOVE
  /* A process that splices from a socket to a pipe has the pipe's lock while
     it waits for input.  A reader of that pipe then waits for the lock, in
     a state in which no signal reaches it.  */
  int ends[2], pipe_ends[2];
  if (socketpair (AF_UNIX, SOCK_STREAM, 0, ends) != 0 || pipe (pipe_ends) != 0)
    fail (EXIT_HARD, "stuck");
  pid_t holder = fork ();
  if (holder < 0)
    fail (EXIT_HARD, "fork");
  if (holder == 0)
    {
      setsid ();
      for (int fd = 0; fd < 3; fd++)
        close (fd);
      splice (ends[0], NULL, pipe_ends[1], NULL, 1, 0);
      _exit (EXIT_HARD);
    }
  announce (argv[1], "", holder);
  char byte;
  pause_ms (300);
  read_some (pipe_ends[0], &byte, 1);
  return EXIT_HARD;
#else
  (void) argv;
  return 77;
#endif
}
