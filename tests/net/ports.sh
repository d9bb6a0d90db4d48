#!/bin/sh
# With --port, a range of ports that is open is enough.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
. "$srcdir/tests/sshd.sh"
. "$srcdir/tests/hosts.sh"
print_ver_ socketpipe
hosts_need_
sshd_prepare_hosts_
helper random 5M > data || framework_failure_

# Both hosts let in what comes for RANGE only.
range_ ()
{
  pair_
  firewall_ here input "tcp dport $1 accept" "$tcp_drop_"
  firewall_ there input "$ssh_passes_" "tcp dport $1 accept" "$tcp_drop_"
}

# port_ LOW HIGH: the input channel's port in the offer is one of these.
port_ ()
{
  used_=$(sed -n 's/^socketpipe: input channel connected .* port \([0-9]*\) ([a-z-]*)$/\1/p' err)
  test "$1" -le "${used_:-0}" && test "$used_" -le "$2" \
    || { warn_ "port '$used_'"; fail=1; }
}

open_ ()
{
  range_ 40000-40003
  run_ 0 --port=40000:40003
  route_ both "$direct"
  port_ 40000 40003
  set_up_within_ 5
}

# The same, when only the other host has them open.
open_there_ ()
{
  pair_
  firewall_ here input "$tcp_drop_"
  firewall_ there input "$ssh_passes_" 'tcp dport 40000-40003 accept' \
    "$tcp_drop_"
  run_ 0 --port=40000:40003
  route_ both local-to-remote
  port_ 40000 40003
  set_up_within_ 5
}

# One port is enough for a run.
single_ ()
{
  range_ 40000
  run_ 0 --port=40000
  route_ both "$direct"
  port_ 40000 40000
  set_up_within_ 5
}

# Ports with another listener are left out.
occupied_ ()
{
  range_ 40000-40001
  on here helper tcp-serve -a 40000 busy true &
  wait_for_ test -f busy || fail=1
  run_ 0 --port=40000:40001
  route_ both "$direct"
  port_ 40001 40001
  kill $!
}

# Two runs at once have room in a range of two.
two_at_once_ ()
{
  range_ 40000-40001
  for i in first second; do
    mkdir $i || framework_failure_
    status_ 0 on here socketpipe -v --port=40000:40001 -i { cat ../data } \
      -l { $login } -r { sh -c "echo > $PWD/$i/runs
          until test -f $PWD/both; do helper nap 20; done; cat" } \
      -o { cat } > $i/out 2> $i/err &
    eval "$i=\$!"
  done
  wait_for_ test -f first/runs && wait_for_ test -f second/runs || fail=1
  : > both
  for i in first second; do
    eval "wait \$$i" || fail=1
    cmp ../data $i/out || fail=1
    cp $i/err err
    route_ both "$direct"
    port_ 40000 40001
    set_up_within_ 5
  done
}

# full_ HOST: a range that is full there is an error, which names it.
full_ ()
{
  pair_
  on $1 helper tcp-serve -a 40000 busy true &
  busy=$!
  on $1 helper tcp-serve -a 40001 busier true &
  busier=$!
  wait_for_ test -f busy && wait_for_ test -f busier || fail=1
  run_ 125 --port=40000:40001
  said_ '^socketpipe: .*40000.*40001'
  kill $busy $busier
}

start_case_ open open_
start_case_ open-there open_there_
start_case_ single single_
start_case_ occupied occupied_
start_case_ two two_at_once_
start_case_ full-here full_ here
start_case_ full-there full_ there
finish_cases_
no_process_left_ || fail=1

Exit $fail
