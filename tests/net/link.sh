#!/bin/sh
# A line that breaks for good ends a run on every route; a short break does not.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
. "$srcdir/tests/sshd.sh"
. "$srcdir/tests/hosts.sh"
print_ver_ socketpipe
hosts_need_
sshd_prepare_hosts_
helper random 30M > data || framework_failure_
helper sum < data > sum || framework_failure_

# take_ ROUTE: two hosts with a router between them, and the options and
# walls that make ROUTE the one that is taken.
take_ ()
{
  host_ here
  router_ router
  host_ there
  cable_ here eth0 10.0.0.2/24 router lan 10.0.0.1/24
  cable_ router wan 192.0.2.1/24 there eth0 192.0.2.2/24
  gateway_ here 10.0.0.1
  gateway_ there 192.0.2.1
  sshd_on_ there
  options=-v
  case $1 in
    remote-to-local) options='-v --listen=local' ;;
    local-to-remote) options='-v --listen=remote' ;;
    login) firewall_ router forward "$ssh_passes_" "$tcp_reject_" ;;
  esac
}

flows_ ()
{
  test -s begun || ! kill -0 $run 2> /dev/null
}

# for_good_ ROUTE: data goes there and back; then there is no way any more.
for_good_ ()
{
  take_ $1
  on here socketpipe $options --dead-peer-timeout=8 \
    -i { helper random 1000000M } -l { ssh 192.0.2.2 } \
    -r { cat } \
    -o { sh -c 'head -c 100000 > begun; exec helper drain how' } 2> err &
  run=$!
  wait_for_ flows_
  test -s begun || fail=1
  route_ both $1
  set_up_within_ 5
  # Neither host has anything to do with this cable.
  on router ip link set wan down
  helper wait-gone 75 $run || { kill -KILL $run; fail=1; }
  wait $run
  ended=$?
  test $ended = 125 || { warn_ "status $ended"; wrong_; }
  # No reader took its part for the whole.
  test ! -f how || grep '^E' how > /dev/null || { cat how; wrong_; }
}

# short_ ROUTE: the way is closed for some seconds.
short_ ()
{
  take_ $1
  on here socketpipe $options --dead-peer-timeout=60 -i { cat ../data } \
    -l { ssh 192.0.2.2 } -r { helper slow 1M 100 } \
    -o { sh -c 'tee begun | helper sum' } > out 2> err &
  run=$!
  wait_for_ flows_
  on router ip link set wan down
  # This pause is what is tested.
  helper nap 5000
  on router ip link set wan up
  helper wait-gone 120 $run || { kill -KILL $run; fail=1; }
  wait $run
  ended=$?
  test $ended = 0 || { warn_ "status $ended"; wrong_; }
  compare ../sum out || fail=1
  route_ both $1
}

for route in remote-to-local local-to-remote login; do
  start_case_ ends-$route for_good_ $route
  start_case_ survives-$route short_ $route
done
finish_cases_
no_process_left_ || fail=1

Exit $fail
