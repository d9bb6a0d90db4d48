#!/bin/sh
# However long nothing is written or read, a run does not end of that.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe

# The pauses are what is tested: longer than a dead peer is waited for.
pause='helper nap 12000'

# A writer that is silent.
status_ 0 socketpipe --dead-peer-timeout=8 \
  -i { sh -c "echo one; $pause; echo two" } -l { env } -r { cat } \
  -o { cat } > quiet.out 2> quiet.err &
quiet=$!

# A reader that pauses, here and there, while all buffers are full.
helper random 30M | helper sum > exp
status_ 0 socketpipe --dead-peer-timeout=8 -i { helper random 30M } \
  -l { env } -r { sh -c "$pause; helper sum" } > remote.out 2> remote.err &
remote=$!
status_ 0 socketpipe --dead-peer-timeout=8 -l { env } \
  -r { helper random 30M } -o { sh -c "$pause; helper sum" } \
  > output.out 2> output.err &
output=$!

# One that goes on after it has closed what it wrote to.
status_ 0 socketpipe --dead-peer-timeout=8 -i { echo data } -l { env } \
  -r { sh -c "cat; exec > /dev/null; $pause" } > closed.out 2> closed.err &
closed=$!

wait $quiet || fail=1
wait $remote || fail=1
wait $output || fail=1
wait $closed || fail=1
compare exp remote.out || fail=1
compare exp output.out || fail=1
printf 'one\ntwo\n' > exp
compare exp quiet.out || fail=1
echo data > exp
compare exp closed.out || fail=1
for name in quiet remote output closed; do
  compare /dev/null $name.err || fail=1
done

no_process_left_ || fail=1

Exit $fail
