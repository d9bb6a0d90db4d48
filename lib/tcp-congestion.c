/* Choose the congestion control of a TCP connection.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "tcp-congestion.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

int
tcp_congestion (int fd, char const *name)
{
#if HAVE_DECL_TCP_CONGESTION
  return setsockopt (fd, IPPROTO_TCP, TCP_CONGESTION, name, strlen (name));
#else
  (void) fd, (void) name;
  errno = ENOTSUP;
  return -1;
#endif
}
