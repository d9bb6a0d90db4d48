# socketpipe-tcp-meter.m4
# Where the kernel's own counts of a TCP connection's bytes can be read.
#
#   HAVE_STRUCT_TCP_INFO_TCPI_BYTES_ACKED    <netinet/tcp.h> has them: musl
#   HAVE_LINUX_TCP_INFO_BYTES_ACKED          <linux/tcp.h> has them: glibc,
#                                            whose own header lags behind
#
# At most one is defined, because the two headers cannot be included together.
# With neither, lib/tcp-meter.c has nothing to count with.
#
#   HAVE_TCP_INFO_BUSY_TIME    the one that is used has tcpi_busy_time and the
#                              like: what a connection waited for
#   HAVE_TCP_INFO_BYTES_RETRANS    it has the bytes that were sent again
#
# A kernel may be older than the header; that shows when it is asked.

dnl Copyright (C) 2026 The socketpipe authors.
dnl SPDX-License-Identifier: GPL-3.0-or-later

AC_DEFUN([SOCKETPIPE_TCP_METER],
[
  AC_REQUIRE([gl_USE_SYSTEM_EXTENSIONS])
  AC_CHECK_MEMBER([struct tcp_info.tcpi_bytes_acked],
    [AC_DEFINE([HAVE_STRUCT_TCP_INFO_TCPI_BYTES_ACKED], [1],
       [Define to 1 if 'struct tcp_info' of <netinet/tcp.h> has the byte
        counts 'tcpi_bytes_acked' and 'tcpi_bytes_received'.])],
    [AC_CACHE_CHECK([for byte counts in struct tcp_info of <linux/tcp.h>],
       [socketpipe_cv_linux_tcp_info_bytes_acked],
       [AC_COMPILE_IFELSE(
          [AC_LANG_PROGRAM(
             [[#include <sys/types.h>
               #include <sys/socket.h>
               #include <netinet/in.h>
               #include <linux/tcp.h>
               struct tcp_info info;
               int option = TCP_INFO;
             ]],
             [[return info.tcpi_bytes_acked == info.tcpi_bytes_received;]])],
          [socketpipe_cv_linux_tcp_info_bytes_acked=yes],
          [socketpipe_cv_linux_tcp_info_bytes_acked=no])])
     if test $socketpipe_cv_linux_tcp_info_bytes_acked = yes; then
       AC_DEFINE([HAVE_LINUX_TCP_INFO_BYTES_ACKED], [1],
         [Define to 1 if 'struct tcp_info' of <linux/tcp.h> has the byte
          counts and <netinet/tcp.h> does not.])
     fi],
    [[#include <sys/types.h>
      #include <sys/socket.h>
      #include <netinet/in.h>
      #include <netinet/tcp.h>]])

  socketpipe_tcp_info_header=netinet/tcp.h
  if test "$socketpipe_cv_linux_tcp_info_bytes_acked" = yes; then
    socketpipe_tcp_info_header=linux/tcp.h
  fi
  SOCKETPIPE_TCP_INFO_MEMBER([busy_time])
  SOCKETPIPE_TCP_INFO_MEMBER([bytes_retrans])
])

# SOCKETPIPE_TCP_INFO_MEMBER(NAME)
# --------------------------------
# Define HAVE_TCP_INFO_NAME if the header in use has tcpi_NAME.
AC_DEFUN([SOCKETPIPE_TCP_INFO_MEMBER],
[
  AC_CACHE_CHECK([for tcpi_$1 in <$socketpipe_tcp_info_header>],
    [socketpipe_cv_tcp_info_$1],
    [AC_COMPILE_IFELSE(
       [AC_LANG_PROGRAM(
          [[#include <sys/types.h>
            #include <sys/socket.h>
            #include <netinet/in.h>
            #include <$socketpipe_tcp_info_header>
            struct tcp_info info;
          ]],
          [[return info.tcpi_$1 == 0;]])],
       [socketpipe_cv_tcp_info_$1=yes],
       [socketpipe_cv_tcp_info_$1=no])])
  if test $socketpipe_cv_tcp_info_$1 = yes; then
    AC_DEFINE([HAVE_TCP_INFO_]m4_toupper([$1]), [1],
      [Define to 1 if 'struct tcp_info' of the header in use has
       'tcpi_$1'.])
  fi
])
