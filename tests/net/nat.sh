#!/bin/sh
# Behind a router that translates addresses, a way through is found.

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

# here_behind_ RULE OPTION...: this host's addresses are the router's on the
# other side; the router treats by RULE what comes in.
here_behind_ ()
{
  host_ here
  router_ router
  host_ there
  cable_ here eth0 10.0.0.2/24 router lan 10.0.0.1/24
  cable_ router wan 192.0.2.1/24 there eth0 192.0.2.2/24
  gateway_ here 10.0.0.1
  masquerade_ router wan
  firewall_ router input 'iifname lan accept' "$1"
  firewall_ router forward 'iifname lan accept' drop
  sshd_on_ there
  login='ssh 192.0.2.2'
  run_ 0
  # Its own end has the address that it has itself.
  route_ both local-to-remote 10.0.0.2 192.0.2.2
  set_up_within_ 5
}

# The other host's are, and its port for ssh is the router's.
there_behind_ ()
{
  host_ here
  router_ router
  host_ there
  cable_ here eth0 192.0.2.2/24 router wan 192.0.2.1/24
  cable_ router lan 10.0.0.1/24 there eth0 10.0.0.2/24
  gateway_ there 10.0.0.1
  masquerade_ router wan
  port_forward_ router wan $sshd_port_ 10.0.0.2
  firewall_ router input "$1"
  firewall_ router forward 'iifname lan accept' "$ssh_passes_" drop
  sshd_on_ there
  login='ssh 192.0.2.1'
  run_ 0
  # This end sees the router's address, or is told that of the host.
  route_ both remote-to-local '(192\.0\.2\.1|10\.0\.0\.2)' 192.0.2.2
  set_up_within_ 5
}

# Both are, each behind a router of its own: there is no direct way.
both_behind_ ()
{
  host_ here
  router_ router
  router_ gate
  host_ there
  cable_ here eth0 10.0.0.2/24 router lan 10.0.0.1/24
  cable_ router wan 192.0.2.1/24 gate wan 192.0.2.2/24
  cable_ gate lan 10.1.0.1/24 there eth0 10.1.0.2/24
  gateway_ here 10.0.0.1
  gateway_ there 10.1.0.1
  masquerade_ router wan
  masquerade_ gate wan
  port_forward_ gate wan $sshd_port_ 10.1.0.2
  for i in router gate; do
    firewall_ $i input 'iifname lan accept' "$1"
    firewall_ $i forward 'iifname lan accept' "$ssh_passes_" "$1"
  done
  sshd_on_ there
  login='ssh 192.0.2.2'
  run_ 0 -t 2
  route_ both login
  set_up_within_ 7
}

start_case_ here-rejects here_behind_ "$tcp_reject_"
start_case_ here-drops here_behind_ "$tcp_drop_"
start_case_ there-rejects there_behind_ "$tcp_reject_"
start_case_ there-drops there_behind_ "$tcp_drop_"
start_case_ both-reject both_behind_ "$tcp_reject_"
start_case_ both-drop both_behind_ "$tcp_drop_"
finish_cases_
no_process_left_ || fail=1

Exit $fail
