# socketpipe-gnutls.m4
# GnuTLS, for --encrypt.
#
#   --without-gnutls    configure's option: build without it
#   HAVE_GNUTLS         Automake's condition: headers of GnuTLS 3.6.13, and
#                       dlopen
#   GNUTLS_LIBRARY      the file name to give to dlopen
#   LIBDL               what dlopen needs to be linked with
#
# The library is not linked: a run without --encrypt would pay for loading it,
# which takes several times as long as all the rest of the start.

dnl Copyright (C) 2026 The socketpipe authors.
dnl SPDX-License-Identifier: GPL-3.0-or-later

AC_DEFUN([SOCKETPIPE_GNUTLS],
[
  AC_ARG_WITH([gnutls],
    [AS_HELP_STRING([--without-gnutls],
       [build without GnuTLS, which --encrypt needs])],
    [], [with_gnutls=check])
  AC_SUBST([LIBDL])
  socketpipe_have_gnutls=no
  if test "$with_gnutls" != no; then
    SOCKETPIPE_DLOPEN
    AC_CACHE_CHECK([for GnuTLS], [socketpipe_cv_gnutls],
      [AC_COMPILE_IFELSE(
         [AC_LANG_PROGRAM(
            [[#include <gnutls/gnutls.h>
              #include <gnutls/crypto.h>
              #if GNUTLS_VERSION_NUMBER < 0x03060d
              # error "too old"
              #endif
            ]],
            [[__typeof__ (gnutls_session_set_keylog_function) *fn = 0;
              return !fn;]])],
         [socketpipe_cv_gnutls=yes], [socketpipe_cv_gnutls=no])])
    if test $socketpipe_cv_gnutls = yes \
       && test "$socketpipe_cv_lib_dlopen" != no; then
      socketpipe_have_gnutls=yes
      SOCKETPIPE_GNUTLS_LIBRARY
    elif test "$with_gnutls" = check; then
      AC_MSG_WARN([no GnuTLS, so --encrypt will not work (its header files are in libgnutls28-dev, gnutls-devel or gnutls-dev)])
    else
      AC_MSG_FAILURE([--with-gnutls was given, but there is no GnuTLS 3.6.13 with its header files, or no dlopen])
    fi
  fi
  AM_CONDITIONAL([HAVE_GNUTLS], [test $socketpipe_have_gnutls = yes])
])

# Set LIBDL.
AC_DEFUN([SOCKETPIPE_DLOPEN],
[
  AC_CACHE_CHECK([for the library with dlopen], [socketpipe_cv_lib_dlopen],
    [socketpipe_cv_lib_dlopen=no
     socketpipe_saved_LIBS=$LIBS
     for socketpipe_lib in '' -ldl; do
       LIBS="$socketpipe_lib $socketpipe_saved_LIBS"
       AC_LINK_IFELSE(
         [AC_LANG_PROGRAM([[#include <dlfcn.h>]],
            [[return !dlsym (dlopen ("", RTLD_NOW), "f");]])],
         [socketpipe_cv_lib_dlopen=${socketpipe_lib:-none needed}])
       test "$socketpipe_cv_lib_dlopen" = no || break
     done
     LIBS=$socketpipe_saved_LIBS])
  case $socketpipe_cv_lib_dlopen in
    -l*) LIBDL=$socketpipe_cv_lib_dlopen ;;
  esac
])

# Set GNUTLS_LIBRARY to what a program that is linked with GnuTLS would load.
AC_DEFUN([SOCKETPIPE_GNUTLS_LIBRARY],
[
  AC_CHECK_TOOL([OBJDUMP], [objdump], [:])
  AC_CACHE_CHECK([for the name of the GnuTLS library],
    [socketpipe_cv_gnutls_library],
    [socketpipe_cv_gnutls_library=
     socketpipe_saved_LIBS=$LIBS
     LIBS="-lgnutls $LIBS"
     AC_LINK_IFELSE(
       [AC_LANG_PROGRAM([[#include <gnutls/gnutls.h>]],
          [[return !gnutls_check_version (0);]])],
       [socketpipe_cv_gnutls_library=`$OBJDUMP -p conftest$EXEEXT 2>/dev/null \
          | sed -n '/libgnutls/s/^ *NEEDED *//p;/cyggnutls/s/.*DLL Name: *//p'`])
     LIBS=$socketpipe_saved_LIBS
     if test -z "$socketpipe_cv_gnutls_library"; then
       case $host_os in
         darwin*) socketpipe_cv_gnutls_library=libgnutls.30.dylib ;;
         cygwin*) socketpipe_cv_gnutls_library=cyggnutls-30.dll ;;
         *) socketpipe_cv_gnutls_library=libgnutls.so.30 ;;
       esac
     fi])
  AC_DEFINE_UNQUOTED([GNUTLS_LIBRARY], ["$socketpipe_cv_gnutls_library"],
    [Define to the file name of the GnuTLS library.])
])
