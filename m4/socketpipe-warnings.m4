# socketpipe-warnings.m4
# The compiler warnings for our own sources, with --enable-gcc-warnings.
#
#   WARN_CFLAGS           for src, our files in lib, and tests
#   WERROR_CFLAGS         -Werror, if asked for

dnl Copyright (C) 2026 The socketpipe authors.
dnl SPDX-License-Identifier: GPL-3.0-or-later

# SOCKETPIPE_WARN_ADD_ALL(FLAGS, VARIABLE)
# ----------------------------------------
# Add to VARIABLE those of the words FLAGS that the compiler knows.  Ask about
# all at once first, because some hundred questions take half a minute; GCC
# mostly knows them all, and Clang does not.
AC_DEFUN([SOCKETPIPE_WARN_ADD_ALL],
[
  AC_REQUIRE([gl_UNKNOWN_WARNINGS_ARE_ERRORS(C)])
  AC_CACHE_CHECK([whether the compiler handles all of $2],
    [socketpipe_cv_warn_all_$2],
    [socketpipe_saved_CFLAGS=$CFLAGS
     CFLAGS="$CFLAGS -Werror $1"
     AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[]])],
       [socketpipe_cv_warn_all_$2=yes],
       [socketpipe_cv_warn_all_$2=no])
     CFLAGS=$socketpipe_saved_CFLAGS])
  if test $socketpipe_cv_warn_all_$2 = yes; then
    $2=$1
  else
    for socketpipe_flag in $1
    do
      gl_WARN_ADD([$socketpipe_flag], [$2])
    done
  fi
  AC_SUBST([$2])
])

AC_DEFUN([SOCKETPIPE_WARNINGS],
[
  AC_ARG_ENABLE([gcc-warnings],
    [AS_HELP_STRING([--enable-gcc-warnings@<:@=TYPE@:>@],
       [control generation of compiler warnings.  TYPE is 'no' (default in a
        tarball), 'yes' (default in a git checkout) or 'error' (like 'yes',
        and a warning stops the build)])],
    [AS_CASE([$enableval],
       [no|yes|error], [socketpipe_gcc_warnings=$enableval],
       [AC_MSG_ERROR([bad value $enableval for --enable-gcc-warnings])])],
    [dnl A warning is for a developer, not for a user who only builds.
     AS_IF([test -e "$srcdir/.git" && test -n "$GCC"],
       [socketpipe_gcc_warnings=yes],
       [socketpipe_gcc_warnings=no])])

  if test "$socketpipe_gcc_warnings" = error; then
    WERROR_CFLAGS=-Werror
  fi
  AC_SUBST([WERROR_CFLAGS])

  if test "$socketpipe_gcc_warnings" != no; then
    nw=
    nw="$nw -Wsystem-headers"           # not ours to fix
    nw="$nw -Winline"                   # the compiler may decide
    nw="$nw -Wsuggest-attribute=cold"   # these five fire on every small
    nw="$nw -Wsuggest-attribute=const"  # function, and with -Werror on
    nw="$nw -Wsuggest-attribute=malloc" # each change of one
    nw="$nw -Wsuggest-attribute=noreturn"
    nw="$nw -Wsuggest-attribute=pure"
    nw="$nw -Wstack-protector"          # is only for -fstack-protector
    nw="$nw -Wunused-macros"            # gnulib's config.h has many
    nw="$nw -Wdisabled-optimization"    # about the compiler, not the code
    nw="$nw -Wstrict-overflow"          # fires on correct loops, and is
                                        # gone from newer compilers
    # The leak checks take a descriptor that a structure keeps for a lost one.
    # They are slow, too; ask for them by CFLAGS=-fanalyzer.
    nw="$nw -fanalyzer"

    gl_MANYWARN_ALL_GCC([ws])
    gl_MANYWARN_COMPLEMENT([ws], [$ws], [$nw])
    SOCKETPIPE_WARN_ADD_ALL([$ws], [WARN_CFLAGS])
    gl_WARN_ADD([-Wno-sign-compare], [WARN_CFLAGS]) # too many false alarms
    gl_WARN_ADD([-Wno-type-limits], [WARN_CFLAGS])  # intprops.h is full of it
    gl_WARN_ADD([-Wno-format-nonliteral], [WARN_CFLAGS]) # our own wrappers
    # Clang says it about every C11 type that an older mode lacks.
    gl_WARN_ADD([-Wno-gnu-zero-variadic-macro-arguments], [WARN_CFLAGS])
    gl_WARN_ADD([-fdiagnostics-show-option], [WARN_CFLAGS])

    AC_DEFINE([GCC_LINT], [1],
      [Define to 1 if code that only quiets a warning should be compiled.])
  fi
])
