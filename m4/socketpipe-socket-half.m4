# socketpipe-socket-half.m4
# Whether reading from a socket can be shut down alone.
#
#   HAVE_SHUT_RD    shutdown (fd, SHUT_RD) leaves the other direction alone:
#                   everywhere but on Cygwin, where what arrives after it
#                   makes a reset, as Windows has it
#
# Without it lib/socket-half.c does nothing, and a command that reads its own
# standard output waits.

dnl Copyright (C) 2026 The socketpipe authors.
dnl SPDX-License-Identifier: GPL-3.0-or-later

AC_DEFUN([SOCKETPIPE_SOCKET_HALF],
[
  AC_REQUIRE([AC_CANONICAL_HOST])
  AC_CACHE_CHECK([whether sockets can be shut down for reading alone],
    [socketpipe_cv_shut_rd],
    [case $host_os in
       cygwin* | mingw* | msys*) socketpipe_cv_shut_rd=no ;;
       *) socketpipe_cv_shut_rd=yes ;;
     esac])
  if test $socketpipe_cv_shut_rd = yes; then
    AC_DEFINE([HAVE_SHUT_RD], [1],
      [Define to 1 if a socket that is shut down for reading can still be
       written to, whatever arrives.])
  fi
])
