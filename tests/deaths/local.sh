#!/bin/sh
# socketpipe itself is killed: nothing of the run is left on either host, and
# no reader takes its part for the whole.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
. "$srcdir/tests/victims.sh"
print_ver_ socketpipe

start_ up busy env
kill_ local
ends_ 137 8
start_ down idle env
kill_ local
ends_ 137 8
start_ both busy sh -c 'exec "$@"' sh
kill_ local
ends_ 137 8
# As a process of its own, the login is ended, too.
start_ both idle sh -c '"$@"; exit' sh
kill_ local
ends_ 137 8

# While the login takes its time.
rm -f $victims_ ./*.end
socketpipe -i { echo data } -l { victim login slow-login } \
  -r { sh -c '> started' } 2> err &
run_=$!
wait_for_ test -f login || fail=1
kill_ local
ends_ 137 8
test ! -f started || fail=1

# On the other host, a process that ignores SIGTERM has to end as well.
rm -f $victims_
socketpipe -i { sh -c 'echo $PPID > local; exec helper sit input HUP TERM' } -l { victim login env } \
  -r { helper sit remote HUP TERM } 2> err &
run_=$!
wait_for_ test -f input || fail=1
wait_for_ test -f remote || fail=1
kill_ local
ends_ 137 8

Exit $fail
