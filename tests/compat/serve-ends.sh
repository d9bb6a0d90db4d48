#!/bin/sh
# Whatever fails in what a 1.10 has started here, its reader does not take that
# for the end of the data; and what is no failure is none.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe

# With hardly any descriptors a leak sanitizer would wait forever at the end.
ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0
export ASAN_OPTIONS

# A wait for the connection that is interrupted goes on.
helper tcp-late 300 port sh -c 'cat > late' &
pid=$!
at_exit_ "kill -KILL $pid 2> /dev/null"
wait_for_ test -f port || fail=1
FAULT=interrupt
export FAULT
status_ 0 faulty -s 127.0.0.1 "$(cat port)" echo data 2> err || fail=1
unset FAULT
compare /dev/null err || fail=1
helper wait-gone 60 $pid || { fail=1; kill -KILL $pid; }
wait $pid
echo data > exp
compare exp late || fail=1

# served_ LOGIN: let a 1.10 reach this host by LOGIN.  The file end has how its
# reader's input ended, status the status of what it has started here.
served_ ()
{
  rm -f end status
  bounded_ helper old-socketpipe -h 127.0.0.1 -t 10 \
    -l { helper defaults sh -c "($1); "'echo $? > status' sh } \
    -r { helper random 1000 } -o { helper drain end } > out 2> err
  # What does not connect is ended by -t.
  test -f end || return 1
  wait_for_ test -s status || fail=1
}

# The connection is there, and the first thing that is done with it fails.
served_ 'shift; FAULT=keepalive faulty "$@"' || fail=1
grep '^ECONNRESET 0' end || fail=1
test "$(cat status)" = 125 || fail=1
one_line_ err || fail=1
has_line_ err 'cannot prepare the connection: ' || fail=1

# Wherever the descriptors run out after that.
whole=0 cut=0
for limit in 4 5 6 7 8 9 10 11 12; do
  served_ "ulimit -n $limit"' && exec "$@"' || continue
  if test "$(cat status)" = 0; then
    whole=$((whole + 1))
    grep '^end 1000' end || fail=1
  else
    cut=$((cut + 1))
    grep '^ECONNRESET 0' end || fail=1
    # A sanitizer has words of its own where it cannot open what it wants.
    grep '^socketpipe' err > ours
    one_line_ ours || fail=1
  fi
  echo "limit $limit: status $(cat status), $(cat end)"
done
test $cut != 0 && test $whole != 0 || fail=1

# Whatever ends it, the command's output is a part.
for sig in TERM HUP KILL; do
  rm -f end serve
  helper old-socketpipe -h 127.0.0.1 -l { helper defaults env } \
    -r { sh -c 'echo data; echo $PPID > serve.tmp; mv serve.tmp serve
                exec helper sit remote' } -o { helper drain end } 2> err &
  run_=$!
  at_exit_ "kill -KILL $run_ 2> /dev/null"
  wait_for_ test -f serve || fail=1
  kill -$sig "$(cat serve)" || fail=1
  helper wait-gone 60 $run_ || { fail=1; kill -KILL $run_; }
  wait $run_
  grep '^ECONNRESET' end || fail=1
done

no_process_left_ || fail=1

Exit $fail
