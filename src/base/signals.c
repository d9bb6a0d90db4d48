/* Signals as events.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "base/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/system.h"

/* They are returned in this order.  A signal from the terminal reaches the
   children as well; their end must not be handled before the signal.  */
static int const caught[] = {
  SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGUSR1,
#ifdef SIGINFO
  SIGINFO,
#endif
#ifdef SIGWINCH
  SIGWINCH,
#endif
  SIGCHLD
};
enum { CAUGHT = sizeof caught / sizeof *caught };

static sig_atomic_t volatile pending[CAUGHT];
static bool handled[CAUGHT];
static int wake[2] = { -1, -1 };

enum notice
signals_notice (int sig)
{
  switch (sig)
    {
    case SIGUSR1:
#ifdef SIGINFO
    case SIGINFO:
#endif
      return NOTICE_QUESTION;
#ifdef SIGWINCH
    case SIGWINCH:
      return NOTICE_SIZE;
#endif
    default:
      return NOTICE_NONE;
    }
}

static void
note (int sig)
{
  int saved = errno;
  for (int i = 0; i < CAUGHT; i++)
    if (caught[i] == sig)
      pending[i] = 1;
  /* A full pipe wakes the reader as well as one byte more would.  */
  if (write (wake[1], "", 1) < 0)
    errno = saved;
  errno = saved;
}

static void
dispose (int sig, void (*how) (int))
{
  struct sigaction action;
  action.sa_handler = how;
  action.sa_flags = sig == SIGCHLD ? SA_NOCLDSTOP : 0;
  sigfillset (&action.sa_mask);
  sigaction (sig, &action, NULL);
}

int
signals_open (void)
{
  if (pipe2 (wake, O_CLOEXEC | O_NONBLOCK) != 0)
    return -1;
  for (int i = 0; i < CAUGHT; i++)
    {
      struct sigaction old;
      sigaction (caught[i], NULL, &old);
      handled[i] = caught[i] == SIGCHLD || old.sa_handler != SIG_IGN;
      if (handled[i])
        dispose (caught[i], note);
    }
  dispose (SIGPIPE, SIG_IGN);

  /* The parent may have left signals blocked.  */
  sigset_t none;
  sigemptyset (&none);
  sigprocmask (SIG_SETMASK, &none, NULL);
  return wake[0];
}

int
signals_next (void)
{
  char bytes[64];
  while (0 < read (wake[0], bytes, sizeof bytes))
    continue;
  for (int i = 0; i < CAUGHT; i++)
    if (pending[i])
      {
        pending[i] = 0;
        return caught[i];
      }
  return 0;
}

bool
signals_end_us (void)
{
  for (int i = 0; i < CAUGHT; i++)
    if (pending[i] && caught[i] != SIGTSTP && caught[i] != SIGCHLD
        && signals_notice (caught[i]) == NOTICE_NONE)
      return true;
  return false;
}

void
signals_block (sigset_t *old)
{
  sigset_t all;
  sigfillset (&all);
  sigprocmask (SIG_SETMASK, &all, old);
}

void
signals_unblock (sigset_t const *old)
{
  sigprocmask (SIG_SETMASK, old, NULL);
}

void
signals_child (void)
{
  for (int i = 0; i < CAUGHT; i++)
    if (handled[i])
      dispose (caught[i], SIG_DFL);
  /* A SIGPIPE that arrived while blocked, for example because the guard is
     gone, is not for the command: this discards it.  */
  dispose (SIGPIPE, SIG_IGN);
  dispose (SIGPIPE, SIG_DFL);
  sigset_t none;
  sigemptyset (&none);
  sigprocmask (SIG_SETMASK, &none, NULL);
}

void
signals_helper (void)
{
  for (int i = 0; i < CAUGHT; i++)
    if (signals_notice (caught[i]) != NOTICE_NONE)
      {
        handled[i] = false;
        dispose (caught[i], SIG_IGN);
      }
  signals_child ();
}

/* Apply the default action of SIG to this process.  */
static void
take_default (int sig)
{
  sigset_t set;
  dispose (sig, SIG_DFL);
  raise (sig);
  sigemptyset (&set);
  sigaddset (&set, sig);
  sigprocmask (SIG_UNBLOCK, &set, NULL);
}

void
signals_die (int sig)
{
  take_default (sig);
  _exit (EXIT_SIGNAL_BASE + sig);
}

void
signals_stop (void)
{
  take_default (SIGTSTP);
  dispose (SIGTSTP, note);
}
