# socketpipe-shared-memory.m4
# How a process has memory in common with its children.
#
#   HAVE_DECL_MAP_ANONYMOUS    mmap gives it without a file
#
# Without it lib/shared-memory.c maps /dev/zero.

dnl Copyright (C) 2026 The socketpipe authors.
dnl SPDX-License-Identifier: GPL-3.0-or-later

AC_DEFUN([SOCKETPIPE_SHARED_MEMORY],
[
  AC_REQUIRE([gl_USE_SYSTEM_EXTENSIONS])
  AC_CHECK_DECLS([MAP_ANONYMOUS], [], [], [[#include <sys/mman.h>]])
])
