#!/bin/sh
# The agent is killed, or asked to end: its command ends, and the local side
# says so.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
. "$srcdir/tests/victims.sh"
print_ver_ socketpipe

there=$(uname -n)

for run in 'up busy' 'down busy' 'both idle'; do
  start_ $run sh -c '"$@"; exit' sh
  kill_ agent
  ends_ 125 15
  has_line_ err "^socketpipe: lost contact with $there: .*status 137" || fail=1
done

# The login is the agent itself.
start_ both busy env
kill_ agent
ends_ 125 15
has_line_ err "^socketpipe: lost contact with $there: .*killed by signal 9" \
  || fail=1

# Its command ignores SIGTERM.
rm -f $victims_ ./*.end
socketpipe -i { helper sit input } -l { env } \
  -r { sh -c 'echo $PPID > agent; exec helper sit remote TERM HUP' } \
  2> err &
run_=$! way_=up how_=deaf
wait_for_ test -f input || fail=1
wait_for_ test -f remote || fail=1
kill_ agent
ends_ 125 15

# It is asked to end.  So it can tell.
for run in 'up busy' 'down busy' 'both idle'; do
  start_ $run env
  kill -TERM "$(cat agent)" || fail=1
  ends_ 125 15
  has_line_ err "^socketpipe: the agent on $there failed: ended by a signal" \
    || fail=1
  grep truncated err && fail=1
done

Exit $fail
