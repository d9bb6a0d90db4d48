#!/bin/sh
# A command is killed: those after it do not take what they got for the
# whole, and the run ends with its status.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
. "$srcdir/tests/victims.sh"
print_ver_ socketpipe

there=$(uname -n)
killed='failed: killed by signal 9 (Killed)'

for how in busy idle; do
  start_ up $how env
  kill_ input
  ends_ 137 10
  has_line_ err "^socketpipe: input command 'victim' .*signal 9 \(Killed\)" \
    || fail=1
  # A filter that fails of it passes it on.
  start_ both $how env
  kill_ input
  ends_ 137 10
  has_line_ err "^socketpipe: remote command .*its input was cut short" \
    || fail=1
  test "$(cut -d ' ' -f 1 output.end)" = ECONNRESET || fail=1

  start_ down $how env
  kill_ remote
  ends_ 137 10
  echo "socketpipe: remote command 'victim' on $there $killed" > exp
  grep "remote command" err > out
  compare exp out || fail=1
  test "$(cut -d ' ' -f 1 output.end)" = ECONNRESET || fail=1
done

# A reader is killed: a busy writer meets SIGPIPE, and an idle one may go
# on as long as it likes.
for way in up down; do
  start_ $way busy env
  test $way = up && victim=remote role='remote command' on=" on $there" \
    || { victim=output role='output command' on=; }
  kill_ $victim
  ends_ 137 10
  has_line_ err "^socketpipe: $role 'victim'$on failed: killed by signal 9" \
    || fail=1
  has_line_ err "^socketpipe: .*killed by signal 13 \(Broken pipe\)" || fail=1

  start_ $way idle env
  kill_ $victim
  kill -TERM "$(cat idle)" || fail=1
  ends_ 137 10
done

# The one in the middle.
start_ both busy env
kill_ remote
ends_ 137 10
has_line_ err "^socketpipe: remote command 'victim' on $there failed: killed by signal 9" || fail=1
has_line_ err "^socketpipe: input command 'victim' failed: killed by signal 13" || fail=1
test "$(cut -d ' ' -f 1 output.end)" = ECONNRESET || fail=1

Exit $fail
