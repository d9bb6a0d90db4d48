#!/bin/sh
# A login that asks something asks on the terminal and gets its answer there.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
. "$srcdir/tests/sshd.sh"
print_ver_ socketpipe
helper pty true || skip_ "no terminal can be made here"
sshd_start_

mkfifo keyboard || framework_failure_
helper random 1M > data || framework_failure_

# Standard input and output are the terminal, or they are not.
for redirect in '< data > out' '-i { cat data } -o { dd of=out }'; do
  case $redirect in -*) ;; *) redirect="-i - $redirect" ;; esac
  : > screen
  bounded_ helper pty sh -c "socketpipe -t 0 -l { ssh -o BatchMode=no \
    -o StrictHostKeyChecking=ask -o UserKnownHostsFile=/dev/null remotehost } \
    -r { cat } $redirect" < keyboard > screen &
  pid=$!
  at_exit_ "kill $pid 2> /dev/null"
  exec 5> keyboard
  asked_ () { grep 'continue connecting' screen > /dev/null; }
  wait_for_ asked_ || fail=1
  echo yes >&5
  wait $pid || { cat screen; fail=1; }
  exec 5>&-
  cmp data out || fail=1
  grep '^socketpipe' screen && fail=1
done

no_process_left_ || fail=1

Exit $fail
