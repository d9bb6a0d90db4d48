/* Sockets for channels, and for what listens for them.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "net/endpoint.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "multipath.h"
#include "quote.h"
#include "socket-dscp.h"
#include "stream-socket.h"
#include "tcp-congestion.h"
#include "tcp-no-delay.h"

static int
plain_or_multipath (int family, bool multipath)
{
  int fd = multipath ? multipath_socket (family) : -1;
  return 0 <= fd ? fd : stream_socket (family);
}

int
endpoint_socket (int family, struct socket_choice const *choice)
{
  int fd = plain_or_multipath (family, choice->multipath);
  if (fd < 0)
    return -1;
  if ((choice->marked && socket_dscp (fd, family, choice->dscp) != 0)
      || (choice->congestion && tcp_congestion (fd, choice->congestion) != 0))
    {
      int saved = errno;
      close (fd);
      errno = saved;
      return -1;
    }
  tcp_no_delay (fd);
  return fd;
}

/* Try CHOICE on the socket FD of FAMILY.  */
static bool
try_choice (int fd, int family, struct socket_choice const *choice,
            char *why, size_t size)
{
  if (choice->congestion && tcp_congestion (fd, choice->congestion) != 0)
    {
      snprintf (why, size, "use the congestion control %s: %s",
                quote (choice->congestion), strerror (errno));
      return false;
    }
  if (choice->marked && socket_dscp (fd, family, choice->dscp) != 0)
    {
      snprintf (why, size, "mark the packets of IPv%d connections: %s",
                family == AF_INET ? 4 : 6, strerror (errno));
      return false;
    }
  return true;
}

bool
endpoint_possible (struct socket_choice const *choice, int family,
                   char *why, size_t size)
{
  bool good = true;
  for (int i = 4; i <= 6 && good; i += 2)
    {
      int this_family = i == 4 ? AF_INET : AF_INET6;
      /* A family that is not there is not in the way.  */
      int fd = (family == 0 || family == i
                ? plain_or_multipath (this_family, choice->multipath) : -1);
      if (fd < 0)
        continue;
      good = try_choice (fd, this_family, choice, why, size);
      close (fd);
    }
  return good;
}
