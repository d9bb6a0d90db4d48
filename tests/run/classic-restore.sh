#!/bin/sh
# A directory comes back from the tape of another host, whole.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
. "$srcdir/tests/sshd.sh"
print_ver_ socketpipe
sshd_start_

tape=$test_dir_/tape
mkdir here home && make_tree_ home/luser 100M && make_tree_ home/other 1k \
  && tar cf "$tape" home || framework_failure_

cd here || framework_failure_
status_ 0 socketpipe -l { ssh remotehost } -r { dd if="$tape" bs=32k } \
  -o { tar xpf - home/luser } 2> ../err || fail=1
cd .. || framework_failure_

has_line_ err 'records in' || fail=1
grep '^socketpipe' err && fail=1

describe_tree_ home/luser > exp || framework_failure_
describe_tree_ here/home/luser > out || fail=1
compare exp out || fail=1

# tar got no more than it asked for.
ls here/home > out
echo luser > exp
compare exp out || fail=1

no_process_left_ || fail=1

Exit $fail
