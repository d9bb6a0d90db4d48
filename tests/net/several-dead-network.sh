#!/bin/sh
# A host that is out of reach ends a run over three hosts within the time that
# --dead-peer-timeout gives, also where this host has no channel with it.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
. "$srcdir/tests/sshd.sh"
. "$srcdir/tests/hosts.sh"
. "$srcdir/tests/pipeline.sh"
print_ver_ socketpipe
hosts_need_
sshd_prepare_hosts_

limit=4

# begin_ WRITER: data goes from one to two, and nothing to this host.
begin_ ()
{
  three_
  # What keeps ssh alive would be the first to notice.
  login_one_='ssh -o ServerAliveInterval=0 192.0.2.2'
  login_two_='ssh -o ServerAliveInterval=0 198.51.100.2'
  on here helper defaults several --dead-peer-timeout $limit \
    -l { $login_one_ } -r { sh -c "$1" } \
    -l { $login_two_ } \
    -r { sh -c "head -c 4 > $PWD/begun; exec helper drain $PWD/how" } \
    > out 2> err &
  run=$!
  wait_for_ flows_
}

flows_ ()
{
  test -s begun || ! kill -0 $run 2> /dev/null
}

# silence_ HOST INTERFACE: all that comes or goes there is lost, and neither end
# is told.
silence_ ()
{
  on $1 nft "table inet dead {
    chain in { type filter hook input priority -20
      iifname $2 drop
    }
    chain out { type filter hook output priority -20
      oifname $2 drop
    }
  }" || framework_failure_
  ended=$(date +%s)
}

# lost_ HOST: the run ends in time, because of that one, and all on the other
# hosts does.
lost_ ()
{
  helper wait-gone $((15 * limit)) $run || { kill -KILL $run; fail=1; }
  wait $run
  status=$?
  echo "ended after $(($(date +%s) - ended)) s"
  test $status = 125 || { warn_ "status $status"; wrong_; }
  said_ "^socketpipe: lost contact with $1: "
  test "$(grep -c '^socketpipe: lost contact' err)" = 1 || wrong_
  wait_for_ hosts_quiet_ || fail=1
  echo "all quiet after $(($(date +%s) - ended)) s"
}

# dies_ HOST busy|idle: HOST is out of reach for all.
dies_ ()
{
  case $2 in
    busy) begin_ 'exec helper random 1000000M' ;;
    idle) begin_ "echo data; exec helper sit $PWD/idle"
      wait_for_ test -f idle || fail=1 ;;
  esac
  silence_ $1 'eth*'
  # When this host is cut off, any of the others may be the first to be missed.
  case $1 in
    here) lost_ '(one|two)' ;;
    *) lost_ $1 ;;
  esac
  test ! -f how || grep '^E' how > /dev/null || { cat how; wrong_; }
}

# path_dies_: what is between this host and one breaks, but all data arrives:
# how the command on one ended is never known.
path_dies_ ()
{
  begin_ "echo data; until test -f $PWD/go; do helper nap 50; done"
  silence_ one eth0
  : > go
  lost_ one
  grep '^end ' how > /dev/null || { cat how; wrong_; }
}

start_case_ path path_dies_
for manner in busy idle; do
  for host in here one two; do
    start_case_ $host-$manner dies_ $host $manner
  done
done
finish_cases_
no_process_left_ || fail=1

Exit $fail
