/* The part of the gauge that is the raw limit: commands on a bare TCP
   connection.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include "gauge.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Make FD, a connection, the standard descriptor STANDARD.  */
static void
put_at (int fd, int standard)
{
  int one = 1;
  /* Single bytes there and back must not wait for acknowledgements.  */
  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (fd != standard)
    {
      if (dup2 (fd, standard) < 0)
        fail ("dup2");
      close (fd);
    }
}

int
cmd_connect (int argc, char **argv)
{
  (void) argc;
  struct addrinfo hints, *list;
  int fd = -1;
  int standard = STREQ (argv[1], "in") ? STDIN_FILENO : STDOUT_FILENO;
  memset (&hints, 0, sizeof hints);
  hints.ai_socktype = SOCK_STREAM;
  int error = getaddrinfo (argv[2], argv[3], &hints, &list);
  if (error)
    {
      fprintf (stderr, "gauge: %s: %s\n", argv[2], gai_strerror (error));
      return EXIT_GAUGE;
    }
  for (struct addrinfo *a = list; a && fd < 0; a = a->ai_next)
    {
      fd = socket (a->ai_family, a->ai_socktype, a->ai_protocol);
      if (0 <= fd && connect (fd, a->ai_addr, a->ai_addrlen) != 0)
        {
          close (fd);
          fd = -1;
        }
    }
  if (fd < 0)
    fail ("connect");
  freeaddrinfo (list);
  put_at (fd, standard);
  execute (argv + 4);
  return EXIT_GAUGE;
}

/* Return a socket that listens on PORT, by IPv4 and IPv6 if possible.  */
static int
listen_on (int port)
{
  int one = 1, zero = 0;
  struct sockaddr_in6 address6;
  struct sockaddr_in address4;
  memset (&address6, 0, sizeof address6);
  address6.sin6_family = AF_INET6;
  address6.sin6_port = htons (port);
  address6.sin6_addr = in6addr_any;
  memset (&address4, 0, sizeof address4);
  address4.sin_family = AF_INET;
  address4.sin_port = htons (port);
  address4.sin_addr.s_addr = htonl (INADDR_ANY);

  int fd = socket (AF_INET6, SOCK_STREAM, 0);
  bool both = 0 <= fd;
  if (!both)
    fd = socket (AF_INET, SOCK_STREAM, 0);
  if (fd < 0
      || setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0
      || (both && setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero,
                              sizeof zero) != 0)
      || (both ? bind (fd, (struct sockaddr *) &address6, sizeof address6)
          : bind (fd, (struct sockaddr *) &address4, sizeof address4)) != 0
      || listen (fd, 16) != 0)
    fail ("cannot listen");
  return fd;
}

int
cmd_listen (int argc, char **argv)
{
  (void) argc;
  int listener[2] = { -1, -1 };
  for (int i = 0; i < 2; i++)
    if (!STREQ (argv[1 + i], "-"))
      listener[i] = listen_on (number (argv[1 + i], 1, 65535));
  for (int i = 0; i < 2; i++)
    if (0 <= listener[i])
      {
        int fd = accept (listener[i], NULL, NULL);
        if (fd < 0)
          fail ("accept");
        close (listener[i]);
        put_at (fd, i);
      }
  execute (argv + 3);
  return EXIT_GAUGE;
}
