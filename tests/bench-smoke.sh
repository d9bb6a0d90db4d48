#!/bin/sh
# The benchmarks run, with as little as possible to do, and make their tables.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe
: "${abs_top_builddir=$(cd .. && pwd)}"
test -x "$abs_top_builddir/bench/gauge" \
  || framework_failure_ "the programs of the benchmarks are not built"

# bench_ NAME=VALUE...: run them with these settings.
bench_ ()
{
  run_limit_=250 bounded_ env srcdir="$abs_top_srcdir" MODE=smoke \
    RESULTS=results "$@" sh "$abs_top_srcdir/bench/bench.sh" > out 2> err
  status=$?
  test $status != 77 || skip_ "$(sed -n 's/^bench: skipped: //p' err)"
  test $status = 0 && return
  warn_ "status $status instead of 0"
  cat out err >&2
  fail=1
}

# What is on every machine that has two hosts; the others come along.
bench_
has_line_ results/bulk.csv '^bulk,socketpipe,1,rate,MB/s,[0-9.]+$' || fail=1
has_line_ results/bulk.csv '^bulk,raw,1,rate,MB/s,[0-9.]+$' || fail=1
has_line_ results/summary.csv '^bulk,ssh,rate,MB/s,1,' || fail=1
has_line_ out '^  socketpipe  ' || fail=1

no_process_left_ || fail=1

Exit $fail
