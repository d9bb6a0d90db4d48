#!/bin/sh
# Who owns an address that is tried, and passes on what comes there, gets no
# data that is not encrypted.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
. "$srcdir/tests/sshd.sh"
. "$srcdir/tests/hosts.sh"
print_ver_ socketpipe
hosts_need_
sshd_prepare_hosts_
helper random 300000 8 > data || framework_failure_
port=40000
told='is behind a NAT or a go-between: used only with --encrypt, or when -h names it'

# inner_ HOST ADDRESS: HOST has a network of its own.
inner_ ()
{
  on $1 ip link add inner type veth peer name nothing \
    && interface_ $1 inner $2 && on $1 ip link set nothing up \
    || framework_failure_
}

# sites_: two hosts that reach each other by the login only, and a third one,
# which this host lets in; the address 10.9.0.1 of this host is nobody's, or
# another one's, elsewhere.
sites_ ()
{
  router_ router
  net=0
  for i in here there other; do
    net=$((net + 1))
    host_ $i
    cable_ $i eth0 10.0.$net.2/24 router $i 10.0.$net.1/24
    gateway_ $i 10.0.$net.1
  done
  inner_ here 10.9.0.1/24
  firewall_ here input "ip saddr 10.0.2.2 $tcp_reject_"
  firewall_ there input "$ssh_passes_" "$tcp_reject_"
  login='on there'
}

# passes_on_ HOST ADDRESS: one on HOST passes on what comes in there to
# ADDRESS.
passes_on_ ()
{
  on $1 helper mitm $2 $port "$PWD/mitm" rst-turn 1000000 &
  between=$!
  wait_for_ test -f mitm.ready || fail=1
}

# refused_ ADDRESS OPTION...: the go-between is found out; all else goes on,
# and with encryption there is nothing to be had there.
refused_ ()
{
  address_=$1
  shift
  run_ 0 --port=$port --listen=local "$@"
  route_ both login
  said_ "^socketpipe: there tried $address_ port $port: $told\$"
  set_up_within_ 5
}

encrypted_ ()
{
  encrypts_ || return 0
  command_ 0 -v -e --port=$port --listen=local -i { cat ../data } \
    -l { $login } -r { cat } -o { cat }
  cmp ../data out || fail=1
  said_ "^socketpipe: input channel connected.* \(remote-to-local, "
}

bystander_ ()
{
  sites_
  inner_ other 10.9.0.1/24
  on router ip route add 10.9.0.0/24 via 10.0.3.2 || framework_failure_
  passes_on_ other 10.0.1.2
  refused_ 10.9.0.1
  encrypted_
  kill $between
}

translated_ ()
{
  sites_
  on router nft "table ip nat {
      chain in {
        type nat hook prerouting priority -100
        ip daddr 10.9.0.1 tcp dport $port dnat to 10.0.3.2
      }
    }" || framework_failure_
  passes_on_ other 10.0.1.2
  refused_ 10.9.0.1
  encrypted_
  kill $between
}

# What the login came from is the jump host, where others work, too.
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
  passes_on_ jump 192.0.2.1
  refused_ 198.51.100.2
  kill $between
}

# Both hosts have an address in common, at which a user of the other host
# listens.
common_ ()
{
  sites_
  on here ip address add 172.17.0.1/16 dev inner \
    && inner_ there 172.17.0.1/16 || framework_failure_
  passes_on_ there 10.0.1.2
  run_ 0 --port=$port --listen=local
  route_ both login
  # Nobody has even knocked there.
  grep -e '172\.17' -e '127\.0' err && wrong_
  kill $between
}

# Who is named may sit in between: that is what the name is for.
named_ ()
{
  sites_
  passes_on_ other 10.0.1.2
  run_ 0 --port=$port --listen=local -h 10.0.3.2
  route_ both remote-to-local 10.0.3.2 10.0.1.2
  kill $between
}

start_case_ bystander bystander_
start_case_ translated translated_
start_case_ jump jump_
start_case_ common common_
start_case_ named named_
finish_cases_
no_process_left_ || fail=1

Exit $fail
