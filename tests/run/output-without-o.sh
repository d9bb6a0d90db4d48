#!/bin/sh
# Without -o, what the remote command writes comes to standard output.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe

helper random 20M 9 > data || framework_failure_

# It reads what it is given first, or not at all.
status_ 0 socketpipe -i { echo data } -l { env } \
  -r { sh -c 'cat > /dev/null; helper random 20M 9' } > out 2> err || fail=1
cmp data out || fail=1
compare /dev/null err || fail=1
status_ 0 socketpipe -i { cat data } -l { env } \
  -r { helper random 20M 9 } > out 2> err || fail=1
cmp data out || fail=1
compare /dev/null err || fail=1

# As a filter, to a file and to a pipe.
status_ 0 socketpipe -i { cat data } -l { env } -r { cat } > out 2> err \
  || fail=1
cmp data out || fail=1
status_ 0 socketpipe -i { cat data } -l { env } -r { cat } 2>> err \
  | cat > out
cmp data out || fail=1
compare /dev/null err || fail=1

no_process_left_ || fail=1

Exit $fail
