# socketpipe-host-identity.m4
# What tells this host from all others.
#
#   HAVE_DECL_KERN_BOOTTIME    the time of the boot, by sysctl of
#                              <sys/sysctl.h>: BSDs and macOS
#   HAVE_SYSCTLBYNAME          FreeBSD has jails, and macOS this function
#
# Without them lib/host-identity.c reads what Linux has in /proc; where that is
# not there either, no two ends are on one host.

dnl Copyright (C) 2026 The socketpipe authors.
dnl SPDX-License-Identifier: GPL-3.0-or-later

AC_DEFUN([SOCKETPIPE_HOST_IDENTITY],
[
  AC_REQUIRE([gl_USE_SYSTEM_EXTENSIONS])
  AC_CHECK_DECLS([KERN_BOOTTIME], [], [],
    [[#include <sys/types.h>
      #include <sys/param.h>
      #include <sys/sysctl.h>
    ]])
  AC_CHECK_FUNCS([sysctlbyname])
])
