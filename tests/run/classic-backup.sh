#!/bin/sh
# A tree goes to the tape of another host, whole.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
. "$srcdir/tests/sshd.sh"
print_ver_ socketpipe
sshd_start_

make_tree_ tree 100M
tape=$test_dir_/tape

status_ 0 socketpipe -i { tar cf - tree } -l { ssh remotehost } \
  -r { dd of="$tape" bs=32k } 2> err || fail=1

# What the remote command says comes to us, and nothing else does.
has_line_ err 'records out' || fail=1
grep '^socketpipe' err && fail=1

# Nothing was padded or lost: what tar made, by size and by content.
mkdir copy || framework_failure_
tar cf - tree | cksum > exp || framework_failure_
cksum < tape > out || fail=1
compare exp out || fail=1
(cd copy && tar xpf "$tape") || fail=1
describe_tree_ tree > exp || framework_failure_
describe_tree_ copy/tree > out || fail=1
compare exp out || fail=1

no_process_left_ || fail=1

Exit $fail
