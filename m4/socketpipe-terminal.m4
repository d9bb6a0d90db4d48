# socketpipe-terminal.m4
# How wide the window of a terminal is.
#
#   HAVE_DECL_TIOCGWINSZ    0 or 1; in <sys/ioctl.h>, or in <termios.h> as on
#                           illumos
#
# Without it lib/terminal.c says nothing.

dnl Copyright (C) 2026 The socketpipe authors.
dnl SPDX-License-Identifier: GPL-3.0-or-later

AC_DEFUN([SOCKETPIPE_TERMINAL],
[
  AC_REQUIRE([gl_USE_SYSTEM_EXTENSIONS])
  AC_CHECK_DECLS([TIOCGWINSZ], [], [],
    [[#include <sys/types.h>
      #include <sys/ioctl.h>
      #include <termios.h>]])
])
