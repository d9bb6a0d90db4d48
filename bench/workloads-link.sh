# What is measured over a long line.  bench.sh sources it.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

# The hosts HERE and THERE with a third one between them, on which delay-link
# carries the packets of one cable to the other.

link_delay=20000
link_rate=1gbit

# long_hosts_: make them.
long_hosts_ ()
{
  pair_of_hosts_ long
  host_ wire
  # It only passes on; it has no addresses, and says nothing by itself.
  on wire sh -c 'for file in /proc/sys/net/ipv6/conf/*/disable_ipv6; do
      test ! -f "$file" || echo 1 > "$file"
    done'
  for end in here there; do
    on $end ip link add eth0 type veth peer name $end \
        netns "$(cat "$HOSTS/wire")" \
      && on wire ip link set $end up \
      || framework_failure_ "no cable for $end"
  done
  interface_ here eth0 198.51.100.1/24
  interface_ there eth0 198.51.100.2/24
  sshd_on_ there
}

# shape_ RATE|none: of both directions.
shape_ ()
{
  for end in here there; do
    on $end tc qdisc del dev eth0 root 2> /dev/null
    test "$1" = none \
      || on $end tc qdisc add dev eth0 root tbf rate $1 burst 128kb \
           limit 6mb || return
  done
}

# end_line_: if there is one.
end_line_ ()
{
  test -z "${line-}" || { kill $line; wait $line; } 2> /dev/null
  line=
}

# line_ MICROSECONDS PPM: each way, and that many packets of a million lost.
line_ ()
{
  end_line_
  # Not marked as a benchmark's process: it stays.
  env SOCKETPIPE_TEST_ID= "$test_dir_/bin/on" wire \
    delay-link here there $1 $2 > line.out 2> line.err &
  line=$!
  wait_for_ test -s line.out \
    || framework_failure_ "no line: $(cat line.err)"
}

# have_long_hosts_: once; say why not.
have_long_hosts_ ()
{
  no_link='there is only one host of ours'
  test -z "${HOST-}" || return 1
  test ! -d "$test_dir_/long" || return 0
  no_link='there is no tc'
  command -v tc > /dev/null || return
  no_link='this kernel has no tbf'
  (long_hosts_) > link.out 2>&1 || { no_link=$(cat link.out); return 1; }
  HOSTS=$test_dir_/long/hosts
  shape_ $link_rate && return
  rm -rf "$test_dir_/long/hosts"
  return 1
}

# on_link_ FUNCTION: do it there, or say why not.
on_link_ ()
{
  if ! have_long_hosts_; then
    say_ "no long line: $no_link"
    test -n "${HOST-}" || use_hosts_ plain 192.0.2.2
    return
  fi
  use_hosts_ long 198.51.100.2
  kept_rsh=$rsh rsh= no_rsh='its daemon is not there'
  "$@"
  rsh=$kept_rsh
  use_hosts_ plain 192.0.2.2
}

# ----------------------------------------------------------------------

link_title_ ()
{
  echo "1 Gbit/s with $((2 * link_delay / 1000)) ms round trip, $1"
}

# The limits of the line itself, so that they are not mistaken for those of a
# contender.
do_link_limit ()
{
  on_link_ link_limit_
}

link_limit_ ()
{
  shape_ none
  line_ 0 0
  workload_ link-limit "what the line could carry, without a shape and a \
delay: $LINK_SIZE MiB; bytes there and back"
  among_ raw
  zeros_ $LINK_SIZE
  in_rounds_ $ROUNDS way_once_
  questions_
  in_rounds_ $ROUNDS turn_once_
}

do_link ()
{
  on_link_ link_bulk_ link 0 $LINK_SIZE 'no loss'
}

do_link_loss ()
{
  on_link_ link_bulk_ link-loss 1000 $LOSS_SIZE '0.1 % loss'
}

# link_bulk_ NAME PPM MIB TEXT
link_bulk_ ()
{
  shape_ $link_rate
  line_ $link_delay $2
  workload_ $1 "$3 MiB over $(link_title_ "$4")"
  among_ raw iperf3 socketpipe socketpipe-e socketpipe-1.10 ssh ssh-gcm nc \
    socat mbuffer
  zeros_ $3
  in_rounds_ $ROUNDS way_once_
}

do_link_turn ()
{
  on_link_ link_turn_
}

link_turn_ ()
{
  shape_ $link_rate
  line_ $link_delay 0
  usual_turns=$TURNS TURNS=25
  workload_ link-turn "one byte there and one byte back, $TURNS times, over \
$(link_title_ 'no loss')"
  among_ raw socketpipe socketpipe-e ssh
  questions_
  in_rounds_ $ROUNDS turn_once_
  TURNS=$usual_turns
}

do_link_setup ()
{
  on_link_ link_setup_
}

link_setup_ ()
{
  shape_ $link_rate
  line_ $link_delay 0
  workload_ link-setup "a run of 'true' on both sides over \
$(link_title_ 'no loss'): until the commands run, and in all; of ssh, a login \
that runs 'true'"
  among_ ssh socketpipe socketpipe-e socketpipe-1.10
  in_rounds_ $((SETUPS < 20 ? SETUPS : 20)) setup_once_
}
