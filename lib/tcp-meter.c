/* The kernel's counts of a TCP connection.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "tcp-meter.h"

#include <errno.h>
#include <stddef.h>
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

/* Return whether the LENGTH bytes that the kernel gave reach to the end of
   MEMBER.  */
# define KNOWN(Member, Length) \
   (offsetof (struct tcp_info, Member) \
    + sizeof ((struct tcp_info *) NULL)->Member <= (Length))

static bool distrusted;

void
tcp_meter_distrust (void)
{
  distrusted = true;
}

/* Read into *INFO, and set *LENGTH to how much of it this kernel fills in.  */
static int
read_info (int fd, struct tcp_info *info, socklen_t *length)
{
  *length = sizeof *info;
  memset (info, 0, sizeof *info);
  if (getsockopt (fd, IPPROTO_TCP, TCP_INFO, info, length) != 0)
    return -1;
  if (KNOWN (tcpi_bytes_acked, *length)
      && KNOWN (tcpi_bytes_received, *length))
    return 0;
  /* The kernel is older than the header.  */
  errno = ENOTSUP;
  return -1;
}

/* Set *UNREAD to how many bytes have arrived on the connection FD and not yet
   been read.  Return 0, or -1 with errno set.  */
static int
count_unread (int fd, int *unread)
{
  return ioctl (fd, FIONREAD, unread);
}

/* Set *WAITING to how many bytes were written to the connection FD and not yet
   acknowledged.  Return 0, or -1 with errno set.  */
static int
count_waiting (int fd, int *waiting)
{
  int multipath = multipath_waiting (fd, waiting);
  return (multipath != 0 ? (multipath < 0 ? -1 : 0)
          : ioctl (fd, TIOCOUTQ, waiting));
}

/* Copy to *METER what the LENGTH bytes of *INFO hold besides the counts.  */
static void
take_accounts (struct tcp_meter *meter, struct tcp_info const *info,
               size_t length)
{
  meter->round_trip = info->tcpi_rtt;
# if HAVE_TCP_INFO_BYTES_RETRANS
  if (KNOWN (tcpi_bytes_retrans, length))
    {
      meter->retransmitted_known = true;
      meter->retransmitted = info->tcpi_bytes_retrans;
    }
# endif
# if HAVE_TCP_INFO_BUSY_TIME
  if (KNOWN (tcpi_sndbuf_limited, length))
    {
      meter->waits_known = true;
      meter->busy = info->tcpi_busy_time;
      meter->window_limited = info->tcpi_rwnd_limited;
      meter->buffer_limited = info->tcpi_sndbuf_limited;
    }
# endif
  (void) length;
}

/* Fill in *METER from *INFO, of LENGTH bytes, and the numbers of bytes that
   are WAITING and UNREAD.  */
static void
take_reading (struct tcp_meter *meter, struct tcp_info const *info,
              size_t length, int waiting, int unread)
{
  memset (meter, 0, sizeof *meter);
  meter->end_received = (info->tcpi_state == STATE_CLOSE_WAIT
                         || info->tcpi_state == STATE_LAST_ACK
                         || info->tcpi_state == STATE_CLOSING);
  /* An end of file counts as a byte.  */
  bool end_sent = (info->tcpi_state == STATE_FIN_WAIT1
                   || info->tcpi_state == STATE_FIN_WAIT2
                   || info->tcpi_state == STATE_TIME_WAIT
                   || info->tcpi_state == STATE_LAST_ACK
                   || info->tcpi_state == STATE_CLOSING);
  meter->sent = info->tcpi_bytes_acked + waiting - end_sent;
  meter->unacknowledged = waiting;
  meter->received = info->tcpi_bytes_received - meter->end_received;
  meter->unread = unread;
  meter->gone = info->tcpi_state == STATE_CLOSE;
  meter->unanswered = 0 < info->tcpi_retransmits || 0 < info->tcpi_probes;
  take_accounts (meter, info, length);
}

/* If FD uses several paths, of which TCP_INFO would show only the first, read
   *METER, EXACTly or at a glance.  Return as multipath_meter does.  */
static int
read_multipath (int fd, struct tcp_meter *meter, bool exact)
{
  if (!distrusted)
    return multipath_meter (fd, meter, exact);
  errno = ENOTSUP;
  return -1;
}

int
tcp_meter_read (int fd, struct tcp_meter *meter)
{
  struct tcp_info info, again;
  socklen_t length;
  int waiting, unread;
  int multipath = read_multipath (fd, meter, true);
  if (multipath != 0)
    return multipath < 0 ? -1 : 0;

  /* The queues are read by other calls than the counts; an acknowledgement
     or a segment that comes in between would be counted twice or not at
     all, so take the first reading between two equal ones.  */
  if (read_info (fd, &again, &length) != 0)
    return -1;
  int tries = 0;
  do
    {
      info = again;
      if (count_waiting (fd, &waiting) != 0 || count_unread (fd, &unread) != 0
          || read_info (fd, &again, &length) != 0)
        return -1;
    }
  while ((info.tcpi_bytes_acked != again.tcpi_bytes_acked
          || info.tcpi_bytes_received != again.tcpi_bytes_received
          || info.tcpi_state != again.tcpi_state)
         && ++tries < 1000);
  take_reading (meter, &info, length, waiting, unread);
  return 0;
}

int
tcp_meter_glance (int fd, struct tcp_meter *meter)
{
  struct tcp_info info;
  socklen_t length;
  int waiting, unread;
  int multipath = read_multipath (fd, meter, false);
  if (multipath != 0)
    return multipath < 0 ? -1 : 0;
  /* In this order neither a reader nor an acknowledgement can make a count
     less than what it was.  */
  if (count_unread (fd, &unread) != 0 || read_info (fd, &info, &length) != 0
      || count_waiting (fd, &waiting) != 0)
    return -1;
  take_reading (meter, &info, length, waiting, unread);
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

int
tcp_meter_glance (int fd, struct tcp_meter *meter)
{
  return tcp_meter_read (fd, meter);
}

void
tcp_meter_distrust (void)
{
}

#endif
