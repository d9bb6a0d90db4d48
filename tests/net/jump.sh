#!/bin/sh
# Through a jump host, data goes the direct way if there is one.

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

jump_ ()
{
  host_ here
  router_ jump
  host_ there
  cable_ here eth0 192.0.2.1/24 jump eth0 192.0.2.2/24
  cable_ jump eth1 198.51.100.2/24 there eth0 198.51.100.1/24
  sshd_on_ jump
  sshd_on_ there
  login='ssh -J 192.0.2.2 198.51.100.1'
}

# The other host was logged in to from the jump host, and not from here.
direct_ ()
{
  jump_
  cable_ here eth1 203.0.113.1/24 there eth1 203.0.113.2/24
  run_ 0
  route_ both "$direct" '203.0.113.[12]' '203.0.113.[12]'
  set_up_within_ 5
}

# The jump host is a router as well.
routed_ ()
{
  jump_
  gateway_ here 192.0.2.2
  gateway_ there 198.51.100.2
  run_ 0
  route_ both "$direct"
  set_up_within_ 5
}

# Neither host can reach the other.
apart_ ()
{
  jump_
  run_ 0
  route_ both login
  set_up_within_ 5
}

# They could, but the jump host stands in the way.
blocked_ ()
{
  jump_
  gateway_ here 192.0.2.2
  gateway_ there 198.51.100.2
  firewall_ jump forward "$tcp_drop_"
  run_ 0 -t 2
  route_ both login
  set_up_within_ 7
}

# The jump host listens on the very port: it is not the one that is meant.
mistaken_ ()
{
  jump_
  cable_ here eth1 203.0.113.1/24 there eth1 203.0.113.2/24
  on jump helper tcp-serve -a 40000 busy cat &
  busy=$!
  wait_for_ test -f busy || fail=1
  run_ 0 --port=40000
  route_ both "$direct" '203.0.113.[12]' '203.0.113.[12]'
  set_up_within_ 5
  kill $busy
}

start_case_ direct direct_
start_case_ routed routed_
start_case_ apart apart_
start_case_ blocked blocked_
start_case_ mistaken mistaken_
finish_cases_
no_process_left_ || fail=1

Exit $fail
