/* The state of a process.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "process-state.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#if HAVE_PROC_FD_LINKS

enum { PATH_SIZE = 80 };

/* Read up to SIZE - 1 bytes of the file WHAT of the process PID to TEXT, and
   end them.  Return 0, or -1 with errno set if it cannot be read.  */
static int
read_file (pid_t pid, char const *what, char *text, size_t size)
{
  char name[PATH_SIZE];
  snprintf (name, sizeof name, "/proc/%jd/%s", (intmax_t) pid, what);
  int fd = open (name, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return -1;
  ssize_t got = read (fd, text, size - 1);
  int saved = errno;
  close (fd);
  errno = saved;
  if (got < 0)
    return -1;
  text[got] = '\0';
  return 0;
}

int
process_state_read (pid_t pid, struct process_state *state)
{
  /* Fields of /proc/PID/stat, and a flag.  */
  enum { PARENT = 4, FLAGS = 9, THREADS = 20, START = 22, MEMORY = 23,
         EXITING = 0x4 };
  char text[1024];
  if (read_file (pid, "stat", text, sizeof text) != 0)
    return -1;
  /* The second field is a name in parentheses that may contain any.  */
  char *at = strrchr (text, ')');
  if (at == NULL || at[1] != ' ' || at[2] == '\0')
    {
      errno = EINVAL;
      return -1;
    }
  bool zombie = at[2] == 'Z' || at[2] == 'X' || at[2] == 'x';
  char *end = at + 3;
  unsigned long long fields[MEMORY + 1] = { 0 };
  for (int i = PARENT; i <= MEMORY; i++)
    fields[i] = strtoull (end, &end, 10);
  if (end == at + 3)
    {
      errno = EINVAL;
      return -1;
    }
  state->parent = fields[PARENT];
  state->threads = fields[THREADS];
  state->start = fields[START];
  /* The flag is set before the process closes its files.  The size of the
     memory is 0 already while it ends: first its memory goes, then its
     descriptors.  In between they seem to be root's.  */
  state->exiting = zombie || (fields[FLAGS] & EXITING) != 0;
  state->ended = zombie || fields[MEMORY] == 0;
  return 0;
}

long
process_threads (pid_t pid)
{
  char name[PATH_SIZE];
  struct stat status;
  snprintf (name, sizeof name, "/proc/%jd/task", (intmax_t) pid);
  return stat (name, &status) == 0 ? (long) status.st_nlink - 2 : 0;
}

bool
process_name (pid_t pid, char *text, size_t size)
{
  if (size == 0)
    return false;
  if (read_file (pid, "comm", text, size) != 0)
    *text = '\0';
  text[strcspn (text, "\n")] = '\0';
  for (char *at = text; *at != '\0'; at++)
    if (*at < ' ' || '~' < *at)
      *at = '?';
  return *text != '\0';
}

#else

int
process_state_read (pid_t pid, struct process_state *state)
{
  (void) pid;
  memset (state, 0, sizeof *state);
  errno = ENOTSUP;
  return -1;
}

long
process_threads (pid_t pid)
{
  (void) pid;
  return 0;
}

bool
process_name (pid_t pid, char *text, size_t size)
{
  (void) pid;
  if (0 < size)
    *text = '\0';
  return false;
}

#endif

/* Return whether a signal would find no process PID.  */
static bool
is_gone (pid_t pid)
{
  return kill (pid, 0) != 0 && errno == ESRCH;
}

enum process_fate
process_fate (pid_t pid)
{
  struct process_state state;
  if (process_state_read (pid, &state) == 0)
    return state.ended && state.threads <= 1 ? PROCESS_ENDED : PROCESS_LIVES;
  if (is_gone (pid))
    return PROCESS_GONE;
  /* It is hidden.  A signal finds a zombie as well; for a process that is no
     child the difference cannot be seen.  */
#if HAVE_WAITID
  siginfo_t info;
  info.si_pid = 0;
  if (waitid (P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0
      && info.si_pid == pid)
    return PROCESS_ENDED;
#endif
  return PROCESS_LIVES;
}

int
process_is_ending (pid_t pid)
{
  struct process_state state;
  if (process_state_read (pid, &state) == 0)
    return state.exiting;
  return errno == ESRCH || is_gone (pid) ? 1 : -1;
}

bool
process_group_exists (pid_t pid)
{
  return kill (-pid, 0) == 0 || errno == EPERM;
}

long
process_number (char const *name)
{
  char *end;
  if (*name < '0' || '9' < *name)
    return -1;
  long value = strtol (name, &end, 10);
  return *end == '\0' ? value : -1;
}

bool
process_look_failed (int error)
{
  return error == EMFILE || error == ENFILE || error == ENOMEM;
}
