#!/bin/sh
# With --dscp, all packets of the connections are marked, both ways; with
# --congestion, both ends use that control.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
. "$srcdir/tests/sshd.sh"
. "$srcdir/tests/hosts.sh"
print_ver_ socketpipe

for option in IP_TOS IPV6_TCLASS TCP_CONGESTION; do
  grep "^#define HAVE_DECL_$option 1" "$CONFIG_HEADER" > /dev/null \
    || skip_ "this build knows nothing of $option"
done
hosts_need_
require_program_ ss
sshd_prepare_hosts_

# Two hosts that let in nothing but what is marked, and the login.
picky_ ()
{
  host_ here
  host_ there
  cable_ here eth0 192.0.2.1/24,2001:db8::1/64 \
    there eth0 192.0.2.2/24,2001:db8::2/64
  sshd_on_ there
  for host in here there; do
    on $host nft "table inet picky {
        chain in {
          type filter hook input priority 0
          meta l4proto != tcp accept
          tcp dport $sshd_port_ accept
          tcp sport $sshd_port_ accept
          ip dscp af11 accept
          ip6 dscp af11 accept
          iif lo accept
          drop
        }
      }" || framework_failure_ "no firewall can be made"
  done
}

marked_ ()
{
  picky_
  for address in 192.0.2.2 2001:db8::2; do
    login="ssh $address"
    for side in local remote; do
      run_ 0 --no-fallback --listen=$side --dscp=af11
      route_ both $(test $side = local && echo remote-to-local \
        || echo local-to-remote)
    done
  done
  # These hosts are as picky as that.
  run_ 125 --no-fallback -t 3 --dscp=EF
}

controlled_ ()
{
  pair_
  # Not what they use by themselves.
  control=reno other=cubic
  if on there grep reno /proc/sys/net/ipv4/tcp_congestion_control; then
    control=cubic other=reno
  fi
  on here socketpipe --congestion=$control -i { sit } -l { $login } -r { cat } \
    > out 2> err &
  run=$!
  wait_for_ test -f sitting || fail=1
  for host in here there; do
    # One line for each connection, and one for what there is about it.
    on $host ss -Htino state established \
      "not ( sport = :$sshd_port_ or dport = :$sshd_port_ )" > $host.ss
    test "$(grep -c $control $host.ss)" = 2 || { cat $host.ss; fail=1; }
    grep $other $host.ss && fail=1
  done
  : > go
  wait $run || wrong_
}
cat > bin/sit <<'END' && chmod +x bin/sit || framework_failure_
#!/bin/sh
: > sitting
until test -f go; do helper nap 20; done
END

helper random 300000 8 > data || framework_failure_
start_case_ marked marked_
start_case_ controlled controlled_
finish_cases_

Exit $fail
