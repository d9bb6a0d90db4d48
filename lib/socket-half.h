/* The direction of a socket that a one-way stream does not use.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SOCKET_HALF_H
# define SOCKET_HALF_H 1

# include <stdbool.h>

/* Let every process that reads from the stream socket FD, a TCP connection or
   a local one, meet an end of file: the command that writes to it may read its
   own standard output, as dd does with seek=, and would wait for ever.
   Writing goes on as before.  Cannot be undone, and does nothing where the
   system would then break the connection.  Never fails.

   What the other end writes is still received, until its window is full, so
   drain the socket before its last close.  And from now on what a poll of FD
   says about reading (POLLIN, POLLRDHUP) says nothing about the other end.

   On Linux a connection of which the writing half was shut down while there
   was still something to be acknowledged is reset by whatever the other end
   writes until it is; without this function it is not.  So where that is to be
   excluded, shut it down when all has been acknowledged.  */
extern void socket_stop_reading (int fd);

/* Read away what has arrived at the stream socket FD, without waiting: the
   last close of a TCP connection makes a reset, and not an end of file, when
   there is something unread.  Takes at most 4 MiB at a time, which is more
   than a receive buffer has that nothing is read from, so that an end that
   never stops writing does not keep us.  Return whether nothing was left.  An
   error that is waiting on the socket is taken away as well (SO_ERROR).  */
extern bool socket_drain (int fd);

#endif
