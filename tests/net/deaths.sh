#!/bin/sh
# Whatever dies while the login carries the data, nothing is left behind.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
. "$srcdir/tests/sshd.sh"
. "$srcdir/tests/hosts.sh"
print_ver_ socketpipe
hosts_need_
sshd_prepare_hosts_

# begin_ busy|idle: data goes there and back through the login, on and on, or
# some and then nothing more.
begin_ ()
{
  pair_
  firewall_ here input "$tcp_reject_"
  firewall_ there input "$ssh_passes_" "$tcp_reject_"
  case $1 in
    busy) set -- helper random 1000000M ;;
    idle) set -- sh -c 'echo data; exec helper sit idle' ;;
  esac
  on here helper defaults socketpipe -v -i { "$@" } -l { $login } -r { cat } \
    -o { sh -c 'head -c 4 > begun; exec helper drain how' } 2> err &
  run=$!
  wait_for_ flows_
  route_ both login
}

flows_ ()
{
  test -s begun || ! kill -0 $run 2> /dev/null
}

# ends_ STATUS: the run ends with it, on both hosts, and no reader takes its
# part for the whole.
ends_ ()
{
  helper wait-gone 60 $run || { kill -KILL $run; fail=1; }
  wait $run
  ended=$?
  test $ended = $1 || { warn_ "status $ended instead of $1"; wrong_; }
  wait_for_ hosts_quiet_ || fail=1
  test ! -f how || grep '^E' how > /dev/null || { cat how; wrong_; }
}

# here_ MANNER SIGNAL STATUS: the local side gets SIGNAL.
here_ ()
{
  begin_ $1
  kill -$2 $run
  ends_ $3
}

# login_ MANNER: the login dies.
login_ ()
{
  begin_ $1
  kill -KILL $(ps -A -o pid= -o ppid= -o comm= \
               | awk -v run=$run '$2 == run && $3 == "ssh" { print $1 }')
  ends_ 125
  said_ 'socketpipe: lost contact with there: .* killed by signal 9'
}

is_agent_ ()
{
  tr '\0' ' ' < /proc/$1/cmdline | grep '^socketpipe --agent' > /dev/null
}

kill_agent_ ()
{
  # Its children have its name, too, before they have another.
  for pid in $(hosts_processes_); do
    is_agent_ $pid && ! is_agent_ $(ps -o ppid= -p $pid) && break
  done
  kill -KILL $pid
}

# agent_ MANNER: the agent dies.
agent_ ()
{
  begin_ $1
  kill_agent_
  ends_ 125
  said_ 'socketpipe: lost contact with there'
}

# The agent dies, while its command reads.
reader_ ()
{
  pair_
  firewall_ here input "$tcp_reject_"
  firewall_ there input "$ssh_passes_" "$tcp_reject_"
  for i in 1 2 3; do
    rm -f begun
    on here socketpipe -v -i { helper random 1000000M } -l { $login } \
      -r { sh -c "head -c 4 > $PWD/begun; exec helper drain $PWD/how" } \
      2> err &
    run=$!
    wait_for_ flows_
    route_ input login
    kill_agent_
    ends_ 125
    rm -f how
  done
}

for manner in busy idle; do
  start_case_ interrupted-$manner here_ $manner INT 130
  start_case_ ended-$manner here_ $manner TERM 143
  start_case_ killed-$manner here_ $manner KILL 137
  start_case_ login-$manner login_ $manner
  start_case_ agent-$manner agent_ $manner
done
start_case_ reader reader_
finish_cases_
no_process_left_ || fail=1

Exit $fail
