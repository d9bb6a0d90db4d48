/* Let the kernel send no faster than a rate.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "socket-pace.h"

#include <errno.h>
#include <limits.h>
#include <sys/socket.h>

int
socket_pace (int fd, uint64_t rate)
{
#if HAVE_DECL_SO_MAX_PACING_RATE
  /* Linux uses 64 bits since 4.20; before, it used only a part of them.  The
     largest number of 32 bits means "as fast as can be".  */
  if (UINT_MAX <= rate)
    return setsockopt (fd, SOL_SOCKET, SO_MAX_PACING_RATE, &rate,
                       sizeof rate);
  unsigned small = rate;
  return setsockopt (fd, SOL_SOCKET, SO_MAX_PACING_RATE, &small,
                     sizeof small);
#else
  (void) fd, (void) rate;
  errno = ENOTSUP;
  return -1;
#endif
}
