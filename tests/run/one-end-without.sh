#!/bin/sh
# What the kernel of one end cannot do, a relay does there, or the run is
# refused before anything starts, and it is said which end it was.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe

# "without" is the program as it would be on such a system.  It takes the part
# of either end.  What this build cannot do anyway is no matter of one end.
has_ ()
{
  grep "^#define HAVE_DECL_$1 1" "$CONFIG_HEADER" > /dev/null
}
here=$(uname -n)
helper random 1500001 3 > data || framework_failure_

# at_ SIDE OPTION...: run the program with these options, where SIDE is without.
at_ ()
{
  side=$1
  shift
  if test $side = local; then
    bounded_ without "$@"
  else
    bounded_ socketpipe --remote-path=without "$@"
  fi
}

# works_ OPTION...: there and back, whichever side is without.
works_ ()
{
  for side in local remote; do
    rm -f out
    at_ $side "$@" -i { cat data } -l { env } -r { cat } -o { cat } \
      > out 2> err || { warn_ "$side: status $?"; fail=1; }
    cmp data out || fail=1
    test "$quiet" = no || compare /dev/null err || fail=1
  done
}

# refused_ SIDE TEXT OPTION...: that is said of SIDE when it is without, and
# nothing is started.
refused_ ()
{
  side=$1 text=$2
  shift 2
  who="$here"
  test $side = remote || who='this host'
  at_ $side "$@" -i { touch started } -l { env } -r { touch started } \
    -o { touch started } > out 2> err
  test $? = 125 || { warn_ "not refused: $*"; fail=1; }
  one_line_ err || fail=1
  has_line_ err "^socketpipe: $who cannot $text" || fail=1
  test ! -f started || { warn_ "something was started"; fail=1; }
}

# Relays.
quiet=yes
works_ --rate-limit=100M
works_ --buffer=1M
works_ --buffer=1M --block-size=32k
for side in local remote; do
  if test $side = local; then
    set -- -l { env } -r { sh -c 'helper random 99999; cat data' } -o
  else
    set -- -i { sh -c 'helper random 99999; cat data' } -l { env } -r
  fi
  for options in '' '-q --listen=local -h 255.255.255.255' --buffer=200k; do
    at_ $side $options --block-size=32k "$@" { dd bs=32768 of=out } 2> err \
      || fail=1
    (helper random 99999; cat data) | cmp - out || fail=1
    has_line_ err '^48[+]1 records in$' || fail=1
  done
  # Whole blocks only, though they do not fill the pipe, and it is full when the
  # reader comes.
  at_ $side --block-size=40000 "$@" { \
    sh -c 'helper nap 200; exec dd bs=40000 of=out' } 2> err || fail=1
  (helper random 99999; cat data) | cmp - out || fail=1
  has_line_ err '^40[+]0 records in$' || fail=1
  # A reader that leaves, a writer that is killed.
  rm -f out how
  if test $side = local; then
    set -- -l { env } -r { helper fill how } -o { dd bs=32k count=3 of=out }
  else
    set -- -i { helper fill how } -l { env } -r { dd bs=32k count=3 of=out }
  fi
  at_ $side --block-size=32k "$@" 2> err || fail=1
  has_line_ how '^EPIPE SIGPIPE' || fail=1
  test "$(wc -c < out)" -eq 98304 || fail=1
  rm -f how
  killed='helper random 100000; kill -KILL $$'
  helper random 100000 > written || framework_failure_
  if test $side = local; then
    set -- -l { env } -r { sh -c "$killed" } -o { helper read-whole got }
  else
    set -- -i { sh -c "$killed" } -l { env } -r { helper read-whole got }
  fi
  at_ $side --block-size=32k "$@" 2> err
  test $? = 137 || fail=1
  cut_ got written || fail=1
  # It was ended, because what a relay gives it can only end.
  grep '^helper: read: ' err && fail=1
done

# A relay behind the command that writes: a child that lives on and has its
# output belongs to the stream; a status other than 0 comes after all the data;
# a reader that leaves is met as on a pipe.
at_ local --rate-limit=1G -i { sh -c 'echo first; (helper nap 300; echo late) &
    exit 3' } -l { env } -r { sh -c 'cat > out' } 2> err
test $? = 3 || { warn_ "status $?"; fail=1; }
printf 'first\nlate\n' > exp
compare exp out || fail=1
for side in local remote; do
  rm -f how
  if test $side = local; then
    set -- -i { helper fill how } -l { env } -r { helper eat 100000 }
  else
    set -- -l { env } -r { helper fill how } -o { helper eat 100000 }
  fi
  at_ $side --rate-limit=1G "$@" 2> err || fail=1
  has_line_ how '^EPIPE SIGPIPE' || fail=1
done

# A plain connection instead of one over several paths.
quiet=no
works_ -v --multipath
has_line_ err 'channel connected .*, no multipath)$' || fail=1

# Refusals.  The end that writes has nothing to do with blocks.
if has_ SO_RCVLOWAT; then
  refused_ local 'let each read get 33554432 bytes: [0-9]+ at most' \
    --block-size=32M
  at_ remote --block-size=32M -i { cat data } -l { env } -r { cat } \
    -o { dd bs=32M of=out } 2> err || fail=1
  cmp data out || fail=1
  at_ remote --block-size=32M -i { touch started } -l { env } \
    -r { touch started } 2> err
  test $? = 125 || fail=1
  has_line_ err "^socketpipe: $here cannot let each read get 33554432 bytes" \
    || fail=1
  test ! -f started || fail=1
fi
for side in local remote; do
  if has_ TCP_CONGESTION; then
    refused_ $side "use the congestion control 'reno': " --congestion=reno
  fi
  if has_ IP_TOS; then
    refused_ $side 'mark the packets of IPv4 connections: ' -4 --dscp=AF11
  fi
done

no_process_left_ || fail=1

Exit $fail
