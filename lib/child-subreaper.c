/* Become the parent of orphaned descendants.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "child-subreaper.h"

#include <sys/wait.h>
#include <unistd.h>

#if HAVE_DECL_PR_SET_CHILD_SUBREAPER
# include <sys/prctl.h>

/* Linux 3.4.  */
static bool
become (void)
{
  return prctl (PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0;
}

#elif HAVE_DECL_PROC_REAP_ACQUIRE
# include <sys/procctl.h>

/* FreeBSD 10.2, DragonFly.  */
static bool
become (void)
{
  return procctl (P_PID, getpid (), PROC_REAP_ACQUIRE, NULL) == 0;
}

#else

static bool
become (void)
{
  return false;
}

#endif

/* The process that called child_subreaper: a child inherits the variable, but
   is no subreaper.  */
static pid_t subreaper;

void
child_subreaper (void)
{
  if (become ())
    subreaper = getpid ();
}

bool
child_is_subreaper (void)
{
  pid_t self = getpid ();
  return self == subreaper || self == 1;
}

pid_t
child_ended (void)
{
#if HAVE_WAITID
  siginfo_t info;
  info.si_pid = 0;
  if (waitid (P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0)
    return info.si_pid;
#endif
  return 0;
}
