/* The sockets on which an end of the run listens.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "net/listener.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union address
{
  struct sockaddr any;
  struct sockaddr_in in;
  struct sockaddr_in6 in6;
};

static void
fill_address (union address *address, int family, int port)
{
  memset (address, 0, sizeof *address);
  address->any.sa_family = family;
  if (family == AF_INET)
    address->in.sin_port = htons (port);
  else
    address->in6.sin6_port = htons (port);
}

/* Listen by FAMILY on PORT, or any one if that is 0, as CHOICE says.  Return
   the port and set *FD, or return 0 with errno set.  */
static uint16_t
listen_on (int family, int port, struct socket_choice const *choice, int *fd)
{
  union address address;
  socklen_t length = (family == AF_INET ? sizeof address.in
                      : sizeof address.in6);
  int on = 1;
  fill_address (&address, family, port);
  *fd = endpoint_socket (family, choice);
  if (*fd < 0)
    return 0;
  /* What is left of an earlier run on the port does not matter.  */
  if ((port != 0
       && setsockopt (*fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0)
      || (family == AF_INET6
          && setsockopt (*fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0)
      || bind (*fd, &address.any, length) != 0
      || listen (*fd, SOMAXCONN) != 0
      || getsockname (*fd, &address.any, &length) != 0)
    {
      int saved = errno;
      close (*fd);
      *fd = -1;
      errno = saved;
      return 0;
    }
  return ntohs (family == AF_INET ? address.in.sin_port
                : address.in6.sin6_port);
}

/* Listen on PORT by all families of CHOICE.  Return 0 if at least one does,
   and none of them found the port in use; else -1 with errno set.  */
static int
try_port (struct listener *listener, struct net_choice const *choice,
          int port)
{
  bool in_use = false;
  *listener = (struct listener) { .fd4 = -1, .fd6 = -1 };
  errno = EAFNOSUPPORT;
  if (choice->family != 6)
    {
      listener->port4 = listen_on (AF_INET, port, &choice->socket,
                                   &listener->fd4);
      in_use = listener->port4 == 0 && errno == EADDRINUSE;
    }
  if (choice->family != 4 && !in_use)
    {
      listener->port6 = listen_on (AF_INET6, port, &choice->socket,
                                   &listener->fd6);
      in_use = listener->port6 == 0 && errno == EADDRINUSE;
    }
  if (!in_use && (listener->port4 != 0 || listener->port6 != 0))
    return 0;
  int saved = in_use ? EADDRINUSE : errno;
  listener_close (listener);
  errno = saved;
  return -1;
}

int
listener_open (struct listener *listener, struct net_choice const *choice)
{
  if (choice->port_low == 0)
    return try_port (listener, choice, 0);
  for (int port = choice->port_low; port <= choice->port_high; port++)
    if (try_port (listener, choice, port) == 0)
      return 0;
    else if (errno != EADDRINUSE)
      return -1;
  errno = EADDRINUSE;
  return -1;
}

void
listener_close (struct listener *listener)
{
  if (0 <= listener->fd4)
    close (listener->fd4);
  if (0 <= listener->fd6)
    close (listener->fd6);
  *listener = (struct listener) { .fd4 = -1, .fd6 = -1 };
}

void
listener_explain (struct net_choice const *choice, int error, char *text,
                  unsigned size)
{
  if (error != EADDRINUSE || choice->port_low == 0)
    snprintf (text, size, "cannot listen for connections: %s",
              strerror (error));
  else if (choice->port_low == choice->port_high)
    snprintf (text, size, "port %d is in use: wait, or give a wider range "
              "with --port", choice->port_low);
  else
    snprintf (text, size, "all ports from %d to %d are in use: wait, or give "
              "a wider range with --port", choice->port_low,
              choice->port_high);
}
