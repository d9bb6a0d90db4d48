/* The segment size of a TCP connection.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef TCP_SEGMENT_H
# define TCP_SEGMENT_H 1

/* Return how many bytes of data a full packet of the connected socket FD
   has, or -1 with errno set.  */
extern int tcp_segment_size (int fd);

/* Make the socket FD, which is not connected yet, send at most SIZE bytes in a
   packet, and ask the other end for the same.  Return 0, or -1 with errno
   set.  */
extern int tcp_segment_limit (int fd, int size);

#endif
