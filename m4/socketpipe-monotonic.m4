# socketpipe-monotonic.m4
# A clock that is never set.
#
#   HAVE_CLOCK_MONOTONIC    clock_gettime, with $(LIB_CLOCK_GETTIME), and its
#                           clock CLOCK_MONOTONIC, which POSIX.1-2001 leaves
#                           optional
#
# Without it lib/monotonic.c reads the time of day.

dnl Copyright (C) 2026 The socketpipe authors.
dnl SPDX-License-Identifier: GPL-3.0-or-later

AC_DEFUN([SOCKETPIPE_MONOTONIC],
[
  AC_REQUIRE([gl_CLOCK_TIME])
  AC_CACHE_CHECK([for CLOCK_MONOTONIC], [socketpipe_cv_clock_monotonic],
    [socketpipe_saved_LIBS=$LIBS
     LIBS="$LIB_CLOCK_GETTIME $LIBS"
     AC_LINK_IFELSE(
       [AC_LANG_PROGRAM(
          [[#include <time.h>
          ]],
          [[struct timespec now;
            return clock_gettime (CLOCK_MONOTONIC, &now);]])],
       [socketpipe_cv_clock_monotonic=yes],
       [socketpipe_cv_clock_monotonic=no])
     LIBS=$socketpipe_saved_LIBS])
  if test $socketpipe_cv_clock_monotonic = yes; then
    AC_DEFINE([HAVE_CLOCK_MONOTONIC], [1],
      [Define to 1 if clock_gettime has CLOCK_MONOTONIC.])
  fi
])
