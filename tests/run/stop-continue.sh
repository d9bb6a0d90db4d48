#!/bin/sh
# A run can be stopped, for longer than a dead peer is waited for, and goes on
# from there.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe
helper pty true || skip_ "no terminal can be made here"

helper random 3M 4 | helper sum > exp || framework_failure_

# What stands in the pauses is what is tested: stopped for longer than the
# time after which a dead peer is given up.

# ^Z and fg, in a shell with job control.
cat > session <<'END2'
set -m
socketpipe --dead-peer-timeout=5 \
  -i { sh -c 'until test -f stopped; do helper nap 20; done
              helper random 3M 4 | helper slow 64k 10' } \
  -l { env } -r { sh -c ': > ready; exec cat' } -o { helper sum } > out 2> err
echo "stopped $?" > stopped
helper nap 7000
fg > /dev/null
echo $? > status
END2
mkfifo keyboard || framework_failure_
bounded_ helper pty sh session < keyboard > screen 2>&1 &
pid=$!
exec 5> keyboard
wait_for_ test -f ready || fail=1
printf '\032' >&5

# At the same time: stopped by a signal, without a terminal.
socketpipe --dead-peer-timeout=5 \
  -i { sh -c 'until test -f stopped2; do helper nap 20; done
              helper random 3M 4 | helper slow 64k 10' } -l { env } \
  -r { sh -c ': > ready2; exec cat' } -o { helper sum } > out2 2> err2 &
pid2=$!
at_exit_ "kill -CONT $pid2 2> /dev/null; kill $pid2 2> /dev/null"
wait_for_ test -f ready2 || fail=1
kill -STOP $pid2 || fail=1
: > stopped2
helper nap 7000
kill -CONT $pid2 || fail=1
wait $pid2 || fail=1
compare exp out2 || fail=1
compare /dev/null err2 || fail=1

wait $pid || { cat screen; fail=1; }
exec 5>&-
has_line_ stopped '^stopped 1[0-9][0-9]' || fail=1
echo 0 > zero
compare zero status || fail=1
compare exp out || fail=1
compare /dev/null err || fail=1

no_process_left_ || fail=1

Exit $fail
