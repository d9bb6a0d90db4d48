/* Make a TCP connection send small pieces at once.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "tcp-no-delay.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

void
tcp_no_delay (int fd)
{
  int on = 1;
  if (setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0)
    return;
}
