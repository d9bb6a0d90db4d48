/* Whether a process is on its way out.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "process-ending.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if HAVE_PROC_FD_LINKS

/* Linux: a bit of the flags, the ninth field of /proc/PID/stat.  It is set
   before the process closes its files.  */
enum { FLAG_EXITING = 0x4 };

int
process_is_ending (pid_t pid)
{
  char name[40], text[1024];
  char state;
  unsigned long flags;
  snprintf (name, sizeof name, "/proc/%ld/stat", (long) pid);
  int fd = open (name, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return kill (pid, 0) != 0 && errno == ESRCH ? 1 : -1;
  ssize_t got = read (fd, text, sizeof text - 1);
  close (fd);
  if (got <= 0)
    return got < 0 && errno == ESRCH ? 1 : -1;
  text[got] = '\0';
  /* The name of the program, in parentheses, may be anything.  Behind it are
     the state and five numbers, and then the flags.  */
  char const *rest = strrchr (text, ')');
  if (rest == NULL || rest[1] != ' ')
    return -1;
  state = rest[2];
  rest += 3;
  for (int i = 0; i < 5 && rest != NULL; i++)
    rest = strchr (rest + 1, ' ');
  if (rest == NULL)
    return -1;
  flags = strtoul (rest, NULL, 10);
  return (state == 'Z' || state == 'X' || state == 'x'
          || (flags & FLAG_EXITING) != 0);
}

#else

int
process_is_ending (pid_t pid)
{
  return kill (pid, 0) != 0 && errno == ESRCH ? 1 : -1;
}

#endif

bool
process_group_exists (pid_t pid)
{
  return kill (-pid, 0) == 0 || errno == EPERM;
}
