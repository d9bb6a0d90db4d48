# socketpipe-tcp-features.m4
# What lib/tcp-features.c asks the kernel for.
#
#   HAVE_DECL_TCP_ULP          put a protocol on top of a TCP socket: Linux
#   HAVE_DECL_IPPROTO_MPTCP    Multipath TCP: Linux
#
# Each is 0 or 1.  Where they are missing, so is the feature.

dnl Copyright (C) 2026 The socketpipe authors.
dnl SPDX-License-Identifier: GPL-3.0-or-later

AC_DEFUN([SOCKETPIPE_TCP_FEATURES],
[
  AC_REQUIRE([gl_USE_SYSTEM_EXTENSIONS])
  AC_CHECK_DECLS([TCP_ULP, IPPROTO_MPTCP], [], [],
    [[#include <sys/types.h>
      #include <sys/socket.h>
      #include <netinet/in.h>
      #include <netinet/tcp.h>]])
])
