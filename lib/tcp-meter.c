/* What the kernel knows about a TCP connection.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "tcp-meter.h"

#include <errno.h>
#include <string.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "multipath.h"

/* The GNU C library's own struct tcp_info stops before the byte counts, so
   the kernel's header is preferred; the two cannot be included together.  */
#if HAVE_LINUX_TCP_INFO_BYTES_ACKED
# include <linux/tcp.h>
#elif HAVE_STRUCT_TCP_INFO_TCPI_BYTES_ACKED
# include <netinet/tcp.h>
#endif

#if (HAVE_LINUX_TCP_INFO_BYTES_ACKED \
     || HAVE_STRUCT_TCP_INFO_TCPI_BYTES_ACKED)

/* The kernel's numbers of states; <linux/tcp.h> does not give them.  */
enum
{
  STATE_FIN_WAIT1 = 4,
  STATE_FIN_WAIT2 = 5,
  STATE_TIME_WAIT = 6,
  STATE_CLOSE = 7,
  STATE_CLOSE_WAIT = 8,
  STATE_LAST_ACK = 9,
  STATE_CLOSING = 11
};

static int
read_info (int fd, struct tcp_info *info)
{
  socklen_t length = sizeof *info;
  memset (info, 0, sizeof *info);
  return getsockopt (fd, IPPROTO_TCP, TCP_INFO, info, &length);
}

int
tcp_meter_read (int fd, struct tcp_meter *meter)
{
  struct tcp_info info, again;
  int waiting, unread;
  /* Of several paths, this would show the first.  */
  int multipath = multipath_meter (fd, meter);
  if (multipath != 0)
    return multipath < 0 ? -1 : 0;

  /* The queues are read by other calls than the counts; an acknowledgement
     or a segment that comes in between would be counted twice or not at
     all, so take the first reading between two equal ones.  */
  if (read_info (fd, &again) != 0)
    return -1;
  int tries = 0;
  do
    {
      info = again;
      if (ioctl (fd, TIOCOUTQ, &waiting) != 0)
        waiting = 0;
      if (ioctl (fd, FIONREAD, &unread) != 0)
        unread = 0;
      if (read_info (fd, &again) != 0)
        return -1;
    }
  while ((info.tcpi_bytes_acked != again.tcpi_bytes_acked
          || info.tcpi_bytes_received != again.tcpi_bytes_received
          || info.tcpi_state != again.tcpi_state)
         && ++tries < 1000);

  meter->end_received = (info.tcpi_state == STATE_CLOSE_WAIT
                         || info.tcpi_state == STATE_LAST_ACK
                         || info.tcpi_state == STATE_CLOSING);
  /* An end of file counts as a byte.  */
  bool end_sent = (info.tcpi_state == STATE_FIN_WAIT1
                   || info.tcpi_state == STATE_FIN_WAIT2
                   || info.tcpi_state == STATE_TIME_WAIT
                   || info.tcpi_state == STATE_LAST_ACK
                   || info.tcpi_state == STATE_CLOSING);
  meter->sent = info.tcpi_bytes_acked + waiting - end_sent;
  meter->unacknowledged = waiting;
  meter->received = info.tcpi_bytes_received - meter->end_received;
  meter->unread = unread;
  meter->gone = info.tcpi_state == STATE_CLOSE;
  meter->unanswered = 0 < info.tcpi_retransmits || 0 < info.tcpi_probes;
  return 0;
}

#else

int
tcp_meter_read (int fd, struct tcp_meter *meter)
{
  (void) fd;
  memset (meter, 0, sizeof *meter);
  errno = ENOTSUP;
  return -1;
}

#endif
