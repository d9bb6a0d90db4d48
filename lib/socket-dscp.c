/* Mark the packets of a connection for routers.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "socket-dscp.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <sys/socket.h>

int
socket_dscp (int fd, int family, int dscp)
{
  /* The two bits below belong to the congestion control (RFC 3168).  */
  int class = dscp << 2;
  (void) fd, (void) family, (void) class;
#if HAVE_DECL_IP_TOS
  if (family == AF_INET)
    return setsockopt (fd, IPPROTO_IP, IP_TOS, &class, sizeof class);
#endif
#if HAVE_DECL_IPV6_TCLASS
  if (family == AF_INET6)
    return setsockopt (fd, IPPROTO_IPV6, IPV6_TCLASS, &class, sizeof class);
#endif
  errno = ENOTSUP;
  return -1;
}
