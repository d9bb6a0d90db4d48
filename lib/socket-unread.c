/* Whether data that was written to a local socket is unread.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "socket-unread.h"

#include <sys/ioctl.h>

int
socket_unread (int fd)
{
  /* On systems other than Linux, data that is written to a local socket moves
     to its other end at once, and this is always 0.  */
#if defined __linux__ && defined TIOCOUTQ
  int count;
  if (ioctl (fd, TIOCOUTQ, &count) == 0)
    return count;
#else
  (void) fd;
#endif
  return -1;
}
