/* The part of the gauge that times commands.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include "gauge.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* The state of the whole machine.  */
struct machine
{
  int64_t time;                 /* ns */
  int64_t unused;               /* ns of all processors together that were
                                   idle, or used by another machine; -1 if
                                   unknown */
  int processors;
};

static void
look_at_machine (struct machine *machine)
{
  char line[512];
  long per_second = sysconf (_SC_CLK_TCK);
  *machine = (struct machine) { .unused = -1, .processors = 0 };
  FILE *stat = fopen ("/proc/stat", "r");
  machine->time = now_ns ();
  if (!stat)
    return;
  while (fgets (line, sizeof line, stat) && strncmp (line, "cpu", 3) == 0)
    if (line[3] != ' ')
      machine->processors++;
    else
      {
        /* Idle time is exact; the times of use come from samples.  */
        enum { IDLE = 3, IOWAIT = 4, STOLEN = 7 };
        char *next = line + 4;
        machine->unused = 0;
        for (int i = 0; i <= STOLEN; i++)
          {
            int64_t ticks = strtoll (next, &next, 10);
            if (i == IDLE || i == IOWAIT || i == STOLEN)
              machine->unused += ticks * (1000000000 / per_second);
          }
      }
  fclose (stat);
}

/* Nanoseconds that the processors worked in between, or -1.  */
static int64_t
busy_ns (struct machine const *from, struct machine const *to)
{
  if (from->unused < 0 || to->unused < 0)
    return -1;
  int64_t busy = ((to->time - from->time) * to->processors
                  - (to->unused - from->unused));
  return busy < 0 ? 0 : busy;
}

static int64_t
timeval_us (struct timeval const *time)
{
  return time->tv_sec * INT64_C (1000000) + time->tv_usec;
}

/* Run ARGV to its end, and write its time and use to the file NAME.  */
static int
run_timed (char const *name, char **argv)
{
  struct machine before, after;
  struct rusage used;
  int status;
  look_at_machine (&before);
  pid_t child = fork ();
  if (child < 0)
    fail ("fork");
  if (child == 0)
    execute (argv);
  if (waitpid (child, &status, 0) != child)
    fail ("waitpid");
  look_at_machine (&after);
  getrusage (RUSAGE_CHILDREN, &used);

  FILE *file = fopen (name, "w");
  if (!file)
    fail (name);
  fprintf (file, "begin %"PRId64"\nend %"PRId64"\nbusy %"PRId64"\n",
           before.time, after.time, busy_ns (&before, &after));
  fprintf (file, "user_us %"PRId64"\nsystem_us %"PRId64"\nstatus %d\n",
           timeval_us (&used.ru_utime), timeval_us (&used.ru_stime),
           status_like (status));
  if (fclose (file) != 0)
    fail (name);
  return status_like (status);
}

int
cmd_time (int argc, char **argv)
{
  (void) argc;
  return run_timed (argv[1], argv + 2);
}

int
cmd_flow (int argc, char **argv)
{
  (void) argc;
  struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
  if (poll (&input, 1, -1) < 0)
    fail ("poll");
  return run_timed (argv[1], argv + 2);
}
