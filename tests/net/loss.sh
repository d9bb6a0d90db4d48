#!/bin/sh
# A line that loses packets takes longer, and nothing else.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
. "$srcdir/tests/sshd.sh"
. "$srcdir/tests/hosts.sh"
print_ver_ socketpipe
hosts_need_
sshd_prepare_hosts_
helper random 20M > data || framework_failure_

helper random 20k > data || framework_failure_

# lossy_ NUMBER RUNS: of what does not belong to the login, each packet with
# this number is lost, and its multiples.
lossy_ ()
{
  pair_
  for i in here there; do
    on $i nft "table ip loss {
      chain in {
        type filter hook input priority -10
        iif lo accept
        numgen inc mod $1 == 0 drop
      }
    }" || framework_failure_
  done
  login='on there'
  runs=$2
  while test $runs != 0; do
    runs=$((runs - 1))
    run_ 0
    route_ both "$direct"
    set_up_within_ 10
  done
}

start_case_ fifth lossy_ 5 5
start_case_ seventh lossy_ 7 8
start_case_ eleventh lossy_ 11 8
finish_cases_
no_process_left_ || fail=1

Exit $fail
