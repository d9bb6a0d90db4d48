#!/bin/sh
# A kernel that has the counts of a connection in its answer, but counts
# nothing, is met like one that has none: no run fails for it, and what -p and
# --stats say is true.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
. "$srcdir/tests/meter.sh"
print_ver_ socketpipe
counts_ || skip_ "this build never asks a kernel for counts"

# "uncounting" is the program as it would be on such a system.
helper random 3000000 3 > data || framework_failure_
relay_re='^socketpipe: neither kernel counts what goes through the'

# at_ SIDE OPTION...: run the program with these options, with such a kernel
# on SIDE.
at_ ()
{
  case $1 in
    local) shift; bounded_ uncounting --remote-path=socketpipe "$@" ;;
    remote) shift; bounded_ socketpipe --remote-path=uncounting "$@" ;;
    both) shift; bounded_ uncounting --remote-path=uncounting "$@" ;;
  esac
}

# copies_ SIDE OPTION...: there and back, and nothing to complain of.
copies_ ()
{
  rm -f out
  at_ "$@" -i { cat data } -l { env } -r { cat } -o { cat } > out 2> err \
    || { warn_ "$*: status $?"; fail=1; }
  cmp data out || fail=1
  grep -v "$relay_re" err > complaints
  test "$2" = -v || compare /dev/null complaints || fail=1
}

# tells_ SIDE RELAYS OPTION...: the same, and the statistics are true.
tells_ ()
{
  side=$1 relays=$2
  shift 2
  copies_ $side -v -p --stats-file=file "$@"
  for channel in 1 2; do
    has_line_ file "^channel $channel " || fail=1
  done
  test $(grep -c '(3000000 bytes) in' file) = 2 \
    || { warn_ "$side: wrong counts"; cat file err; fail=1; }
  test $(grep -Ec "$relay_re" err) = $relays \
    || { warn_ "$side: not $relays relays that count"; cat err; fail=1; }
}

for side in local remote both; do
  copies_ $side
  copies_ $side --listen=local
  copies_ $side --listen=remote
  copies_ $side --rate-limit=100M
  at_ $side -i { cat data } -l { env } -r { sh -c 'cat > out' } 2> err \
    || { warn_ "$side: status $?"; fail=1; }
  cmp data out || fail=1
  at_ $side -l { env } -r { cat data } -o - > out 2> err \
    || { warn_ "$side: status $?"; fail=1; }
  cmp data out || fail=1
  # Nothing at all.
  at_ $side -i { true } -l { env } -r { cat } -o { cat } > out 2> err \
    || { warn_ "$side: status $?"; cat err; fail=1; }
  compare /dev/null out || fail=1
  if encrypts_; then
    copies_ $side -e
  fi

  # A reader that leaves, a writer that is killed, a status.
  for way in input output; do
    rm -f how
    if test $way = input; then
      set -- -i { helper fill how } -l { env } -r { helper eat 100000 }
    else
      set -- -l { env } -r { helper fill how } -o { helper eat 100000 }
    fi
    at_ $side -q "$@" 2> err || { warn_ "$side: status $?"; fail=1; }
    compare /dev/null err || fail=1
    has_line_ how '^EPIPE SIGPIPE' || fail=1
    rm -f how
    killed='helper random 100000; kill -KILL $$'
    if test $way = input; then
      set -- -i { sh -c "$killed" } -l { env } -r { helper drain how }
    else
      set -- -l { env } -r { sh -c "$killed" } -o { helper drain how }
    fi
    at_ $side "$@" 2> err
    test $? = 137 || { cat err; fail=1; }
    has_line_ how 'RESET' || fail=1
  done
  at_ $side -i { sh -c 'cat data; exit 3' } -l { env } \
    -r { sh -c 'cat > out' } 2> err
  test $? = 3 || { cat err; fail=1; }
  cmp data out || fail=1
done

tells_ local 0
tells_ remote 0
tells_ both 2

no_process_left_ || fail=1

Exit $fail
