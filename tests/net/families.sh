#!/bin/sh
# Of all addresses of both families, one that works is found soon.

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

# dual_ LOGIN-ADDRESS: two hosts with addresses of both families.
dual_ ()
{
  host_ here
  host_ there
  cable_ here eth0 192.0.2.1/24,2001:db8::1/64 \
    there eth0 192.0.2.2/24,2001:db8::2/64
  sshd_on_ there
  login="ssh $1"
}
v4='192.0.2.[12]'
v6='2001:db8::[12]'

v6_only_ ()
{
  host_ here
  host_ there
  cable_ here eth0 2001:db8::1/64 there eth0 2001:db8::2/64
  sshd_on_ there
  login='ssh 2001:db8::2'
  run_ 0
  route_ both "$direct" "$v6" "$v6"
  set_up_within_ 5

  # The other direction.
  firewall_ here input "$tcp_drop_"
  run_ 0
  route_ both local-to-remote "$v6" "$v6"
  set_up_within_ 5

  # What is not there cannot be used.
  run_ 0 -4
  route_ both login
  set_up_within_ 5
}

# Nothing but addresses that mean something on one link only: the login's has
# the name of the link with it.
link_local_ ()
{
  host_ here
  host_ there
  cable_ here near fe80::1/64 there far fe80::2/64
  sshd_on_ there
  login='ssh fe80::2%near'
  run_ 0
  # Each may have another one besides.
  route_ both "$direct" 'fe80:[0-9a-f:]*' 'fe80:[0-9a-f:]*'
  set_up_within_ 5
}

# IPv6 looks good, but all is lost but the login.
v6_broken_ ()
{
  dual_ 2001:db8::2
  for i in here there; do
    firewall_ $i input "$ssh_passes_" "meta nfproto ipv6 $tcp_drop_"
  done
  run_ 0
  route_ both "$direct" "$v4" "$v4"
  set_up_within_ 3
}

chosen_ ()
{
  dual_ 192.0.2.2
  run_ 0 -4
  route_ both "$direct" "$v4" "$v4"
  run_ 0 -6
  route_ both "$direct" "$v6" "$v6"
  set_up_within_ 3

  login='ssh 2001:db8::2'
  run_ 0 --ipv4 --listen=remote
  route_ both local-to-remote 192.0.2.1 192.0.2.2
  run_ 0 --ipv6 --listen=local
  route_ both remote-to-local "$v6" "$v6"
  set_up_within_ 3
}

# two_ HOW: a login that does not know any address, and two interfaces, of
# which the first is dead.
two_ ()
{
  host_ here
  host_ there
  cable_ here eth0 192.0.2.1/24 there eth0 192.0.2.2/24
  cable_ here eth1 198.51.100.1/24 there eth1 198.51.100.2/24
  case $1 in
    cut) on there ip link set eth0 down ;;
    drop)
      for i in here there; do
        firewall_ $i input "iifname eth0 $tcp_drop_"
      done ;;
  esac
  login='on there'
  run_ 0
  route_ both "$direct" '198.51.100.[12]' '198.51.100.[12]'
  set_up_within_ 5
}

# name_: with -h, a name whose first address is no host's.
name_ ()
{
  printf '%s\n' '127.0.0.1 localhost' '192.0.2.3 here.example' \
    '192.0.2.1 here.example' > there.names
  pair_
  run_ 0 -h here.example --listen=local
  route_ both remote-to-local 192.0.2.2 192.0.2.1
  set_up_within_ 5

  # A name that means nothing there leaves the other ways.
  run_ 0 -h no-such-host.example
  route_ both local-to-remote 192.0.2.1 192.0.2.2
}

if test -f /proc/net/if_inet6; then
  start_case_ v6-only v6_only_
  start_case_ link-local link_local_
  start_case_ v6-broken v6_broken_
  start_case_ chosen chosen_
fi
start_case_ cut two_ cut
start_case_ drop two_ drop
start_case_ name name_
finish_cases_
no_process_left_ || fail=1

Exit $fail
