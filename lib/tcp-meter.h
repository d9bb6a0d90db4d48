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

  /* The smoothed round trip time, in us; 0 = not known.  */
  uint64_t round_trip;
  /* Bytes that were sent again, unless the system does not count them.  */
  bool retransmitted_known;
  uint64_t retransmitted;
  /* For how many us there was something on its way (BUSY); and of these, how
     long the window of the other end, or the room for what is sent here, was
     all that held it up.  These are the writing end's, unless the system does
     not keep such accounts.  */
  bool waits_known;
  uint64_t busy;
  uint64_t window_limited;
  uint64_t buffer_limited;
};

/* Read the meter of the TCP socket FD into *METER, without touching the
   socket's pending error.  Return 0, or -1 with errno set: ENOTSUP where the
   system has no such counts, or tcp_meter_distrust has been called; another
   one where it does not give one of them now.  */
extern int tcp_meter_read (int fd, struct tcp_meter *meter);

/* The same at a glance: where bytes are moving, the counts may be of moments
   that are a little apart.  This costs no more than a few system calls.  */
extern int tcp_meter_glance (int fd, struct tcp_meter *meter);

/* A reading lacked bytes that have gone through: this system only seems to
   have such counts (gVisor answers with zeros).  From now on there are none
   in this process and its children.  */
extern void tcp_meter_distrust (void);

#endif
