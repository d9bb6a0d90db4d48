# socketpipe-subreaper.m4
# How a process becomes the parent of what its children leave behind.
#
#   HAVE_DECL_PR_SET_CHILD_SUBREAPER    0 or 1: Linux
#   HAVE_DECL_PROC_REAP_ACQUIRE         0 or 1: FreeBSD, DragonFly
#   HAVE_WAITID                         waitid, which sees an ended child
#                                       without taking it
#
# Without the former two lib/child-subreaper.c does nothing.

dnl Copyright (C) 2026 The socketpipe authors.
dnl SPDX-License-Identifier: GPL-3.0-or-later

AC_DEFUN([SOCKETPIPE_SUBREAPER],
[
  AC_REQUIRE([gl_USE_SYSTEM_EXTENSIONS])
  AC_CHECK_DECLS([PR_SET_CHILD_SUBREAPER], [], [],
    [[#include <sys/prctl.h>]])
  AC_CHECK_DECLS([PROC_REAP_ACQUIRE], [], [],
    [[#include <sys/types.h>
      #include <sys/procctl.h>]])
  AC_CHECK_FUNCS([waitid])
])
