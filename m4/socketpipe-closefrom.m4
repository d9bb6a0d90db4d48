# socketpipe-closefrom.m4 - closing all descriptors from a number on
# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Defines HAVE_CLOSEFROM (BSDs, Solaris, glibc 2.34).

AC_DEFUN([SOCKETPIPE_CLOSEFROM], [
  AC_CHECK_FUNCS([closefrom])
])
