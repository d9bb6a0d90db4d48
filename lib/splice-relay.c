/* Move bytes between descriptors without taking them into user space.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "splice-relay.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* A pipe that is ready takes as much at once.  */
#ifndef PIPE_BUF
# define PIPE_BUF 512
#endif

#ifndef MSG_NOSIGNAL
# define MSG_NOSIGNAL 0
#endif

ssize_t
splice_move (int in, int out, size_t size)
{
#if HAVE_SPLICE
  return splice (in, NULL, out, NULL, size, SPLICE_F_MOVE);
#else
  (void) in, (void) out, (void) size;
  errno = ENOSYS;
  return -1;
#endif
}

ssize_t
splice_move_now (int in, int out, size_t size)
{
#if HAVE_SPLICE
  return splice (in, NULL, out, NULL, size,
                 SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
#else
  return splice_move (in, out, size);
#endif
}

bool
splice_is_impossible (int error)
{
  return (error == EINVAL || error == ENOSYS || error == EOPNOTSUPP
          || error == EPERM);
}

ssize_t
write_now (int fd, void const *bytes, size_t size)
{
#ifdef MSG_DONTWAIT
  ssize_t sent = send (fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (0 <= sent || errno != ENOTSOCK)
    return sent;
#endif
  return write (fd, bytes, size < PIPE_BUF ? size : PIPE_BUF);
}

ssize_t
pipe_contents (int fd)
{
#ifdef FIONREAD
  int count;
  if (ioctl (fd, FIONREAD, &count) == 0)
    return count;
#else
  (void) fd;
#endif
  return -1;
}

int
splice_prepare (int fd)
{
#if HAVE_SPLICE
  int flags = fcntl (fd, F_GETFL);
  return flags < 0 ? -1 : fcntl (fd, F_SETFL, flags | O_NONBLOCK);
#else
  (void) fd;
  return 0;
#endif
}

void
pipe_enlarge (int fd, int size)
{
#if HAVE_SPLICE && defined F_SETPIPE_SZ
  /* Above the user's limit for pipe memory, or no pipe: it stays as it is.  */
  if (fcntl (fd, F_SETPIPE_SZ, size) < 0)
    return;
#else
  (void) fd, (void) size;
#endif
}
