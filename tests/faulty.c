/* socketpipe on a system where something fails: what stands here takes the
   place of shims of lib/.  The variable FAULT says what is to fail:
     interrupt   each wait, time and again, as by a debugger, or where a
                 process that was stopped and goes on does not wait on
     keepalive   to ask for keepalive on a connection
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "stream-socket.h"
#include "base/system.h"
#include "tcp-keepalive.h"

/* How often to interrupt, in us.  */
enum { INTERVAL = 20000 };

static bool
is_to_fail (char const *what)
{
  char const *fault = getenv ("FAULT");
  return fault != NULL && STREQ (fault, what);
}

static void
interrupt (int sig)
{
  (void) sig;
}

/* Begin to interrupt this process, but not its children.  */
static void
interrupt_often (void)
{
  struct sigaction action;
  struct itimerval often = {
    .it_interval = { .tv_usec = INTERVAL }, .it_value = { .tv_usec = INTERVAL }
  };
  memset (&action, 0, sizeof action);
  action.sa_handler = interrupt;
  sigemptyset (&action.sa_mask);
  if (sigaction (SIGALRM, &action, NULL) != 0
      || setitimer (ITIMER_REAL, &often, NULL) != 0)
    abort ();
}

static int
set_flags (int fd)
{
  if (0 <= fd && (fcntl (fd, F_SETFL, O_NONBLOCK) != 0
                  || fcntl (fd, F_SETFD, FD_CLOEXEC) != 0))
    abort ();
  return fd;
}

int
stream_socket (int family)
{
  if (is_to_fail ("interrupt"))
    interrupt_often ();
  return set_flags (socket (family, SOCK_STREAM, 0));
}

int
stream_accept (int fd, struct sockaddr *address, socklen_t *length)
{
  return set_flags (accept (fd, address, length));
}

int
tcp_keepalive (int fd, int idle, int interval, int count, int longest)
{
  int on = 1;
  (void) idle, (void) interval, (void) count, (void) longest;
  if (is_to_fail ("keepalive"))
    {
      errno = ENOBUFS;
      return -1;
    }
  return setsockopt (fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}
