/* A TCP connection over loopback.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef LOOPBACK_PAIR_H
# define LOOPBACK_PAIR_H 1

# include <arpa/inet.h>
# include <netinet/in.h>
# include <sys/socket.h>
# include <unistd.h>

# include "test-macros.h"

/* Make a connection: PAIR[0] connected, PAIR[1] accepted.  */
static void
connect_pair (int pair[2])
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  socklen_t length = sizeof address;
  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  int listener = socket (AF_INET, SOCK_STREAM, 0);
  NEED (bind (listener, (struct sockaddr *) &address, sizeof address) == 0
        && listen (listener, 1) == 0
        && getsockname (listener, (struct sockaddr *) &address, &length) == 0);
  pair[0] = socket (AF_INET, SOCK_STREAM, 0);
  NEED (connect (pair[0], (struct sockaddr *) &address, sizeof address) == 0);
  pair[1] = accept (listener, NULL, NULL);
  NEED (0 <= pair[1]);
  close (listener);
}

#endif
