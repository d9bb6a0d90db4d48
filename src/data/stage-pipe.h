/* What joins a stage to a process of ours: a pipe or a local socket.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   A stage has one where the mux, or a relay chain, is between its connection
   and itself.

   A stage that reads has a local socket, armed to be reset as a connection
   between hosts is: when it is closed in any way other than by
   stage_pipe_end_of_file, for example by our sudden death, the stage meets an
   error and no end of file.  This is done by a byte that was sent from the
   stage's side and never read, which the kernel considers lost data (Linux;
   where it does not, the owner has to end the stage before the socket is
   closed: see stage_pipe_resets).  A reader that gets full blocks through a
   pipe has no such protection.

   A stage that writes has a pipe, which is the fastest, if it is a command and
   none of its input comes through us.  Else it has a local socket: on Linux a
   process that moves its input to a pipe inside the kernel (splice, sendfile)
   keeps that pipe locked while it waits for input, and any other process that
   uses the pipe waits with it, and cannot be killed.  If the other process is
   ours and the input comes through us, the wait never ends; if a relay moves
   the user's standard input, it ends only with the user's next input.  */

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

/* The capacity of a stage pipe, where the system lets it be set.  */
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

/* The reader that was given its end of file is over: return whether, as far as
   the system tells, it left nothing unread.  */
extern bool stage_pipe_was_read (int fd);

/* Return whether a reader's pipe, of which OWN is our end, has no reader any
   more.  Until the end of file has been DELIVERED: no process has the stage's
   end.  After that: nothing is left to be read, because it has been read or no
   process has the stage's end; or the system cannot tell.  It consumes nothing
   from OWN that stage_pipe_was_read needs.  */
extern bool stage_pipe_closed (int own, bool delivered);

/* Return whether stage_pipe_closed can tell that STAGE_PIPE_BLOCKS is closed:
   a poll that is made of select cannot.  */
extern bool stage_pipe_tells (void);

/* Close our end FD of the pipe of a stage that writes; SOCKET says that it is
   STAGE_PIPE_FILTER.  The stage meets SIGPIPE, as with a pipe, and no reset
   because of what it wrote.  (A write that is waiting for room in a local
   socket fails with EPIPE alone on Linux; the next one brings the signal.)  */
extern void stage_pipe_stop_writer (int fd, bool socket);

#endif
