/* What joins a stage to a process of ours: a pipe or a local socket.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "data/stage-pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cloexec.h"
#include "ignore-value.h"
#include "socket-unread.h"
#include "splice-relay.h"

#ifndef MSG_NOSIGNAL
# define MSG_NOSIGNAL 0
#endif
#ifndef MSG_DONTWAIT
# define MSG_DONTWAIT 0
#endif

/* Arm the socket OWN, whose other end is STAGE: then a reader meets an error
   unless an end of file was sent.  A stage that writes to its standard input
   fails.  Return 0, or -1 with errno set.  */
static int
arm (int own, int stage)
{
  return write (stage, "", 1) == 1 ? shutdown (own, SHUT_RD) : -1;
}

/* Close PAIR and return -1 with errno as it was.  */
static int
give_up (int pair[2])
{
  int saved = errno;
  close (pair[0]);
  close (pair[1]);
  errno = saved;
  return -1;
}

/* Make PAIR as PIPE says, both blocking.  */
static int
make_pair (int pair[2], enum stage_pipe pipe)
{
  if (pipe == STAGE_PIPE_WRITER)
    return pipe2 (pair, O_CLOEXEC);
  if (pipe == STAGE_PIPE_BLOCKS)
    {
      int both[2];
      if (pipe2 (both, O_CLOEXEC) != 0)
        return -1;
      pair[0] = both[1];
      pair[1] = both[0];
      return 0;
    }
  if (socketpair (AF_UNIX, SOCK_STREAM, 0, pair) != 0)
    return -1;
  if (set_cloexec_flag (pair[0], true) == 0
      && set_cloexec_flag (pair[1], true) == 0
      && (pipe == STAGE_PIPE_FILTER ? shutdown (pair[0], SHUT_WR)
          : arm (pair[0], pair[1])) == 0)
    return 0;
  return give_up (pair);
}

int
stage_pipe_make (int pair[2], enum stage_pipe pipe)
{
  if (make_pair (pair, pipe) != 0)
    return -1;
  int flags = fcntl (pair[0], F_GETFL);
  if (flags < 0 || fcntl (pair[0], F_SETFL, flags | O_NONBLOCK) != 0)
    return give_up (pair);
  /* More room is better, but not necessary.  */
  int room = STAGE_PIPE_ROOM;
  int writer = pair[pipe == STAGE_PIPE_READER ? 0 : 1];
  if (pipe == STAGE_PIPE_WRITER || pipe == STAGE_PIPE_BLOCKS)
    pipe_enlarge (pair[0], STAGE_PIPE_ROOM);
  else
    ignore_value (setsockopt (writer, SOL_SOCKET, SO_SNDBUF, &room,
                              sizeof room));
  return 0;
}

bool
stage_pipe_resets (void)
{
  static int known = -1;
  int pair[2];
  char byte;
  if (known < 0 && make_pair (pair, STAGE_PIPE_READER) == 0)
    {
      close (pair[0]);
      known = read (pair[1], &byte, 1) < 0;
      close (pair[1]);
    }
  return known == 1;
}

/* Discard what can be read from the non-blocking FD.  */
static void
drain (int fd)
{
  char bytes[4096];
  ssize_t got;
  do
    got = read (fd, bytes, sizeof bytes);
  while (0 < got || (got < 0 && errno == EINTR));
}

void
stage_pipe_end_of_file (int fd)
{
  drain (fd);
  shutdown (fd, SHUT_WR);
}

bool
stage_pipe_was_read (int fd)
{
  int error;
  socklen_t length = sizeof error;
  /* This is the error of a connection whose other end was closed with data
     unread.  */
  return getsockopt (fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0
         || error == 0;
}

bool
stage_pipe_tells (void)
{
  static int known = -1;
  int pair[2];
  if (known < 0 && make_pair (pair, STAGE_PIPE_BLOCKS) == 0)
    {
      close (pair[1]);
      known = stage_pipe_closed (pair[0], false);
      close (pair[0]);
    }
  return known == 1;
}

bool
stage_pipe_closed (int own, bool delivered)
{
  /* After the end of file our end is closed in both directions, which looks as
     if the other one were.  Unread data is discarded when the other one is
     closed.  */
  if (delivered)
    return socket_unread (own) <= 0;
  struct pollfd now = { .fd = own, .events = POLLOUT };
  if (poll (&now, 1, 0) == 1 && (now.revents & (POLLERR | POLLHUP)) != 0)
    return true;
  /* A poll that is made of select cannot tell.  */
  return (send (own, "", 0, MSG_DONTWAIT | MSG_NOSIGNAL) < 0
          && errno == EPIPE);
}

void
stage_pipe_stop_writer (int fd, bool socket)
{
  if (socket)
    {
      shutdown (fd, SHUT_RDWR);
      drain (fd);
    }
  close (fd);
}
