# socketpipe-child-usage.m4
# What a child that has ended took of the processor and of the memory.
#
#   HAVE_WAIT4    wait4, which tells it of one child: BSDs, Linux, macOS,
#                 illumos
#
# Without it lib/child-usage.c takes the difference that the child makes in
# what all of them have taken (POSIX getrusage), which knows nothing of memory.

dnl Copyright (C) 2026 The socketpipe authors.
dnl SPDX-License-Identifier: GPL-3.0-or-later

AC_DEFUN([SOCKETPIPE_CHILD_USAGE],
[
  AC_REQUIRE([gl_USE_SYSTEM_EXTENSIONS])
  AC_CHECK_FUNCS([wait4])
])
