/* Sockets that are non-blocking and close-on-exec from birth.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "stream-socket.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#if !(HAVE_DECL_SOCK_CLOEXEC && HAVE_DECL_SOCK_NONBLOCK && HAVE_ACCEPT4)
/* Give the socket FD, or -1, its flags.  Return FD, or -1 with errno set and
   the socket closed.  */
static int
set_flags (int fd)
{
  if (fd < 0)
    return -1;
  int flags = fcntl (fd, F_GETFL);
  if (0 <= flags && fcntl (fd, F_SETFL, flags | O_NONBLOCK) == 0
      && fcntl (fd, F_SETFD, FD_CLOEXEC) == 0)
    return fd;
  int saved = errno;
  close (fd);
  errno = saved;
  return -1;
}
#endif

int
stream_socket (int family)
{
#if HAVE_DECL_SOCK_CLOEXEC && HAVE_DECL_SOCK_NONBLOCK && HAVE_ACCEPT4
  return socket (family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
#else
  return set_flags (socket (family, SOCK_STREAM, 0));
#endif
}

int
stream_accept (int fd, struct sockaddr *address, socklen_t *length)
{
#if HAVE_DECL_SOCK_CLOEXEC && HAVE_DECL_SOCK_NONBLOCK && HAVE_ACCEPT4
  return accept4 (fd, address, length, SOCK_CLOEXEC | SOCK_NONBLOCK);
#else
  return set_flags (accept (fd, address, length));
#endif
}
