#!/bin/sh
# With --multipath, two paths between the hosts carry almost twice as much as
# one; without the kernel's or the other end's help it is a plain connection,
# and all that holds for that holds.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
. "$srcdir/tests/sshd.sh"
. "$srcdir/tests/hosts.sh"
print_ver_ socketpipe

grep '^#define HAVE_DECL_IPPROTO_MPTCP 1' "$CONFIG_HEADER" > /dev/null \
  || skip_ "this build knows nothing of MPTCP"
hosts_need_
require_program_ tc
sshd_prepare_hosts_

# two_paths_: this host and another one, joined twice, by cables of 40 Mbit/s.
two_paths_ ()
{
  pair_
  cable_ here eth1 198.51.100.1/24 there eth1 198.51.100.2/24
  for host in here there; do
    for cable in eth0 eth1; do
      on $host tc qdisc add dev $cable root tbf rate 40mbit burst 64k \
        latency 100ms || framework_failure_ "no cable can be made slow"
    done
    on $host ip mptcp limits set subflow 2 add_addr_accepted 2 || fail=1
  done
  on here ip mptcp endpoint add 198.51.100.1 dev eth1 signal || fail=1
  on there ip mptcp endpoint add 198.51.100.2 dev eth1 signal || fail=1
}

# What reads and tells how long it took from the first byte to the last.
cat > bin/clocked <<'END' && chmod +x bin/clocked || framework_failure_
#!/bin/sh
head -c 1 > first
read -r begin rest < /proc/uptime
cat first - | helper sum
read -r end rest < /proc/uptime
echo "$begin $end" > times
END

# seconds_ OPTION...: let 40 MB come from there, and set $took.
seconds_ ()
{
  command_ 0 -v "$@" -l { $login } -r { helper random 40M 9 } \
    -o { clocked } || return
  compare ../sum out || fail=1
  took=$(awk '{ print $2 - $1 }' times)
}

faster_ ()
{
  two_paths_
  # Not to be measured in one run out of many: others use the machine too.
  for try in 1 2 3 4; do
    seconds_
    one=$took
    seconds_ --multipath
    said_ "\\($direct, multipath\\)\$"
    echo "one path $one s, two paths $took s"
    if echo "$one $took" | awk '{ exit !(1.8 <= $1 / $2) }'; then
      return
    fi
  done
  warn_ "two paths are not 1.8 times as fast"
  fail=1
}

# Where the kernel of one host has none of it, it is a plain connection.
without_ ()
{
  pair_
  on $1 sysctl -q net.mptcp.enabled=0 || framework_failure_
  run_ 0 --multipath
  said_ "^socketpipe: input channel connected .*\\($direct, no multipath\\)\$"
  said_ "^socketpipe: output channel connected .*\\($direct, no multipath\\)\$"
}

# A path that goes down is not the end.
path_dies_ ()
{
  two_paths_
  (
    wait_for_ test -f half
    on here ip link set eth1 down
  ) &
  at_exit_ "kill -KILL $! 2> /dev/null"
  status_ 0 on here socketpipe --multipath \
    -i { sh -c 'helper random 10M 1; : > half; helper random 10M 2' } \
    -l { $login } -r { helper sum } > out 2> err || wrong_
  (helper random 10M 1; helper random 10M 2) | helper sum > exp
  compare exp out || fail=1
}

helper random 3M 8 > data || framework_failure_
helper random 40M 9 | helper sum > sum || framework_failure_
start_case_ faster faster_
start_case_ without-here without_ here
start_case_ without-there without_ there
start_case_ path-dies path_dies_
finish_cases_

Exit $fail
