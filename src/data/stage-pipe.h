/* What joins a stage to a process of ours: a pipe or a local socket.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Where something of ours stands between a connection and a stage (the
   mux, or the relays of a chain), the stage has one of these.

   A stage that reads has a local socket, armed to be reset as a connection
   between hosts is: when it is closed in any way but by
   stage_pipe_end_of_file, be it by our sudden death, the stage meets an error
   and no end of file.  The means is a byte that came from its side and was
   never read, which the kernel takes for lost data (Linux; where it does not,
   the owner has to end the stage before the socket is closed: see
   stage_pipe_resets).  A reader that gets full blocks by means of a pipe has
   no such protection.

   A stage that writes has a pipe, which takes the least time, if it is a
   command and none of its input comes through us.  Else it has a local socket:
   on Linux a process that moves its input to a pipe inside the kernel (splice,
   sendfile) keeps that pipe locked while it waits for input, and any other
   process that uses the pipe waits with it, and cannot even be killed.  If the
   other process is ours and the input comes through us, the wait never ends;
   if a relay of ours moves the user's standard input, it ends when the user
   likes.  */

#ifndef STAGE_PIPE_H
# define STAGE_PIPE_H 1

# include <stdbool.h>

/* How a stage is joined.  */
enum stage_pipe
{
  STAGE_PIPE_READER,            /* it reads: a socket */
  STAGE_PIPE_BLOCKS,            /* it reads: a pipe for full blocks */
  STAGE_PIPE_WRITER,            /* it writes, without input from us: a pipe */
  STAGE_PIPE_FILTER             /* it writes, with input from us, or is a
                                   relay: a socket */
};

/* How much a stage pipe is to hold, where the system lets it be set.  */
enum { STAGE_PIPE_ROOM = 1024 * 1024 };

/* Make the two descriptors that join a stage as PIPE says: PAIR[0] is our
   end, non-blocking, PAIR[1] the stage's, blocking; both are close-on-exec.
   A stage that reads from its writing end gets the end of file where that is
   a socket.  Return 0, or -1 with errno set.  */
extern int stage_pipe_make (int pair[2], enum stage_pipe pipe);

/* Return whether a reader that has a socket meets an error when our end is
   closed.  */
extern bool stage_pipe_resets (void);

/* Let the reader with STAGE_PIPE_READER, whose pipe has FD as our end, meet
   its end of file, behind what has been written.  FD stays open: it tells
   stage_pipe_closed and stage_pipe_was_read.  */
extern void stage_pipe_end_of_file (int fd);

/* The reader that was given its end of file is over: return whether, as far
   as the system tells, it left nothing of what there was.  */
extern bool stage_pipe_was_read (int fd);

/* Return whether nothing reads any more what our end OWN of a reader's pipe
   was given.  Until the end of file has been DELIVERED: no process has the
   stage's end.  After that: nothing is left to be read, because it has been
   read or no process has the stage's end; or the system cannot tell.  Takes
   nothing from OWN that stage_pipe_was_read needs.  */
extern bool stage_pipe_closed (int own, bool delivered);

/* Return whether stage_pipe_closed ever tells of STAGE_PIPE_BLOCKS that it is
   closed: a poll that is made of select does not.  */
extern bool stage_pipe_tells (void);

/* Close our end FD of the pipe of a stage that writes; SOCKET says that it is
   STAGE_PIPE_FILTER.  The stage meets SIGPIPE, as with a pipe, and no reset
   because of what it wrote.  (A write that is waiting for room in a local
   socket fails with EPIPE alone on Linux; the next one brings the signal.)  */
extern void stage_pipe_stop_writer (int fd, bool socket);

#endif
