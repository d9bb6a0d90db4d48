/* Optional features of the system's TCP.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "tcp-features.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "stream-socket.h"

bool
tcp_has_tls (void)
{
  bool has = false;
#if HAVE_DECL_TCP_ULP
  int fd = stream_socket (AF_INET);
  if (fd < 0)
    fd = stream_socket (AF_INET6);
  if (fd < 0)
    return false;
  /* A module that is there asks for a connection first.  */
  has = (setsockopt (fd, IPPROTO_TCP, TCP_ULP, "tls", sizeof "tls") == 0
         || errno == ENOTCONN);
  close (fd);
#endif
  return has;
}

bool
tcp_has_multipath (void)
{
  bool has = false;
#if HAVE_DECL_IPPROTO_MPTCP
  int fd = socket (AF_INET, SOCK_STREAM, IPPROTO_MPTCP);
  if (fd < 0)
    fd = socket (AF_INET6, SOCK_STREAM, IPPROTO_MPTCP);
  has = 0 <= fd;
  if (has)
    close (fd);
#endif
  return has;
}
