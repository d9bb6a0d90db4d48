/* The segment size of a TCP connection.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "tcp-segment.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

int
tcp_segment_size (int fd)
{
#ifdef TCP_MAXSEG
  int size;
  socklen_t length = sizeof size;
  return (getsockopt (fd, IPPROTO_TCP, TCP_MAXSEG, &size, &length) == 0
          ? size : -1);
#else
  (void) fd;
  errno = ENOTSUP;
  return -1;
#endif
}

int
tcp_segment_limit (int fd, int size)
{
#ifdef TCP_MAXSEG
  return setsockopt (fd, IPPROTO_TCP, TCP_MAXSEG, &size, sizeof size);
#else
  (void) fd, (void) size;
  errno = ENOTSUP;
  return -1;
#endif
}
