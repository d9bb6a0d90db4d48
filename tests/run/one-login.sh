#!/bin/sh
# A run logs in once.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
. "$srcdir/tests/sshd.sh"
print_ver_ socketpipe
sshd_start_

logins_are_ () { test "$(sshd_logins_)" = "$1"; }

status_ 0 socketpipe -i { echo data } -l { ssh remotehost } -r { cat } \
  > out || fail=1
wait_for_ logins_are_ 1 || fail=1

status_ 0 socketpipe -l { ssh remotehost } -r { echo data } \
  -o { cat } >> out || fail=1
wait_for_ logins_are_ 2 || fail=1

status_ 0 socketpipe -i { echo data } -l { ssh remotehost } -r { cat } \
  -o { cat } >> out || fail=1
wait_for_ logins_are_ 3 || fail=1

# Nor does a run that fails try again.
status_ 3 socketpipe -l { ssh remotehost } -r { helper exit 3 } -o - \
  2> err || fail=1
status_ 127 socketpipe -l { ssh remotehost } -r { ./no-such-command } -o - \
  2> err || fail=1
logins_are_ 5 || fail=1

# What is refused here is not tried there.
status_ 127 socketpipe -i { ./no-such-command } -l { ssh remotehost } \
  -r { cat } 2> err || fail=1
logins_are_ 5 || fail=1

printf 'data\ndata\ndata\n' > exp
compare exp out || fail=1

no_process_left_ || fail=1

Exit $fail
