# socketpipe-ktls.m4
# Whether the kernel's headers know how to hand it a TLS connection.
#
#   HAVE_LINUX_TLS    <linux/tls.h> with TLS 1.3, ChaCha20-Poly1305 (Linux
#                     5.11) and both directions, and TCP_ULP
#
# Without it lib/ktls.c says that no kernel can.  What the running kernel can
# do is found out when it is wanted.

dnl Copyright (C) 2026 The socketpipe authors.
dnl SPDX-License-Identifier: GPL-3.0-or-later

AC_DEFUN([SOCKETPIPE_KTLS],
[
  AC_REQUIRE([gl_USE_SYSTEM_EXTENSIONS])
  AC_CACHE_CHECK([for TLS in the kernel's headers], [socketpipe_cv_linux_tls],
    [AC_COMPILE_IFELSE(
       [AC_LANG_PROGRAM(
          [[#include <linux/tls.h>
            #include <sys/types.h>
            #include <sys/socket.h>
            #include <netinet/in.h>
            #include <netinet/tcp.h>
          ]],
          [[struct tls12_crypto_info_chacha20_poly1305 info;
            info.info.version = TLS_1_3_VERSION;
            info.info.cipher_type = TLS_CIPHER_CHACHA20_POLY1305;
            return (TLS_TX + TLS_RX + TLS_SET_RECORD_TYPE + TCP_ULP
                    + info.info.version);]])],
       [socketpipe_cv_linux_tls=yes], [socketpipe_cv_linux_tls=no])])
  if test $socketpipe_cv_linux_tls = yes; then
    AC_DEFINE([HAVE_LINUX_TLS], [1],
      [Define to 1 if <linux/tls.h> has TLS 1.3 with ChaCha20-Poly1305.])
  fi
])
