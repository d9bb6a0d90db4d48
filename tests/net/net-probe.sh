#!/bin/sh
# A probe shows what firewalls and bad lines do to each route, and what to do
# about it; and it comes to an end on the slowest of them.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
. "$srcdir/tests/sshd.sh"
. "$srcdir/tests/hosts.sh"
print_ver_ socketpipe
hosts_need_
sshd_prepare_hosts_

rate='[0-9.]+ [kMG]?B/s'
measured=" +[0-9.]+ m?s +[0-9.]+ m?s +$rate +$rate"

# shown_ RE: one line of the table matches that.
shown_ ()
{
  grep -E -- "$1" out > /dev/null && return
  warn_ "no line '$1'"
  cat out
  wrong_
}

# The one for ROUTE to ADDRESS ends in RE.
route_shown_ ()
{
  shown_ "^$1 +$2 port [0-9]+ $3\$"
}

one_way_ ()
{
  pair_
  firewall_ here input "$1"
  command_ 0 --probe -4 -l { $login }
  route_shown_ remote-to-local 192.0.2.1 " +$2"
  route_shown_ local-to-remote 192.0.2.2 "$measured"
  shown_ "^login +-$measured\$"
  shown_ '^advice: .*local-to-remote.*--listen=remote.*--port'
}

no_way_ ()
{
  pair_
  firewall_ here input "$tcp_reject_"
  firewall_ there input "$ssh_passes_" "$tcp_drop_"
  command_ 0 --probe -4 -l { $login } -t 1
  route_shown_ remote-to-local 192.0.2.1 ' +Connection refused'
  route_shown_ local-to-remote 192.0.2.2 ' +no answer'
  shown_ "^login +-$measured\$"
  shown_ '^advice: .*through the login.*--port.*-h'
}

# A range of ports, of which one is open there.
open_port_ ()
{
  pair_
  firewall_ here input "$tcp_drop_"
  firewall_ there input "$ssh_passes_" 'tcp dport 4000 accept' "$tcp_drop_"
  command_ 0 --probe -4 --port=4000 -t 1 -l { $login }
  shown_ "^remote-to-local +192\.0\.2\.1 port 4000 +no answer\$"
  shown_ "^local-to-remote +192\.0\.2\.2 port 4000$measured\$"
  shown_ '^advice: .* this host, to port 4000$'
}

# Large packets vanish.
hole_ ()
{
  pair_
  for i in here there; do
    # What the rules see must be what would go over a wire.
    on $i ip link set eth0 gso_max_segs 1 || fail=1
  done
  on there nft 'table ip hole {
    chain in {
      type filter hook input priority 0
      iifname eth0 meta length > 1300 drop
    }
  }' || framework_failure_
  login='on there'
  command_ 0 --probe -4 -l { $login }
  route_shown_ remote-to-local 192.0.2.1 "$measured  small packets only"
  route_shown_ local-to-remote 192.0.2.2 "$measured  small packets only"
  shown_ '^advice: large packets are lost on the way.*MTU'
  cat out
}

# 100 kB/s with a queue that holds twenty seconds of that.
slow_ ()
{
  pair_
  for i in here there; do
    on $i tc qdisc add dev eth0 root tbf rate 800kbit burst 10k \
      limit 2000000 2> /dev/null || { echo "no slow lines here"; return; }
  done
  began=$(date +%s)
  command_ 0 --probe -4 --listen=local -l { $login }
  took=$(($(date +%s) - began))
  test $took -le 90 || { warn_ "took $took s"; wrong_; }
  kilobytes='(1[0-3][0-9]|[3-9][0-9]\.[0-9]) kB/s'
  route_shown_ remote-to-local 192.0.2.1 \
    " +[0-9.]+ ms +[0-9.]+ m?s +$kilobytes +$kilobytes"
  shown_ "^login +-$measured\$"
  cat out
}

# The only route there is dies while it is measured.
lost_ ()
{
  pair_
  on here socketpipe --probe -4 -v --dead-peer-timeout=5 -l { $login } \
    > out 2> err &
  pid=$!
  measures_ () { grep '^socketpipe: measuring' err > /dev/null; }
  wait_for_ measures_ || fail=1
  on there ip link set eth0 down || fail=1
  wait $pid
  test $? = 125 || wrong_
  said_ '^socketpipe: lost contact with '
  compare /dev/null out || fail=1
}

start_case_ drops one_way_ "$tcp_drop_" 'no answer'
start_case_ rejects one_way_ "$tcp_reject_" 'Connection refused'
start_case_ no-way no_way_
start_case_ open-port open_port_
start_case_ hole hole_
start_case_ slow slow_
start_case_ lost lost_
finish_cases_
no_process_left_ || fail=1

Exit $fail
