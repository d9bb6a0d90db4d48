#!/bin/sh
# Where large packets vanish on the way, the data arrives all the same.

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

# way_: two routers between the hosts, and a cable that lets a login through.
way_ ()
{
  host_ here
  router_ near
  router_ far
  host_ there
  cable_ here eth0 10.0.0.2/24 near lan 10.0.0.1/24
  cable_ near wan 10.1.0.1/24 far wan 10.1.0.2/24
  cable_ far lan 10.2.0.1/24 there eth0 10.2.0.2/24
  gateway_ here 10.0.0.1
  gateway_ near 10.1.0.2
  gateway_ far 10.1.0.1
  gateway_ there 10.2.0.1
  cable_ here eth1 192.0.2.1/24 there eth1 192.0.2.2/24
  for i in here there; do
    # What the rules see must be what would go over a wire.
    on $i ip link set eth0 gso_max_segs 1 || fail=1
    firewall_ $i input "iifname eth1 $ssh_passes_" "iifname eth1 $tcp_reject_"
  done
  sshd_on_ there
  login='ssh 192.0.2.2'
}

# The data arrives, with smaller packets, through the same way.
smaller_ ()
{
  run_ 0 "$@"
  route_ both "$direct"
  set_up_within_ 15
}

# large_ ROUTER SIZE [RULE]: larger packets are lost there.
large_ ()
{
  on $1 nft "table ip hole {
    chain on {
      type filter hook forward priority 0
      ${3-} meta length > $2 drop
    }
  }" || framework_failure_
}

# The cable in the middle passes small packets only, and reports nothing.
hole_ ()
{
  way_
  for i in near far; do
    on $i ip link set wan mtu 1000 \
      && on $i nft 'table ip hole {
        chain out {
          type filter hook output priority 0
          icmp type destination-unreachable drop
        }
      }' || framework_failure_
  done
  smaller_
}

# In one direction only.
one_way_ ()
{
  way_
  large_ near 1000 "iifname $1"
  smaller_
}

# A login that tells nothing about addresses.
blind_ ()
{
  way_
  large_ near 1400
  login='on there'
  smaller_
}

# No more than each host on the Internet has to take.
tiny_ ()
{
  way_
  large_ far 576
  smaller_
}

# Less than that: the data goes another way.
hopeless_ ()
{
  way_
  large_ far 300
  run_ 0
  route_ both login
  set_up_within_ 15
}

start_case_ hole hole_
start_case_ up one_way_ lan
start_case_ down one_way_ wan
start_case_ blind blind_
start_case_ tiny tiny_
start_case_ hopeless hopeless_
finish_cases_
no_process_left_ || fail=1

Exit $fail
