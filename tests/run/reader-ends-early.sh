#!/bin/sh
# A remote command that stops reading loses nothing of what it writes.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe

# 200 MB for one that leaves after 1 MB, with the 50 MB that it writes still
# in flight.
helper random 50M 5 | helper sum > exp || framework_failure_
for i in 1 2 3 4 5; do
  status_ 0 socketpipe -i { helper random 200M } -l { env } \
    -r { sh -c 'helper eat 1M; helper random 50M 5' } \
    -o { helper sum } > out 2> err || fail=1
  compare exp out || fail=1
  compare /dev/null err || fail=1
done

# Its reader is slow, and it has long ended when that comes to the end.
helper random 4M 5 | helper sum > exp || framework_failure_
status_ 0 socketpipe -i { helper random 200M } -l { env } \
  -r { helper random 4M 5 } -o { sh -c 'helper slow 1M 200 | helper sum' } \
  > out 2> err || fail=1
compare exp out || fail=1
compare /dev/null err || fail=1

# A writer whose reader left meets what it would meet on a pipe.
writer_met_ ()
{
  sed 's/ [0-9]*$//' how > out
  echo 'EPIPE SIGPIPE' > exp
  compare exp out || fail=1
  compare /dev/null err || fail=1
  rm -f how
}
for reader in 'eat 0' 'eat 1' 'eat 3M'; do
  for i in 1 2 3; do
    status_ 0 socketpipe -i { helper fill how } -l { env } \
      -r { helper $reader } 2> err || fail=1
    writer_met_
    status_ 0 socketpipe -l { env } -r { helper fill how } \
      -o { helper $reader } 2> err || fail=1
    writer_met_
  done
done

no_process_left_ || fail=1

Exit $fail
