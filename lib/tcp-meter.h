/* What the kernel knows about a TCP connection.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef TCP_METER_H
# define TCP_METER_H 1

# include <stdbool.h>
# include <stdint.h>

/* One reading.  */
struct tcp_meter
{
  /* Bytes that the writer put in: acknowledged ones and those on their way;
     on the end that connected, one more for its SYN.  */
  uint64_t sent;
  /* Of these, the bytes that the other end's kernel has not acknowledged; an
     end of file that is on its way counts as one.  */
  uint64_t unacknowledged;
  /* Bytes that arrived, in order, read by somebody or not.  */
  uint64_t received;
  /* Of these, the bytes that nobody has read yet.  */
  uint64_t unread;
  /* The other end's end of file has arrived.  */
  bool end_received;
  /* The connection is gone: reset, timed out or closed by both ends.  */
  bool gone;
  /* Segments or probes went out again, and nothing has come back since.  */
  bool unanswered;
};

/* Read the meter of the TCP socket FD into *METER, without touching the
   socket's pending error.  Return 0, or -1 with errno set: ENOTSUP where the
   system has no such counts.  */
extern int tcp_meter_read (int fd, struct tcp_meter *meter);

#endif
