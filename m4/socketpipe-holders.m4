# socketpipe-holders.m4
# Whether the system tells which processes have a socket or a pipe.
#
#   HAVE_PROC_FD_LINKS    /proc/PID/fd has a link "socket:[INODE]" or
#                         "pipe:[INODE]" for each:
#                         Linux
#
# This cannot be tried here: /proc may be absent where the program is built, and
# present where it runs.  lib/stream-holders.c sees at run time whether it is
# so; without the macro it does not even look.

dnl Copyright (C) 2026 The socketpipe authors.
dnl SPDX-License-Identifier: GPL-3.0-or-later

AC_DEFUN([SOCKETPIPE_HOLDERS],
[
  AC_REQUIRE([AC_CANONICAL_HOST])
  AC_CACHE_CHECK([whether /proc has links to the sockets of processes],
    [socketpipe_cv_proc_fd_links],
    [case $host_os in
       linux*) socketpipe_cv_proc_fd_links=yes ;;
       *) socketpipe_cv_proc_fd_links=no ;;
     esac])
  if test $socketpipe_cv_proc_fd_links = yes; then
    AC_DEFINE([HAVE_PROC_FD_LINKS], [1],
      [Define to 1 if /proc/PID/fd has a link 'socket:@<:@INODE@:>@' for each
       socket of a process.])
  fi
])
