#!/bin/sh
# Another host compresses a tree, and it goes to the tape here, whole.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
. "$srcdir/tests/sshd.sh"
print_ver_ socketpipe
require_program_ bzip2
sshd_start_

# What bzip2 does with 100 MB takes its time: once is enough for a suite that
# is run in several builds.
run_limit_=280
make_tree_ tree "$(test -n "${SMALL_TESTS-}" && echo 10M || echo 100M)"
tape=$test_dir_/tape

status_ 0 socketpipe -i { tar cf - tree } -l { ssh remotehost } \
  -r { bzip2 -c } -o { dd of="$tape" bs=32k } 2> err || fail=1

has_line_ err 'records out' || fail=1
grep '^socketpipe' err && fail=1

mkdir copy || framework_failure_
bunzip2 < tape > tape.tar || fail=1
(cd copy && tar xpf ../tape.tar) || fail=1
describe_tree_ tree > exp || framework_failure_
describe_tree_ copy/tree > out || fail=1
compare exp out || fail=1

no_process_left_ || fail=1

Exit $fail
