#!/bin/sh
# Of the channels of a link, one may have a direct route and the login carry
# the other one.

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

# pass_ NUMBER: of all attempts to connect to a port here, that one alone comes
# through, counted from 0, and none to a port there.
pass_ ()
{
  pair_
  firewall_ here input 'ct state established,related accept' \
    "ct state new numgen inc mod 1000000 == $1 accept" "$tcp_drop_"
  firewall_ there input "$ssh_passes_" "$tcp_drop_"
  run_ 0 -t 3
  said_ '^socketpipe: (in|out)put channel connected .* \(remote-to-local\)$'
  said_ '^socketpipe: (in|out)put channel connected .* \(login\)$'
  test "$(grep -c '^socketpipe: no direct connection with' err)" = 1 || wrong_
}

start_case_ first pass_ 0
start_case_ second pass_ 1
finish_cases_

Exit $fail
