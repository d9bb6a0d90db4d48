/* Sockets that are non-blocking and close-on-exec from birth.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef STREAM_SOCKET_H
# define STREAM_SOCKET_H 1

# include <sys/socket.h>

/* Return a new TCP socket of FAMILY, or -1 with errno set.  Where the system
   needs two steps (macOS), a fork by another thread in between would inherit
   it.  */
extern int stream_socket (int family);

/* Accept a connection on the socket FD, as accept does (POSIX), and return
   it, or -1 with errno set.  */
extern int stream_accept (int fd, struct sockaddr *address,
                          socklen_t *length);

#endif
