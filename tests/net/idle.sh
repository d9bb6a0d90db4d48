#!/bin/sh
# A firewall that forgets quiet connections does not forget ours.

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

# forgetful_ ROUTE: two hosts, and a firewall between them that knows a
# connection for few seconds after its last packet.
forgetful_ ()
{
  host_ here
  router_ router
  host_ there
  cable_ here eth0 10.0.0.2/24 router lan 10.0.0.1/24
  cable_ router wan 192.0.2.1/24 there eth0 192.0.2.2/24
  gateway_ here 10.0.0.1
  gateway_ there 192.0.2.1
  on router nft 'table inet forgets {
    chain forward {
      type filter hook forward priority -10
      ct state invalid drop
      ct state new tcp flags & (syn | ack) != syn drop
    }
  }' || framework_failure_
  on router sh -c 'cd /proc/sys/net/netfilter \
    && echo 0 > nf_conntrack_tcp_loose \
    && echo 12 > nf_conntrack_tcp_timeout_established' \
    || framework_failure_
  sshd_on_ there
  login='ssh 192.0.2.2'
  options=
  case $1 in
    remote-to-local) options=--listen=local ;;
    login) firewall_ router forward "$ssh_passes_" "$tcp_reject_" ;;
  esac
}

# For so long nothing is said: this pause is what is tested.
quiet=18000

# The writers have nothing to write.
silent_ ()
{
  forgetful_ $1
  command_ 0 -v $options --dead-peer-timeout=12 \
    -i { sh -c "echo one; helper nap $quiet; echo two" } -l { $login } \
    -r { sh -c "cat; echo three" } -o { cat }
  printf '%s\n' one two three > exp
  compare exp out || fail=1
  route_ both $1
}

# The reader does something else.
paused_ ()
{
  forgetful_ $1
  command_ 0 -v $options --dead-peer-timeout=12 \
    -i { cat ../data } -l { $login } -r { cat } \
    -o { sh -c "helper nap $quiet; cat" }
  cmp ../data out || fail=1
  route_ both $1
}

for route in remote-to-local login; do
  start_case_ silent-$route silent_ $route
  start_case_ paused-$route paused_ $route
done
finish_cases_
no_process_left_ || fail=1

Exit $fail
