/* What joins a stage to a process of ours: a pipe or a local socket.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Where something of ours stands between a connection and a stage (the
   mux, or the relays of a chain), the stage has one of these.  A command
   that writes has a pipe, which takes the least time.  A stage that reads has
   a local socket, armed to be reset as a connection between hosts is: when it
   is closed in any way but by stage_pipe_end_of_file, be it by our sudden death,
   the stage meets an error and no end of file.  The means is a byte that came
   from its side and was never read, which the kernel takes for lost data
   (Linux; where it does not, the owner has to end the stage before the socket
   is closed: see stage_pipe_resets).  A relay that writes has a local socket as
   well: on Linux one who splices to a pipe keeps it locked while he waits for
   his other side, and who reads from it waits with him.  A reader that gets
   full blocks by means of a pipe has no such protection.  */

#ifndef STAGE_PIPE_H
# define STAGE_PIPE_H 1

# include <stdbool.h>

/* How a stage is joined.  */
enum stage_pipe
{
  STAGE_PIPE_READER,
  STAGE_PIPE_BLOCKS,                 /* the reader, by a pipe for full blocks */
  STAGE_PIPE_COMMAND,                /* the writer, a command */
  STAGE_PIPE_RELAY                   /* the writer, which may splice */
};

/* How much a stage pipe is to hold, where the system lets it be set.  */
enum { STAGE_PIPE_ROOM = 1024 * 1024 };

/* Make the two descriptors that join a stage as JOINT says: PAIR[0] is our
   end, non-blocking, PAIR[1] the stage's, blocking; both are close-on-exec.
   Return 0, or -1 with errno set.  */
extern int stage_pipe_make (int pair[2], enum stage_pipe pipe);

/* Return whether a reader meets an error when our end is closed, but one that
   has a pipe.  */
extern bool stage_pipe_resets (void);

/* Let the reader with STAGE_PIPE_READER, whose pipe has FD as our end, meet its
   end of file, behind what has been written.  FD stays open: it tells
   stage_pipe_was_read.  */
extern void stage_pipe_end_of_file (int fd);

/* The reader that was given its end of file is over: return whether, as far
   as the system tells, it left nothing of what there was.  */
extern bool stage_pipe_was_read (int fd);

/* Throw away what the non-blocking FD has for us.  */
extern void stage_pipe_drain (int fd);

#endif
