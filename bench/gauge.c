/* gauge - what the benchmarks need and no standard command offers.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include "gauge.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct command
{
  char const *name;
  int min_args;                 /* arguments needed */
  int max_args;                 /* arguments allowed; -1 for any number */
  char const *synopsis;
  int (*run) (int, char **);
};

static struct command const commands[] = {
  { "connect", 4, -1, "in|out HOST PORT COMMAND...: run it with a connection"
    " as standard input or output", cmd_connect },
  { "crowd", 2, 2, "COUNT FILE: be so many processes that do nothing, until"
    " SIGTERM; write to FILE when they are there", cmd_crowd },
  { "echo", 0, 0, ": send back each byte at once", cmd_echo },
  { "flow", 2, -1, "FILE COMMAND...: run it as soon as there is input, and"
    " write to FILE what it took from then on", cmd_flow },
  { "give", 1, 1, "SOCKET: give standard output to 'turn'", cmd_give },
  { "listen", 3, -1, "IN-PORT|- OUT-PORT|- COMMAND...: run it with"
    " connections to these ports as standard input and output", cmd_listen },
  { "time", 2, -1, "FILE COMMAND...: run it and write to FILE what it took",
    cmd_time },
  { "turn", 4, 4, "SOCKET FILE COUNT SECONDS: send and get back single bytes;"
    " write to FILE how long it took", cmd_turn },
  { "watch", 3, -1, "FILE MILLISECONDS NAME...: write to FILE, again and"
    " again, what processes called NAME use, until SIGTERM", cmd_watch },
};

void
fail (char const *what)
{
  fprintf (stderr, "gauge: %s: %s\n", what, strerror (errno));
  exit (EXIT_GAUGE);
}

long long
number (char const *text, long long min, long long max)
{
  char *end;
  errno = 0;
  long long value = strtoll (text, &end, 10);
  if (errno || end == text || *end || value < min || max < value)
    {
      fprintf (stderr, "gauge: not a number from %lld to %lld: %s\n",
               min, max, text);
      exit (EXIT_GAUGE);
    }
  return value;
}

int64_t
now_ns (void)
{
  struct timespec now;
  if (clock_gettime (CLOCK_MONOTONIC, &now) != 0)
    fail ("clock_gettime");
  return now.tv_sec * INT64_C (1000000000) + now.tv_nsec;
}

void
execute (char **argv)
{
  execvp (argv[0], argv);
  int status = errno == ENOENT ? 127 : 126;
  fprintf (stderr, "gauge: %s: %s\n", argv[0], strerror (errno));
  _exit (status);
}

int
status_like (int status)
{
  return WIFEXITED (status) ? WEXITSTATUS (status) : 128 + WTERMSIG (status);
}

static int
usage (void)
{
  for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
    fprintf (stderr, "%s gauge %s %s\n", i ? "   or:" : "Usage:",
             commands[i].name, commands[i].synopsis);
  return EXIT_GAUGE;
}

int
main (int argc, char **argv)
{
  if (argc < 2)
    return usage ();
  for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
    if (STREQ (argv[1], commands[i].name))
      {
        int args = argc - 2;
        if (args < commands[i].min_args
            || (0 <= commands[i].max_args && commands[i].max_args < args))
          return usage ();
        return commands[i].run (argc - 1, argv + 1);
      }
  return usage ();
}
