/* The processor time and memory that an ended child used.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "child-usage.h"

#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>

static uint64_t
microseconds (struct timeval time)
{
  return (uint64_t) time.tv_sec * 1000000 + time.tv_usec;
}

#if HAVE_WAIT4

/* Linux and the BSDs count in KiB, macOS in bytes.  */
# if defined __APPLE__ && defined __MACH__
enum { MEMORY_UNIT = 1 };
# else
enum { MEMORY_UNIT = 1024 };
# endif

pid_t
child_wait (pid_t pid, int *status, int options, struct child_usage *usage)
{
  struct rusage took;
  pid_t ended = wait4 (pid, status, options, &took);
  if (0 < ended)
    {
      usage->user_us = microseconds (took.ru_utime);
      usage->system_us = microseconds (took.ru_stime);
      usage->peak_memory = (uint64_t) took.ru_maxrss * MEMORY_UNIT;
    }
  return ended;
}

#else

pid_t
child_wait (pid_t pid, int *status, int options, struct child_usage *usage)
{
  struct rusage before, after;
  getrusage (RUSAGE_CHILDREN, &before);
  pid_t ended = waitpid (pid, status, options);
  if (0 < ended)
    {
      getrusage (RUSAGE_CHILDREN, &after);
      usage->user_us = (microseconds (after.ru_utime)
                        - microseconds (before.ru_utime));
      usage->system_us = (microseconds (after.ru_stime)
                          - microseconds (before.ru_stime));
      /* The largest of all children so far may be another one.  */
      usage->peak_memory = 0;
    }
  return ended;
}

#endif
