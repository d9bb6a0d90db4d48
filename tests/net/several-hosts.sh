#!/bin/sh
# Between two remote hosts the data takes the direct way, or, where there is
# none, their logins.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
. "$srcdir/tests/sshd.sh"
. "$srcdir/tests/hosts.sh"
. "$srcdir/tests/pipeline.sh"
print_ver_ socketpipe
hosts_need_
sshd_prepare_hosts_
bytes=10485760
helper random $bytes > data || framework_failure_

# copy_ [OPTION]...: ../data goes through all stages.
copy_ ()
{
  shown_=
  pipeline_ 0 -v "$@" -- 'cat ../data' cat cat cat || return
  cmp ../data out || fail=1
}

# second_ DIRECTION: the channel between one and two is a connection of theirs,
# made from one to two or the other way, and no login carries anything.
second_ ()
{
  one='203\.0\.113\.1 port [0-9]+' two='203\.0\.113\.2 port [0-9]+'
  case $1 in
    to-two) said_ "^socketpipe: second channel connected $time_re_: $one -> $two \(remote-to-remote" ;;
    to-one) said_ "^socketpipe: second channel connected $time_re_: $two -> $one \(remote-to-remote" ;;
    any) said_ "^socketpipe: second channel connected $time_re_: ($one -> $two|$two -> $one) \(remote-to-remote" ;;
  esac
  if grep -E '\(login\)|no direct connection' err; then
    wrong_
  fi
}

# carried_: the logins carry that channel, and no other one, which is said once.
carried_ ()
{
  said_ "^socketpipe: second channel connected $time_re_ \(login\)\$"
  test "$(grep -c '(login)$' err)" = 1 || wrong_
  said_ '^socketpipe: no direct connection between one and two, so the data goes through the logins: .*203\.0\.113\.[12]'
  test "$(grep -c 'no direct connection' err)" = 1 || wrong_
}

# passes_here_ yes|no COMMAND...: what goes from one to two while COMMAND runs
# passes this host, or does not.  This is seen where it comes in from one, and
# where it goes out to two.
passes_here_ ()
{
  expected_=$1
  shift
  set -- "$(traffic_ here eth0)" "$(traffic_ here eth1)" "$@"
  from_one_=${1% *} to_two_=${2#* }
  shift 2
  "$@"
  now_=$(traffic_ here eth0)
  from_one_=$((${now_% *} - from_one_))
  now_=$(traffic_ here eth1)
  to_two_=$((${now_#* } - to_two_))
  echo "here: $from_one_ bytes came from one, $to_two_ went to two"
  case $expected_ in
    yes) test $from_one_ -gt $bytes && test $to_two_ -gt $bytes ;;
    no) test $from_one_ -lt $((bytes / 4)) && test $to_two_ -lt $((bytes / 4)) ;;
  esac || fail=1
}

direct_ ()
{
  three_
  passes_here_ no copy_
  second_ any
  said_ "^socketpipe: first channel connected $time_re_: 192\.0\.2\.[12] port"
  said_ "^socketpipe: third channel connected $time_re_: 198\.51\.100\.[12] port"
  # That a login comes from this host makes this one no address of the other.
  if grep -E '(one tried 192\.0\.2|two tried 198\.51\.100)\.1 ' err; then
    wrong_
  fi

  pipeline_ 0 --stats-json -- 'cat ../data' cat cat 'cat > copy'
  cmp ../data copy || fail=1
  counts_ $bytes
  said_ '"from": 2, "to": 3, "route": "remote-to-remote", "writer_address": "203\.0\.113\.1", "writer_port": [0-9]+, "reader_address": "203\.0\.113\.2"'
  pipeline_ 0 --stats -- 'cat ../data' cat cat 'cat > copy'
  said_ '^channel 2   stage 2 to 3, remote-to-remote: 203\.0\.113\.1 port [0-9]+ -> 203\.0\.113\.2 port [0-9]+$'

  # Without fallback there is no difference, nor with encryption.
  copy_ --no-fallback
  second_ any
  if encrypts_; then
    copy_ -e
    second_ any
    resets_ -e
  fi
}

table_ ()
{
  three_
  status_table_
}

cuts_ ()
{
  three_
  resets_
}

# wall_ HOST RULE: HOST lets nothing in from the other remote host.
wall_ ()
{
  three_
  firewall_ $1 input "iifname eth1 $2"
  passes_here_ no copy_
  case $1 in
    one) second_ to-two ;;
    two) second_ to-one ;;
  esac
}

# blocked_ RULE [OPTION]...: neither of the two lets the other one in.
blocked_ ()
{
  three_
  part_one_two_ "$1"
  shift
  passes_here_ yes copy_ "$@"
  carried_
  pipeline_ 0 "$@" --stats-json -- 'cat ../data' cat cat 'cat > copy'
  cmp ../data copy || fail=1
  counts_ $bytes
  said_ '"from": 2, "to": 3, "route": "login", "writer_address": null'

  # It can be an error.
  pipeline_ 125 "$@" --no-fallback -- ': > ran' cat cat cat
  one_line_ err || fail=1
  said_ '^socketpipe: no direct connection between one and two: .*two tried .*203\.0\.113\.1 port [0-9]+: .*one tried .*203\.0\.113\.2 port [0-9]+: '
  test ! -f ran || fail=1
}

# closed_: no host lets anything in but the logins, so they carry all channels,
# each with a warning of its own.
closed_ ()
{
  three_
  firewall_ here input "$tcp_reject_"
  for host in one two; do
    firewall_ $host input "$ssh_passes_" "$tcp_reject_"
  done
  copy_
  test "$(grep -cE "channel connected $time_re_ \(login\)\$" err)" = 3 || wrong_
  said_ '^socketpipe: no direct connection between one and two, so the data goes through the logins: '
  said_ '^socketpipe: no direct connection with one, so the data goes through the login: '
  said_ '^socketpipe: no direct connection with two, so the data goes through the login: '
  test "$(grep -c 'no direct connection' err)" = 3 || wrong_
  resets_ -q
}

# What holds for direct connections does where the logins carry.
carried_cuts_ ()
{
  three_
  part_one_two_ "$tcp_reject_"
  resets_ -q
  for reader in two output; do
    two=cat output=cat
    eval $reader="'head -c 1000'"
    pipeline_ 0 -q -- 'helper random 1000000M' cat "$two" "$output"
    test "$(wc -c < out)" -eq 1000 || fail=1
  done
  if encrypts_; then
    copy_ -e
    carried_
    resets_ -e -q
  fi
}

start_case_ direct direct_
start_case_ table table_
start_case_ cuts cuts_
start_case_ one-drops wall_ one "$tcp_drop_"
start_case_ one-rejects wall_ one "$tcp_reject_"
start_case_ two-drops wall_ two "$tcp_drop_"
start_case_ two-rejects wall_ two "$tcp_reject_"
start_case_ both-drop blocked_ "$tcp_drop_" -t 2
start_case_ both-reject blocked_ "$tcp_reject_"
start_case_ closed closed_
start_case_ carried-cuts carried_cuts_
finish_cases_
no_process_left_ || fail=1

Exit $fail
