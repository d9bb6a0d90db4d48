# socketpipe-keepalive.m4
# The socket options that say how soon and how often keepalive probes go out.
#
#   HAVE_DECL_TCP_KEEPIDLE     seconds of silence before the first probe
#   HAVE_DECL_TCP_KEEPALIVE    the same on macOS
#   HAVE_DECL_TCP_KEEPINTVL    seconds between probes
#   HAVE_DECL_TCP_KEEPCNT      probes before the connection is given up
#
# Each is 0 or 1.  Without them (OpenBSD) the system's own pace holds.

dnl Copyright (C) 2026 The socketpipe authors.
dnl SPDX-License-Identifier: GPL-3.0-or-later

AC_DEFUN([SOCKETPIPE_KEEPALIVE],
[
  AC_REQUIRE([gl_USE_SYSTEM_EXTENSIONS])
  AC_CHECK_DECLS(
    [TCP_KEEPIDLE, TCP_KEEPALIVE, TCP_KEEPINTVL, TCP_KEEPCNT], [], [],
    [[#include <sys/types.h>
      #include <sys/socket.h>
      #include <netinet/in.h>
      #include <netinet/tcp.h>]])
])
