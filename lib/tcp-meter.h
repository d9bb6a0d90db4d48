/* The kernel's counts of a TCP connection.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef TCP_METER_H
# define TCP_METER_H 1

# include <stdbool.h>
# include <stdint.h>

/* One reading.  */
struct tcp_meter
{
  /* Bytes that the writer wrote: acknowledged and in flight; at the end that
     connected, one more for its SYN.  */
  uint64_t sent;
  /* Of these, the bytes that the other end's kernel has not acknowledged; an
     end of file in flight counts as one.  */
  uint64_t unacknowledged;
  /* Bytes that arrived in order, read or not.  */
  uint64_t received;
  /* Of these, the bytes that are not read yet.  */
  uint64_t unread;
  /* The other end's end of file has arrived.  */
  bool end_received;
  /* The connection is gone: reset, timed out or closed by both ends.  */
  bool gone;
  /* Segments or probes were sent again without an answer since.  */
  bool unanswered;

  /* The smoothed round trip time, in us; 0 = not known.  */
  uint64_t round_trip;
  /* Bytes that were sent again, unless the system does not count them.  */
  bool retransmitted_known;
  uint64_t retransmitted;
  /* For how many us data was in flight (BUSY); and of these, for how long only
     the window of the other end, or the room in the send queue here, was the
     limit.  These are the writing end's, if the system keeps such
     accounts.  */
  bool waits_known;
  uint64_t busy;
  uint64_t window_limited;
  uint64_t buffer_limited;
};

/* Read the meter of the TCP socket FD into *METER, without touching the
   socket's pending error.  Return 0, or -1 with errno set: ENOTSUP where the
   system has no such counts, or tcp_meter_distrust has been called; another
   error where one of them cannot be read now.  */
extern int tcp_meter_read (int fd, struct tcp_meter *meter);

/* The same at a glance: where bytes are moving, the counts may be of moments
   that are a little apart.  This costs a few system calls only.  */
extern int tcp_meter_glance (int fd, struct tcp_meter *meter);

/* To be called when a reading lacked bytes that had passed: this system only
   seems to have such counts (gVisor answers with zeros).  From now on this
   process and its children use none.  */
extern void tcp_meter_distrust (void);

#endif
