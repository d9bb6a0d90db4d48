#!/bin/sh
# Whatever dies in a run over three hosts, all ends on all of them, and no
# reader takes what it got for the whole.

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

# prepare_ direct|carried
prepare_ ()
{
  three_
  test $1 = direct || part_one_two_ "$tcp_reject_"
}

# Where the last reader is: on this host, or on two.
readers='output two'

# begin_ READER: data goes through all stages, on and on, to READER, which
# tells in the file "how" what ended its input.
begin_ ()
{
  rm -f begun how pid-*
  reader_="head -c 4 > $PWD/begun; exec helper drain $PWD/how"
  one_="echo \$\$ > $PWD/pid-one; exec cat"
  two_="echo \$\$ > $PWD/pid-two; exec cat"
  output_="exec cat"
  eval ${1}_=\$reader_
  # A reader on two is no child of a shell that waits.
  test $1 = output || two_="echo \$\$ > $PWD/pid-two; $two_"
  on here helper defaults several -i { helper random 1000000M } \
    -l { $login_one_ } -r { sh -c "$one_" } \
    -l { $login_two_ } -r { sh -c "$two_" } -o { sh -c "$output_" } \
    > out 2> err &
  run=$!
  wait_for_ flows_
}

flows_ ()
{
  test -s begun || ! kill -0 $run 2> /dev/null
}

# ends_ STATUS: the run ends with it, on all hosts.
ends_ ()
{
  shown_=
  helper wait-gone 60 $run || { kill -KILL $run; fail=1; }
  wait $run
  ended=$?
  test $ended = $1 || { warn_ "status $ended instead of $1"; wrong_; }
  wait_for_ hosts_quiet_ || fail=1
  test ! -f how || grep '^E' how > /dev/null || { cat how; wrong_; }
}

# leader_ MANNER: the leader gets a signal.
leader_ ()
{
  prepare_ $1
  for sig in INT:130 TERM:143 KILL:137; do
    for reader in $readers; do
      begin_ $reader
      kill -${sig%:*} $run
      ends_ ${sig#*:}
    done
  done
}

# login_ MANNER: the client of a login dies.
login_ ()
{
  prepare_ $1
  for address in 192.0.2.2 198.51.100.2; do
    for reader in $readers; do
      begin_ $reader
      kill -KILL $(ps -A -o pid= -o ppid= -o args= \
        | awk -v run=$run -v to=$address \
            '$2 == run && $3 ~ /ssh$/ && index ($0, to " ") { print $1 }')
      ends_ 125
      case $address in
        192*) said_ '^socketpipe: lost contact with one: .* killed by signal 9' ;;
        *) said_ '^socketpipe: lost contact with two: .* killed by signal 9' ;;
      esac
      test "$(grep -c '^socketpipe: lost contact' err)" = 1 || wrong_
    done
  done
}

is_agent_ ()
{
  tr '\0' ' ' < /proc/$1/cmdline | grep '^socketpipe --agent' > /dev/null
}

# kill_agent_ HOST
kill_agent_ ()
{
  space=$(readlink /proc/$(cat hosts/$1)/ns/net)
  for pid in $(hosts_processes_); do
    # Its children have its name, too, before they have another.
    test "$(readlink /proc/$pid/ns/net)" = "$space" && is_agent_ $pid \
      && ! is_agent_ $(ps -o ppid= -p $pid) && break
  done
  kill -KILL $pid
}

# agent_ MANNER: an agent dies.
agent_ ()
{
  prepare_ $1
  for host in one two; do
    for reader in $readers; do
      begin_ $reader
      kill_agent_ $host
      ends_ 125
      said_ "^socketpipe: lost contact with $host"
      test "$(grep -c '^socketpipe: lost contact' err)" = 1 || wrong_
    done
  done
}

# command_dies_ MANNER: a command dies.
command_dies_ ()
{
  prepare_ $1
  for reader in $readers; do
    begin_ $reader
    kill -KILL $(cat pid-one)
    ends_ 137
    said_ "^socketpipe: remote command 'sh' on one failed: killed by signal 9"
    grep '^E' how > /dev/null || fail=1
  done
  begin_ output
  kill -KILL $(cat pid-two)
  ends_ 137
  said_ "^socketpipe: remote command 'sh' on two failed: killed by signal 9"
  grep '^E' how > /dev/null || fail=1
}

for manner in direct carried; do
  start_case_ leader-$manner leader_ $manner
  start_case_ login-$manner login_ $manner
  start_case_ agent-$manner agent_ $manner
  start_case_ command-$manner command_dies_ $manner
done
finish_cases_
no_process_left_ || fail=1

Exit $fail
