/* A relay: a process of ours that carries bytes where the kernel can't.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef RELAY_H
# define RELAY_H 1

/* How a relay ends; its process's exit status.  */
enum relay_end
{
  RELAY_DONE,
  RELAY_READ_FAILED,            /* it has said so, unless it was the channel */
  RELAY_WRITE_FAILED
};

/* Copy IN to OUT up to the end of file: relay_input from our standard input
   to a channel, relay_output from a channel to our standard output.  A writer
   without a reader ends by SIGPIPE, as a command would.  Both are for
   struct stage's RELAY.  */
extern int relay_input (int in, int out);
extern int relay_output (int in, int out);

/* The same by reading and writing alone, which leaves the descriptors'
   modes as they are: for a socket that a command has as well.  */
extern int relay_input_shared (int in, int out);
extern int relay_output_shared (int in, int out);

#endif
