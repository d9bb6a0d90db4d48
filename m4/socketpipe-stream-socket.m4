# socketpipe-stream-socket.m4
# Sockets that get their flags in one step.
#
#   HAVE_DECL_SOCK_CLOEXEC, HAVE_DECL_SOCK_NONBLOCK    0 or 1
#   HAVE_ACCEPT4                                       defined or not
#
# macOS and old systems have none of them.

dnl Copyright (C) 2026 The socketpipe authors.
dnl SPDX-License-Identifier: GPL-3.0-or-later

AC_DEFUN([SOCKETPIPE_STREAM_SOCKET],
[
  AC_REQUIRE([gl_USE_SYSTEM_EXTENSIONS])
  AC_CHECK_DECLS([SOCK_CLOEXEC, SOCK_NONBLOCK], [], [],
    [[#include <sys/types.h>
      #include <sys/socket.h>]])
  AC_CHECK_FUNCS([accept4])
])
