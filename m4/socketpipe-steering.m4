# socketpipe-steering.m4
# What the kernel can be told about how to send and to deliver.
#
#   HAVE_DECL_SO_MAX_PACING_RATE    no faster than a rate: Linux
#   HAVE_DECL_SO_RCVLOWAT           no less than an amount: POSIX
#   HAVE_DECL_TCP_CONGESTION        by this congestion control: Linux, FreeBSD
#   HAVE_DECL_IP_TOS                packets marked for routers, IPv4: all
#   HAVE_DECL_IPV6_TCLASS           likewise, IPv6: RFC 3542
#
# Each is 0 or 1.  Where one is missing, lib/socket-pace.c, socket-low-water.c,
# tcp-congestion.c or socket-dscp.c says so.

dnl Copyright (C) 2026 The socketpipe authors.
dnl SPDX-License-Identifier: GPL-3.0-or-later

AC_DEFUN([SOCKETPIPE_STEERING],
[
  AC_REQUIRE([gl_USE_SYSTEM_EXTENSIONS])
  AC_CHECK_DECLS([SO_MAX_PACING_RATE, SO_RCVLOWAT, TCP_CONGESTION, IP_TOS,
      IPV6_TCLASS], [], [],
    [[#include <sys/types.h>
      #include <sys/socket.h>
      #include <netinet/in.h>
      #include <netinet/ip.h>
      #include <netinet/tcp.h>]])
])
