#!/bin/sh
# The login is killed: both sides end soon, and say what has happened.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
. "$srcdir/tests/victims.sh"
. "$srcdir/tests/sshd.sh"
print_ver_ socketpipe
sshd_start_

there=$(uname -n)
lost="lost contact with $there: the login command '.*' ended: killed by signal 9 \(Killed\)"

for run in 'up busy' 'down idle' 'both busy' 'both idle'; do
  start_ $run ssh remotehost cd "$test_dir_" '&&'
  kill_ login
  ends_ 125 15
  has_line_ err "^socketpipe: $lost" || fail=1
done

# A login whose death leaves the connection to the agent open.
for how in busy idle; do
  start_ up $how sh -c '"$@"; exit' sh
  kill_ login
  ends_ 125 15
  has_line_ err "^socketpipe: $lost" || fail=1
done

# While it has not reached a host.
rm -f $victims_ ./*.end
socketpipe -i { echo data } -l { victim login slow-login } \
  -r { sh -c '> started' } 2> err &
run_=$!
wait_for_ test -f login || fail=1
kill_ login
ends_ 125 10
has_line_ err "^socketpipe: the login command .* ended .*: killed by signal 9" \
  || fail=1
one_line_ err || fail=1
test ! -f started || fail=1

Exit $fail
