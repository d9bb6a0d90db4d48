#!/bin/sh
# A full disk at the end of the pipe is an error of the command that writes to
# it.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe

test -c /dev/full && ! echo data 2> /dev/null > /dev/full \
  || skip_ "/dev/full does not work here"
there=$(uname -n)
full='No space left on device'

# More and less than any buffer has.
for bytes in 10 50M; do
  # Of the output command.
  status_ 1 socketpipe -l { env } -r { helper random $bytes } \
    -o { dd of=/dev/full } 2> err || fail=1
  has_line_ err "^dd: .*$full" || fail=1
  has_line_ err "^socketpipe: output command 'dd' failed: exit status 1" \
    || fail=1

  # Of standard output.
  status_ 125 socketpipe -l { env } -r { helper random $bytes } -o - \
    > /dev/full 2> err || fail=1
  has_line_ err "^socketpipe: cannot write standard output: $full" || fail=1
  test "$(grep -c 'standard output' err)" = 1 || fail=1
  status_ 125 socketpipe -i { helper random $bytes } -l { env } -r { cat } \
    > /dev/full 2> err || fail=1
  has_line_ err "^socketpipe: cannot write standard output: $full" || fail=1
  helper random $bytes | status_ 125 socketpipe -i - -l { env } -r { cat } \
    > /dev/full 2> err || fail=1
  has_line_ err "^socketpipe: cannot write standard output: $full" || fail=1

  # Of the remote command.
  status_ 1 socketpipe -i { helper random $bytes } -l { env } \
    -r { dd of=/dev/full } 2> err || fail=1
  has_line_ err "^dd: .*$full" || fail=1
  has_line_ err "^socketpipe: remote command 'dd' on $there failed: exit status 1" \
    || fail=1
  status_ 1 socketpipe -i { helper random $bytes } -l { env } \
    -r { dd of=/dev/full } -o { cat } 2> err || fail=1
  has_line_ err "^dd: .*$full" || fail=1
done

# Standard output closed.
status_ 125 socketpipe -l { env } -r { echo data } -o - >&- 2> err || fail=1
has_line_ err "^socketpipe: .*standard output" || fail=1

no_process_left_ || fail=1

Exit $fail
