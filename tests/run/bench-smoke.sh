#!/bin/sh
# The benchmarks run, with as little as possible to do, and make their tables.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
. "$srcdir/tests/sshd.sh"
print_ver_ socketpipe
: "${abs_top_builddir=$(cd .. && pwd)}"
test -x "$abs_top_builddir/bench/gauge" \
  || framework_failure_ "the programs of the benchmarks are not built"

# bench_ NAME=VALUE...: run them with these settings, and with a tree in which
# no other test writes at the same time.
bench_ ()
{
  run_limit_=250 bounded_ env srcdir="$abs_top_srcdir" MODE=smoke \
    TREE="$abs_top_srcdir/src" RESULTS=results "$@" \
    sh "$abs_top_srcdir/bench/bench.sh" > out 2> err
  status=$?
  test $status != 77 || skip_ "$(sed -n 's/^bench: skipped: //p' err)"
  test $status = 0 && return
  warn_ "status $status instead of 0"
  cat out err >&2
  fail=1
}

# Once is enough for a suite that is run in several builds.
if test -n "${SMALL_TESTS-}"; then
  bench_ WORKLOADS="bulk setup" CONTENDERS="raw socketpipe ssh"
  has_line_ results/bulk.csv '^bulk,socketpipe,1,rate,MB/s,[0-9.]+$' || fail=1
  has_line_ results/setup.csv '^setup,socketpipe,1,running,' || fail=1
  no_process_left_ || fail=1
  Exit $fail
fi

# Whatever is installed, in one workload; and all workloads, with what is on
# every machine.
bench_ WORKLOADS=bulk RESULTS=all
bench_ CONTENDERS="raw socketpipe ssh"

# recorded_ WORKLOAD CONTENDER METRIC: there is a number.
directory=results
recorded_ ()
{
  has_line_ $directory/$1.csv "^$1,$2,1,$3,[A-Za-z/]+,[0-9.]+\$" || fail=1
}

for contender in raw socketpipe ssh; do
  for workload in bulk duplex tar compress many-1 many-4; do
    recorded_ $workload $contender rate
  done
  recorded_ turnaround $contender median
done
for contender in socketpipe ssh; do
  recorded_ setup $contender running
  recorded_ own $contender all_cpu
  recorded_ own $contender memory_near
done
recorded_ bulk socketpipe cpu
recorded_ progress socketpipe rate
if command -v tc > /dev/null; then
  recorded_ link-limit raw rate
  recorded_ link raw rate
  recorded_ link-loss socketpipe rate
  recorded_ link-turn socketpipe median
  recorded_ link-setup socketpipe all
fi
has_line_ results/summary.csv "^bulk,ssh,rate,MB/s,1," || fail=1
has_line_ out "^  socketpipe  " || fail=1

# With a host to log in to.  To have none does not hide what has failed so far.
test $fail = 0 || Exit $fail
sshd_start_
bench_ HOST=remotehost WORKLOADS="bulk setup" RESULTS=remote \
  CONTENDERS="raw iperf3 socketpipe ssh"
directory=remote
for contender in raw iperf3 socketpipe ssh; do
  test $contender = iperf3 && ! command -v iperf3 > /dev/null \
    || recorded_ bulk $contender rate
done
recorded_ setup socketpipe running

no_process_left_ || fail=1

Exit $fail
