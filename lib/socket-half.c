/* The direction of a socket that a one-way stream does not use.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "socket-half.h"

#include <errno.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/socket.h>

#ifdef MSG_DONTWAIT
enum { DONT_WAIT = MSG_DONTWAIT };
#else
# include <poll.h>
enum { DONT_WAIT = 0 };
#endif

enum { DRAIN_SIZE = 65536, DRAIN_MAX = 4 << 20 };

void
socket_stop_reading (int fd)
{
#if HAVE_SHUT_RD
  /* The connection may be gone already.  */
  if (shutdown (fd, SHUT_RD) != 0)
    return;
#else
  (void) fd;
#endif
}

bool
socket_drain (int fd)
{
  static char bytes[DRAIN_SIZE];
  for (size_t taken = 0; taken < DRAIN_MAX; )
    {
#ifndef MSG_DONTWAIT
      struct pollfd now = { .fd = fd, .events = POLLIN };
      if (poll (&now, 1, 0) != 1)
        return true;
#endif
      ssize_t got = recv (fd, bytes, sizeof bytes, DONT_WAIT);
      if (0 < got)
        taken += got;
      else if (got == 0 || errno != EINTR)
        return true;
    }
  return false;
}
