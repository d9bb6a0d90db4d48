# socketpipe-bind-now.m4
# How to have all functions looked up before the program begins.
#
#   BIND_NOW_LDFLAGS    what the linker takes for that, or nothing
#
# The first call of a function that is looked up later leaves the vector
# registers on the stack, and in them whatever memcpy moved last: the secret of
# a run.

dnl Copyright (C) 2026 The socketpipe authors.
dnl SPDX-License-Identifier: GPL-3.0-or-later

AC_DEFUN([SOCKETPIPE_BIND_NOW],
[
  AC_CACHE_CHECK([whether the linker takes -z now], [socketpipe_cv_bind_now],
    [socketpipe_saved_LDFLAGS=$LDFLAGS
     LDFLAGS="$LDFLAGS -Wl,-z,now"
     AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
       [socketpipe_cv_bind_now=yes], [socketpipe_cv_bind_now=no])
     LDFLAGS=$socketpipe_saved_LDFLAGS])
  BIND_NOW_LDFLAGS=
  if test $socketpipe_cv_bind_now = yes; then
    BIND_NOW_LDFLAGS=-Wl,-z,now
  fi
  AC_SUBST([BIND_NOW_LDFLAGS])
])
