/* The part of the gauge that watches what processes use.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

/* A process's peak is known only while it lives, and only its parent learns of
   its end: so it is read repeatedly.  Each look makes a line with the time,
   and one for each process:

     NANOSECONDS
     NANOSECONDS PID NAME NETWORK CPU-NS PROPORTIONAL-KIB PEAK-KIB

   NETWORK is the name space, which is the host in a benchmark that has two
   of them on one machine.  PROPORTIONAL is the memory in use, where pages that
   n processes share count 1/n for each; PEAK is the most that was resident at
   any time, shared pages included.  */

#include "gauge.h"

#include <ctype.h>
#include <dirent.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t stopping;

static void
on_signal (int sig)
{
  (void) sig;
  stopping = 1;
}

static FILE *
open_about (char const *pid, char const *what)
{
  char name[96];
  snprintf (name, sizeof name, "/proc/%.16s/%s", pid, what);
  return fopen (name, "r");
}

/* Put the name of process PID into NAME, of SIZE bytes.  */
static bool
read_name (char const *pid, char *name, size_t size)
{
  FILE *file = open_about (pid, "comm");
  bool ok = file && fgets (name, size, file);
  if (file)
    fclose (file);
  if (ok)
    name[strcspn (name, "\n")] = '\0';
  return ok;
}

/* The processor time of all threads of process PID, in ns, or -1.  */
static int64_t
read_cpu (char const *pid)
{
  char name[64];
  int64_t sum = -1;
  struct dirent *entry;
  snprintf (name, sizeof name, "/proc/%.16s/task", pid);
  DIR *tasks = opendir (name);
  while (tasks && (entry = readdir (tasks)))
    {
      char line[64];
      if (!isdigit ((unsigned char) entry->d_name[0]))
        continue;
      snprintf (name, sizeof name, "task/%.16s/schedstat", entry->d_name);
      FILE *file = open_about (pid, name);
      if (file && fgets (line, sizeof line, file))
        sum = (sum < 0 ? 0 : sum) + strtoll (line, NULL, 10);
      if (file)
        fclose (file);
    }
  if (tasks)
    closedir (tasks);
  return sum;
}

/* The number on the line that begins with KEY in WHAT about process PID.  */
static int64_t
read_line (char const *pid, char const *what, char const *key)
{
  char line[256];
  int64_t value = -1;
  FILE *file = open_about (pid, what);
  while (file && value < 0 && fgets (line, sizeof line, file))
    if (strncmp (line, key, strlen (key)) == 0)
      value = strtoll (line + strlen (key), NULL, 10);
  if (file)
    fclose (file);
  return value;
}

/* The number of the network name space of process PID, or 0.  */
static int64_t
read_network (char const *pid)
{
  char name[64], link[64];
  snprintf (name, sizeof name, "/proc/%.16s/ns/net", pid);
  ssize_t n = readlink (name, link, sizeof link - 1);
  if (n < 0)
    return 0;
  link[n] = '\0';
  return strncmp (link, "net:[", 5) == 0 ? strtoll (link + 5, NULL, 10) : 0;
}

/* Write to OUT a line about each process that has one of NAMES.  */
static void
look (FILE *out, char **names)
{
  char name[64];
  struct dirent *entry;
  int64_t time = now_ns ();
  DIR *proc = opendir ("/proc");
  if (!proc)
    fail ("/proc");
  fprintf (out, "%"PRId64"\n", time);
  while ((entry = readdir (proc)))
    if (isdigit ((unsigned char) entry->d_name[0])
        && read_name (entry->d_name, name, sizeof name))
      for (char **wanted = names; *wanted; wanted++)
        if (STREQ (*wanted, name))
          fprintf (out, "%"PRId64" %s %s %"PRId64" %"PRId64" %"PRId64
                   " %"PRId64"\n", time, entry->d_name, name,
                   read_network (entry->d_name), read_cpu (entry->d_name),
                   read_line (entry->d_name, "smaps_rollup", "Pss:"),
                   read_line (entry->d_name, "status", "VmHWM:"));
  closedir (proc);
}

int
cmd_watch (int argc, char **argv)
{
  (void) argc;
  long interval = number (argv[2], 1, 60000);
  struct timespec const nap = { .tv_sec = interval / 1000,
                                .tv_nsec = interval % 1000 * 1000000 };
  struct sigaction act;
  memset (&act, 0, sizeof act);
  act.sa_handler = on_signal;
  sigaction (SIGTERM, &act, NULL);
  FILE *out = fopen (argv[1], "w");
  if (!out)
    fail (argv[1]);
  while (!stopping)
    {
      look (out, argv + 3);
      nanosleep (&nap, NULL);
    }
  return fclose (out) == 0 ? 0 : EXIT_GAUGE;
}
