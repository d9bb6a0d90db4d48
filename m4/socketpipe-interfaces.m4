# socketpipe-interfaces.m4
# How to list the addresses of this host's network interfaces.
#
#   HAVE_GETIFADDRS    getifaddrs of <ifaddrs.h>: all current systems, though
#                      not POSIX
#
# Without it lib/interfaces.c looks up the host's own name.

dnl Copyright (C) 2026 The socketpipe authors.
dnl SPDX-License-Identifier: GPL-3.0-or-later

AC_DEFUN([SOCKETPIPE_INTERFACES],
[
  AC_REQUIRE([gl_USE_SYSTEM_EXTENSIONS])
  AC_REQUIRE([gl_SOCKETLIB])
  dnl On Solaris it is in the library of the socket functions, which gnulib
  dnl finds, and which we link anyway.
  socketpipe_saved_LIBS=$LIBS
  LIBS="$LIBSOCKET $LIBS"
  AC_CHECK_FUNCS([getifaddrs])
  LIBS=$socketpipe_saved_LIBS
])
