#!/bin/sh
# Standard output and standard error may be the same pipe.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe

# What is said comes at once, though nothing goes to standard output: a
# process that splices into a pipe must not hold up the pipe's writers.
mkfifo both || framework_failure_
socketpipe -v -i { sh -c 'echo "input says" >&2; cat' } -l { env } \
  -r { sh -c 'until test -f go; do helper nap 20; done; echo "remote says" >&2
              exec cat' } > both 2>&1 < /dev/null &
pid=$!
at_exit_ "kill $pid 2> /dev/null"
cat both > said &
said_ () { grep "$1" said > /dev/null; }
wait_for_ said_ 'input says' || fail=1
: > go
wait_for_ said_ 'remote says' || fail=1
helper wait-gone 60 $pid || { kill -KILL $pid; fail=1; }
wait $pid || fail=1

no_process_left_ || fail=1

Exit $fail
