/* Make the kernel detect that the other end of a connection is gone.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "tcp-keepalive.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

/* The option that bounds the retransmission back-off (Linux 6.15) is
   younger than most systems' headers.  */
#if defined __linux__ && !defined TCP_RTO_MAX_MS
# define TCP_RTO_MAX_MS 44
#endif

#if HAVE_DECL_TCP_KEEPIDLE || HAVE_DECL_TCP_KEEPALIVE \
    || HAVE_DECL_TCP_KEEPINTVL || HAVE_DECL_TCP_KEEPCNT \
    || defined TCP_RTO_MAX_MS
/* Set a TCP option that may fail: an old kernel keeps its own timing.  */
static void
try_option (int fd, int option, int value)
{
  if (setsockopt (fd, IPPROTO_TCP, option, &value, sizeof value) != 0)
    return;
}
#endif

int
tcp_keepalive (int fd, int idle, int interval, int count, int longest)
{
  int on = 1;
  if (setsockopt (fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on) != 0)
    return -1;
#if HAVE_DECL_TCP_KEEPIDLE
  try_option (fd, TCP_KEEPIDLE, idle);
#elif HAVE_DECL_TCP_KEEPALIVE
  /* The same thing under macOS's name.  */
  try_option (fd, TCP_KEEPALIVE, idle);
#endif
#if HAVE_DECL_TCP_KEEPINTVL
  try_option (fd, TCP_KEEPINTVL, interval);
#endif
#if HAVE_DECL_TCP_KEEPCNT
  try_option (fd, TCP_KEEPCNT, count);
#endif
#ifdef TCP_RTO_MAX_MS
  try_option (fd, TCP_RTO_MAX_MS, longest * 1000);
#endif
  (void) idle, (void) interval, (void) count, (void) longest;
  return 0;
}
