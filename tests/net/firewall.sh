#!/bin/sh
# Whatever a firewall lets through is found, and the data arrives.

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

# one_way_ HOST RULE OPTION...: what comes in to HOST for another port than
# ssh's is treated by RULE, so that the other direction is taken.
one_way_ ()
{
  wall_host_=$1 rule_=$2
  shift 2
  pair_
  firewall_ $wall_host_ input "$ssh_passes_" "$rule_"
  run_ 0 "$@"
  case $wall_host_ in
    here) route_ both local-to-remote 192.0.2.1 192.0.2.2 ;;
    there) route_ both remote-to-local 192.0.2.2 192.0.2.1 ;;
  esac
  set_up_within_ 5
}

# no_way_ RULE LIMIT OPTION...: both have such a firewall.
no_way_ ()
{
  rule_=$1 limit_=$2
  shift 2
  pair_
  firewall_ here input "$rule_"
  firewall_ there input "$ssh_passes_" "$rule_"
  run_ 0 "$@"
  route_ both login
  set_up_within_ $limit_
}

# What it says about what was tried.
drops_ ()
{
  no_way_ "$tcp_drop_" 7 -t 2
  said_ '^socketpipe: [^ ]+ tried 192\.0\.2\.1 port [0-9]+: no answer$'
  said_ '^socketpipe: this host tried 192\.0\.2\.2 port [0-9]+: no answer$'
  said_ '^socketpipe: no direct connection with [^ ]+, so the data goes through the login: '
}

# Without waiting for the time to run out.
rejects_ ()
{
  no_way_ "$tcp_reject_" 5
  said_ '^socketpipe: [^ ]+ tried 192\.0\.2\.1 port [0-9]+: Connection refused$'
  said_ '^socketpipe: this host tried 192\.0\.2\.2 port [0-9]+: Connection refused$'
}

start_case_ here-drops one_way_ here "$tcp_drop_"
start_case_ here-rejects one_way_ here "$tcp_reject_"
start_case_ there-drops one_way_ there "$tcp_drop_"
start_case_ there-rejects one_way_ there "$tcp_reject_"
start_case_ both-drop drops_
start_case_ both-reject rejects_
start_case_ both-prohibit no_way_ \
  'meta l4proto tcp reject with icmpx type admin-prohibited' 5
finish_cases_
no_process_left_ || fail=1

Exit $fail
