#!/bin/sh
# A stranger where the other end should be neither gets in nor holds it up.

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

# three_: this host, the other one, and a third one where strangers are.
three_ ()
{
  router_ router
  net=0
  for i in here there other; do
    net=$((net + 1))
    host_ $i
    cable_ $i eth0 10.0.$net.2/24 router $i 10.0.$net.1/24
    gateway_ $i 10.0.$net.1
  done
  sshd_on_ there
  login='ssh 10.0.2.2'
  servers=
}

# stranger_ PORT COMMAND...: COMMAND answers on the third host.
stranger_ ()
{
  stranger_port_=$1
  shift
  on other helper tcp-serve -a $stranger_port_ port.$stranger_port_ "$@" \
    2> /dev/null &
  servers="$servers $!"
  wait_for_ test -f port.$stranger_port_ || fail=1
}

strangers_ ()
{
  # Wrongly, with something of the right size; on and on; never; with what he
  # is told; not at all.
  stranger_ 40001 sh -c 'helper random 64; exec dd of=heard bs=1k'
  stranger_ 40002 helper random 1000M
  stranger_ 40003 helper sit silent
  stranger_ 40004 cat
  stranger_ 40005 true
}

# The other end is led to each of them: the other direction is taken.
other_way_ ()
{
  three_
  strangers_
  for i in 1 2 3 4 5; do
    run_ 0 -h 10.0.3.2 --port=4000$i
    route_ both local-to-remote 10.0.1.2 10.0.2.2
    set_up_within_ 5
  done
  kill $servers
  wait $servers
}

# There is no other direction.
no_way_ ()
{
  three_
  strangers_
  for i in "$@"; do
    run_ 0 -h 10.0.3.2 --listen=local -t 3 --port=4000$i
    route_ both login
    set_up_within_ 8
  done
  kill $servers
  wait $servers
}

# A login that keeps what the agent says until the file "go" is there.
cat > bin/slow-answer <<'END' && chmod +x bin/slow-answer || framework_failure_
#!/bin/sh
"$@" | { until test -f go; do helper nap 20; done; exec cat; }
END

# Does this address have a listener?
answers_ ()
{
  on other helper tcp-flood $1 40000 1 close 1 | grep '^connected 1' > /dev/null
}

# crowd_ MANNER: many come to both ends, before either meets the other.
crowd_ ()
{
  three_
  login="slow-answer $login"
  firewall_ here input "ip saddr 10.0.2.2 $tcp_drop_"
  (run_ 0 --port=40000 -t 50; exit $fail) &
  run=$!
  # A stranger has some seconds to prove himself, and a login may take longer
  # than that: they come when both ends are there.
  for host in 10.0.1.2 10.0.2.2; do
    wait_for_ answers_ $host || fail=1
  done
  for host in 10.0.1.2 10.0.2.2; do
    on other helper tcp-flood $host 40000 50 $1 50 > tally.$host &
    servers="$servers $!"
  done
  for host in 10.0.1.2 10.0.2.2; do
    wait_for_ grep '^connected' tally.$host || fail=1
  done
  # The silent ones are still there, the others have been turned away.
  case $1 in
    silent) ;;
    *) wait $servers ;;
  esac
  : > go
  wait $run || { warn_ "the run failed"; fail=1; }
  route_ both local-to-remote 10.0.1.2 10.0.2.2
  case $1 in
    silent) wait $servers ;;
  esac
  for host in 10.0.1.2 10.0.2.2; do
    has_line_ tally.$host '^connected 50$' || fail=1
    has_line_ tally.$host '^closed 50$' || fail=1
    has_line_ tally.$host '^received 0$' || fail=1
  done
}

start_case_ other-way other_way_
start_case_ no-way no_way_ 1 4 5
start_case_ no-way-flood no_way_ 2
start_case_ no-way-silent no_way_ 3
start_case_ crowd-silent crowd_ silent
start_case_ crowd-rubbish crowd_ rubbish
start_case_ crowd-echo crowd_ echo
finish_cases_
no_process_left_ || fail=1

Exit $fail
