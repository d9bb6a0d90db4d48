/* The direction of a socket that a one-way stream does not use.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SOCKET_HALF_H
# define SOCKET_HALF_H 1

# include <stdbool.h>

/* Make every read from the stream socket FD, a TCP connection or a local one,
   return end of file: the command that writes to it may read its own standard
   output, as dd does with seek=, and would wait forever.  Writing is not
   affected.  This cannot be undone, and has no effect where the system would
   then break the connection.  Never fails.

   Data of the other end is still received, until its window is full, so drain
   the socket before its last close.  And from now on a poll of FD for reading
   (POLLIN, POLLRDHUP) shows nothing about the other end.

   On Linux, if the writing half of such a connection is shut down while data
   is unacknowledged, any data that the other end writes before the
   acknowledgement resets it; without this function it does not.  To exclude
   that, shut it down when everything has been acknowledged.  */
extern void socket_stop_reading (int fd);

/* Drain the stream socket FD, without waiting: the last close of a TCP
   connection with unread data makes a reset, and not an end of file.  At most
   4 MiB are read at a time, which is more than a receive buffer holds that
   nothing is read from, so that an end that never stops writing does not delay
   the caller.  Return whether nothing was left.  A pending error of the socket
   (SO_ERROR) is cleared as well.  */
extern bool socket_drain (int fd);

#endif
