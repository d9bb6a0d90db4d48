#!/bin/sh
# What cannot be encrypted is refused before any command is started, and the
# message tells which host it is that cannot.  Without --encrypt, none needs the
# library.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe

host=$(uname -n)
library=$(sed -n 's/^#define GNUTLS_LIBRARY "\(.*\)"$/\1/p' "$CONFIG_HEADER")

# refused_ HOST [LINE-END]: HOST refused, before any command was started.
refused_ ()
{
  has_line_ err "^socketpipe: $1 cannot encrypt: ${2-}" || fail=1
  test ! -e started || { warn_ "a command was started"; fail=1; }
}

if test -z "$library"; then
  status_ 125 socketpipe -e -i { touch started } -l { env } \
    -r { touch started } 2> err || fail=1
  refused_ 'this host' 'its socketpipe was built without GnuTLS$'
  status_ 0 socketpipe -i { echo yes } -l { env } -r { cat } -o - > out \
    || fail=1
  echo yes > exp
  compare exp out || fail=1
  Exit $fail
fi

# A static program loads none.
if socketpipe -e -l { env } -r { true } -o - 2> err; then :; else
  refused_ 'this host' 'the library GnuTLS cannot be loaded: '
  skip_ 'the library GnuTLS cannot be loaded'
fi

# A file that is no library stands for one that is missing or broken.
mkdir broken || framework_failure_
echo 'no library' > "broken/$library" || framework_failure_
broken=LD_LIBRARY_PATH=$PWD/broken

# Where libraries are not looked up like that, nothing fails.
env "$broken" socketpipe -e -i { true } -l { env -u LD_LIBRARY_PATH } \
  -r { true } 2> /dev/null && skip_ "LD_LIBRARY_PATH does not matter here"

status_ 125 env "$broken" socketpipe -e -i { touch started } -l { env } \
  -r { touch started } 2> err || fail=1
refused_ 'this host' 'the library GnuTLS cannot be loaded: ..*'

status_ 125 socketpipe -e -i { touch started } -l { env "$broken" } \
  -r { touch started } 2> err || fail=1
refused_ "$host" 'the library GnuTLS cannot be loaded: ..*'

status_ 0 env "$broken" socketpipe -i { echo yes } -l { env } -r { cat } \
  -o - > out || fail=1
echo yes > exp
compare exp out || fail=1

# By the kernels, with what they cannot do anywhere.
status_ 125 socketpipe --encrypt=kernel --multipath -i { touch started } \
  -l { env } -r { touch started } 2> err || fail=1
refused_ 'this host' 'its kernel cannot do that for the connections of'

# What they can do is not known here; if it is not this, it is said.
socketpipe --encrypt=kernel -i { touch started } -l { env } -r { true } \
  2> err
case $? in
  0) ;;
  125) refused_ 'this host' 'its kernel c' ;;
  *) cat err >&2; fail=1 ;;
esac

no_process_left_ || fail=1
Exit $fail
