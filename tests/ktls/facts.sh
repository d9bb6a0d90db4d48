#!/bin/sh
# The kernel does what encryption rests on, and its faults can be worked
# around.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"

# Without the right to have modules loaded.
as_nobody=
test "$(id -u)" != 0 \
  || as_nobody='setpriv --reuid=65534 --regid=65534 --clear-groups'

# A kernel that could encrypt differs from one that cannot, and is not made to
# load the module.
test "${SOCKETPIPE_GUEST-}" = yes && modprobe -r tls
ulp=$($as_nobody ktls-facts ulp)
if test "$ulp" = 'missing: not loaded' && test "$(id -u)" = 0; then
  modprobe tls
  ulp=$($as_nobody ktls-facts ulp)
elif test "${SOCKETPIPE_GUEST-}" = yes; then
  warn_ "without the module TLS is $ulp"
  fail=1
fi
test "$ulp" = 'there: ready' || skip_ "this kernel has no TLS: it is $ulp"

# What needs one process only.
status_ 0 $as_nobody ktls-facts > out || fail=1
cat out

# Usual commands, which know nothing of it, own both ends.  One after the
# other, each in another way.
helper random 3000003 7 > data || framework_failure_
exp=$(cksum < data)
for cipher in chacha20-poly1305 aes-128-gcm; do
  for writer in 'cat data' 'dd if=data bs=10000 2> /dev/null' \
                'dd if=data bs=1M 2> /dev/null'; do
    status_ 0 ktls-facts pipe $cipher 0 "$writer" 'cksum > out' || fail=1
    test "$(cat out)" = "$exp" || { warn_ "$cipher: $writer"; fail=1; }
  done

  # Full blocks, but for the last one.
  status_ 0 ktls-facts pipe $cipher 32768 'dd if=data bs=5000 2> /dev/null' \
    'dd of=out bs=32k 2> err' || fail=1
  cmp data out || fail=1
  has_line_ err '^91\+1 records in' || fail=1
done

Exit $fail
