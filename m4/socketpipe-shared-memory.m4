# socketpipe-shared-memory.m4
# How a process has memory in common with its children.
#
#   HAVE_DECL_MAP_ANONYMOUS    mmap gives it without a file
#   HAVE_DECL_MAP_ANON         ... by the older name of the BSDs
#
# Without either lib/shared-memory.c maps /dev/zero.

dnl Copyright (C) 2026 The socketpipe authors.
dnl SPDX-License-Identifier: GPL-3.0-or-later

AC_DEFUN([SOCKETPIPE_SHARED_MEMORY],
[
  AC_REQUIRE([gl_USE_SYSTEM_EXTENSIONS])
  AC_CHECK_DECLS([MAP_ANONYMOUS, MAP_ANON], [], [], [[#include <sys/mman.h>]])
])
