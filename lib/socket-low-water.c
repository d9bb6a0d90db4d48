/* Make a blocking read wait for more than a byte.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "socket-low-water.h"

#include <limits.h>
#include <sys/socket.h>

uint64_t
socket_low_water (int fd, uint64_t size)
{
#if HAVE_DECL_SO_RCVLOWAT
  int mark = size < INT_MAX ? size : INT_MAX;
  socklen_t length = sizeof mark;
  /* Linux silently grants less: half of the largest receive buffer.  */
  if (setsockopt (fd, SOL_SOCKET, SO_RCVLOWAT, &mark, sizeof mark) == 0
      && getsockopt (fd, SOL_SOCKET, SO_RCVLOWAT, &mark, &length) == 0
      && 0 < mark)
    return mark;
#else
  (void) fd, (void) size;
#endif
  return 1;
}
