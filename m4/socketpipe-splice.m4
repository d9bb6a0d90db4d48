# socketpipe-splice.m4
# How bytes go from one descriptor to another without a copy in user space.
#
#   HAVE_SPLICE    splice, to or from a pipe (Linux)
#
# Without it lib/splice-relay.c reads and writes.

dnl Copyright (C) 2026 The socketpipe authors.
dnl SPDX-License-Identifier: GPL-3.0-or-later

AC_DEFUN([SOCKETPIPE_SPLICE],
[
  AC_REQUIRE([gl_USE_SYSTEM_EXTENSIONS])
  AC_CHECK_FUNCS([splice])
])
