/* Connections over several paths at once: Multipath TCP (RFC 8684).
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "multipath.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#if HAVE_DECL_IPPROTO_MPTCP && HAVE_DECL_SOCK_CLOEXEC \
    && HAVE_DECL_SOCK_NONBLOCK

/* The kernel's interface; systems' headers have only parts of it.  */
enum
{
  LEVEL_MPTCP = 284,            /* SOL_MPTCP */
  OPTION_INFO = 1,              /* MPTCP_INFO */
  OPTION_TCPINFO = 2,           /* MPTCP_TCPINFO */
  FLAG_FALLBACK = 1,            /* MPTCP_INFO_FLAG_FALLBACK */
  QUEUE_UNSENT = 0x894b         /* SIOCOUTQNSD */
};

/* struct mptcp_info */
struct info
{
  uint8_t numbers[8];
  uint32_t flags;
  uint32_t token;
  uint64_t write_seq;
  uint64_t snd_una;
  uint64_t rcv_nxt;
  uint8_t more_numbers[4];
  uint32_t retransmits;
  uint64_t bytes_retrans;
  uint64_t bytes_sent;
  uint64_t bytes_received;
  uint64_t bytes_acked;
};

/* struct mptcp_subflow_data, and as much of each struct tcp_info behind it as
   is of interest.  */
enum { SUBFLOWS = 16 };
struct subflows
{
  uint32_t header_size;
  uint32_t count;
  uint32_t kernel_size;
  uint32_t size;
  struct
  {
    uint8_t state;
    uint8_t ca_state;
    uint8_t retransmits;
    uint8_t probes;
    uint32_t numbers[16];
    uint32_t round_trip;
  } each[SUBFLOWS];
};

int
multipath_socket (int family)
{
  return socket (family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
                 IPPROTO_MPTCP);
}

/* Read *INFO of the socket FD.  Return how many bytes of it there are, 0 when
   it is no connection over several paths.  */
static size_t
read_info (int fd, struct info *info)
{
  socklen_t length = sizeof *info;
  memset (info, 0, sizeof *info);
  return (getsockopt (fd, LEVEL_MPTCP, OPTION_INFO, info, &length) == 0
          && !(info->flags & FLAG_FALLBACK) ? length : 0);
}

bool
multipath_agreed (int fd)
{
  struct info info;
  return read_info (fd, &info) != 0;
}

int
multipath_waiting (int fd, int *waiting)
{
  int protocol;
  socklen_t length = sizeof protocol;
  if (getsockopt (fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &length) != 0
      || protocol != IPPROTO_MPTCP || multipath_agreed (fd))
    return 0;
  /* The kernel adds to this what the only path has not acknowledged.  It does
     so for TIOCOUTQ, too, which counts some of it twice.  */
  return ioctl (fd, QUEUE_UNSENT, waiting) == 0 ? 1 : -1;
}

/* Add the counts of each path of FD.  */
static void
take_paths (int fd, struct tcp_meter *meter)
{
  struct subflows paths = {
    .header_size = offsetof (struct subflows, each),
    .size = sizeof paths.each[0]
  };
  socklen_t length = sizeof paths;
  if (getsockopt (fd, LEVEL_MPTCP, OPTION_TCPINFO, &paths, &length) != 0)
    return;
  uint32_t count = paths.count < SUBFLOWS ? paths.count : SUBFLOWS;
  /* The connection is dead only when all its paths are.  */
  meter->unanswered = 0 < count;
  for (uint32_t i = 0; i < count; i++)
    meter->unanswered = (meter->unanswered
                         && (0 < paths.each[i].retransmits
                             || 0 < paths.each[i].probes));
}

int
multipath_meter (int fd, struct tcp_meter *meter, bool exact)
{
  struct info info, again;
  struct pollfd look = { .fd = fd, .events = POLLIN | POLLRDHUP };
  int unread;
  size_t length = read_info (fd, &again);
  if (length == 0)
    return 0;
  if (length < sizeof info)
    {
      errno = ENOTSUP;
      return -1;
    }
  /* As in tcp_meter_read.  */
  int tries = 0;
  do
    {
      info = again;
      if (ioctl (fd, FIONREAD, &unread) != 0 || poll (&look, 1, 0) < 0)
        return -1;
      /* A connection that has fallen back in between has other counts.  */
      if (read_info (fd, &again) == 0)
        {
          errno = EAGAIN;
          return -1;
        }
    }
  while (exact && info.rcv_nxt != again.rcv_nxt && ++tries < 1000);

  memset (meter, 0, sizeof *meter);
  meter->gone = look.revents & POLLHUP;
  meter->end_received = !meter->gone && look.revents & POLLRDHUP;
  meter->unacknowledged = info.write_seq - info.snd_una;
  meter->sent = info.bytes_acked + meter->unacknowledged;
  meter->received = info.bytes_received;
  /* An end of file counts as a byte.  */
  meter->unread = unread - (0 < unread && meter->end_received);
  take_paths (fd, meter);
  return 1;
}

#else

int
multipath_socket (int family)
{
  (void) family;
  errno = ENOTSUP;
  return -1;
}

bool
multipath_agreed (int fd)
{
  (void) fd;
  return false;
}

int
multipath_waiting (int fd, int *waiting)
{
  (void) fd, (void) waiting;
  return 0;
}

int
multipath_meter (int fd, struct tcp_meter *meter, bool exact)
{
  (void) fd, (void) meter, (void) exact;
  return 0;
}

#endif
