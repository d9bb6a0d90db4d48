#!/bin/sh
# Where the kernels encrypt, all arrives in a pipe too whose reader is slow,
# at each of the pipe's ends.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
. "$srcdir/tests/ktls.sh"
print_ver_ socketpipe
ktls_need_

helper random 5000003 1 > data || framework_failure_
filter_ ()
{
  status_ 0 socketpipe --encrypt=kernel -i - -l { env } -r { cat } -o - \
    2> err || fail=1
}

# By many small steps of its reader, a pipe has room for a part of a record.
for i in 1 2 3; do
  cat data | filter_ | dd bs=1000 2> dd > copy || fail=1
  cmp data copy || fail=1
  filter_ < data | helper slow 100k 10 > copy || fail=1
  cmp data copy || fail=1
  compare /dev/null err || fail=1
done

# Pipe to file, file to file.
cat data | filter_ > copy || fail=1
cmp data copy || fail=1
filter_ < data > copy || fail=1
cmp data copy || fail=1
compare /dev/null err || fail=1

no_process_left_ || fail=1

Exit $fail
