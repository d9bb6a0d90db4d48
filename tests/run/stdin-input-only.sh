#!/bin/sh
# The standard input is for the input command, and no other process reads it.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
. "$srcdir/tests/sshd.sh"
print_ver_ socketpipe
sshd_start_

printf 'one\ntwo\nthree\n' > lines || framework_failure_

for login in 'env' 'ssh remotehost'; do
  # The input command gets it.
  status_ 0 socketpipe -i { cat } -l { $login } -r { cat } -o - \
    < lines > out 2> err || fail=1
  compare lines out || fail=1
  compare /dev/null err || fail=1

  # Without one no process does: the login, the remote command and the output
  # command read something else, and all of it is left for the next command.
  { status_ 0 socketpipe -l { $login } -r { sh -c 'cat; echo remote' } \
      -o { sh -c 'cat; echo output' } && cat; } \
    < lines > out 2> err || fail=1
  { echo remote; echo output; cat lines; } > exp
  compare exp out || fail=1
  compare /dev/null err || fail=1

  # The input command may leave it alone, too: a loop over hosts works.
  while read -r word; do
    status_ 0 socketpipe -i { echo "to $word" } -l { $login } -r { cat } -o -
  done < lines > out 2> err || fail=1
  sed 's/^/to /' lines > exp
  compare exp out || fail=1
  compare /dev/null err || fail=1
done

# What a stage that is not meant to have it finds instead is empty.
echo '0 null r' > exp
status_ 0 socketpipe -l { env } -r { sh -c 'helper fds | grep "^0"' } -o - \
  < lines > out 2> err || fail=1
compare exp out || fail=1
compare /dev/null err || fail=1

no_process_left_ || fail=1

Exit $fail
