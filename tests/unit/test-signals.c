/* Test signals as events.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "base/signals.h"

#include <poll.h>

#include "base/system.h"
#include "test-macros.h"

static bool
is_readable (int fd)
{
  struct pollfd now = { .fd = fd, .events = POLLIN };
  return poll (&now, 1, 0) == 1;
}

static void
check_kinds (int fd)
{
  static struct { int sig; bool ends; enum notice notice; } const kinds[] = {
    { SIGINT, true, NOTICE_NONE }, { SIGTERM, true, NOTICE_NONE },
    { SIGHUP, true, NOTICE_NONE }, { SIGQUIT, true, NOTICE_NONE },
    { SIGTSTP, false, NOTICE_NONE }, { SIGCHLD, false, NOTICE_NONE },
#ifdef SIGINFO
    { SIGINFO, false, NOTICE_QUESTION },
#endif
#ifdef SIGWINCH
    { SIGWINCH, false, NOTICE_SIZE },
#endif
    { SIGUSR1, false, NOTICE_QUESTION }
  };
  for (size_t i = 0; i < SIZEOF (kinds); i++)
    {
      int sig = kinds[i].sig;
      row_is ("signal %d", sig);
      CHECK (!is_readable (fd));
      CHECK (!signals_end_us ());
      raise (sig);
      raise (sig);
      CHECK (is_readable (fd));
      CHECK (signals_end_us () == kinds[i].ends);
      CHECK_NUMBER (signals_notice (sig), kinds[i].notice);
      CHECK_NUMBER (signals_next (), sig);
      CHECK_NUMBER (signals_next (), 0);
      CHECK (!signals_end_us ());
    }
}

/* The terminal sends ^C to the children as well.  That they have died of it
   must not be known before that there was one.  */
static void
check_order (void)
{
  static int const signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };
  for (size_t i = 0; i < SIZEOF (signals); i++)
    {
      row_is ("signal %d with the end of a child", signals[i]);
      raise (SIGCHLD);
      raise (signals[i]);
      CHECK_NUMBER (signals_next (), signals[i]);
      CHECK_NUMBER (signals_next (), SIGCHLD);
      CHECK_NUMBER (signals_next (), 0);
    }
}

int
main (void)
{
  /* The test may have been started with some of them ignored.  */
  static int const ours[]
    = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCHLD, SIGUSR1 };
  for (size_t i = 0; i < SIZEOF (ours); i++)
    signal (ours[i], SIG_DFL);
  int fd = signals_open ();
  NEED (0 <= fd);
  check_kinds (fd);
  check_order ();
  return test_result ();
}
