#!/bin/sh
# The path of the login dies silently, while the data has another one: all of
# it arrives, and then nothing waits for the other host forever.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
. "$srcdir/tests/sshd.sh"
. "$srcdir/tests/hosts.sh"
print_ver_ socketpipe
hosts_need_
sshd_prepare_hosts_
helper random 3M > data || framework_failure_
cat data data > both || framework_failure_

# After so many seconds without a word a host is lost.  The servers for ssh take
# more than twice that.
limit=8

# dies_ up|down SECONDS [OPTION]...: data goes up or down by the second of two
# cables.  When some of it has come, the first one, which is the login's, goes
# dead; SECONDS later comes the rest.  The reader keeps its output open.
dies_ ()
{
  way=$1 rest=$2
  shift 2
  pair_
  cable_ here eth1 198.51.100.1/24 there eth1 198.51.100.2/24
  for host in here there; do
    firewall_ $host input "iifname eth0 $ssh_passes_" \
      "iifname eth0 $tcp_drop_"
  done
  writer="cat $test_dir_/data; until test -f $PWD/go; do helper nap 50; done
    cat $test_dir_/data"
  reader="cat > $PWD/got; exit 0"
  case $way in
    up) set -- "$@" -h 198.51.100.1 -i { sh -c "$writer" } -l { $login } \
        -r { sh -c "$reader" } ;;
    down) set -- "$@" -h 198.51.100.1 -l { $login } -r { sh -c "$writer" } \
        -o { sh -c "$reader" } ;;
  esac
  on here socketpipe -v --dead-peer-timeout=$limit "$@" 2> err &
  run=$!
  wait_for_ test -s got || fail=1
  said_ ' 198\.51\.100\.1 port [0-9]+' || fail=1

  # Neither host can tell it from silence.
  for host in here there; do
    on $host nft 'table inet dead {
      chain in { type filter hook input priority -20
        iifname eth0 drop
      }
      chain out { type filter hook output priority -20
        oifname eth0 drop
      }
    }' || framework_failure_
  done
  # This pause is what is tested.
  helper nap "${rest}000"
  kill -0 $run || { warn_ "it has not waited for the data"; fail=1; }
  : > go
  ended=$(date +%s)
  helper wait-gone $((5 * limit)) $run || { kill -KILL $run; fail=1; }
  wait $run
  status=$?
  echo "ended $(($(date +%s) - ended)) s after the rest was let go"
  test $status = 125 || { warn_ "status $status"; wrong_; }
  said_ '^socketpipe: lost contact with there'
  # The other host gives up by itself, too.
  wait_for_ hosts_quiet_ || fail=1
  cmp ../both got || fail=1
}

for way in up down; do
  start_case_ $way-soon dies_ $way 1
  start_case_ $way-late dies_ $way 12
  start_case_ $way-buffer dies_ $way 12 --buffer=1M
done
finish_cases_
no_process_left_ || fail=1

Exit $fail
