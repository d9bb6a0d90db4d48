#!/bin/sh
# --adjust finds a run that was started with another environment, and what a
# run makes for that is gone when it has ended, or was killed.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe

mkdir given && chmod 700 given || framework_failure_
given=$test_dir_/given
if test ${#given} -gt 80; then
  # The name of a socket is short.
  given=$(mktemp -d /tmp/socketpipe-test.XXXXXX) || framework_failure_
  at_exit_ 'rm -rf "$given"'
fi
helper random 1000 4 > data || framework_failure_

# begin_ [VARIABLE...]: start a run with this in its environment, which waits
# for the file go.
begin_ ()
{
  rm -f begun go out
  env -u XDG_RUNTIME_DIR "$@" socketpipe --rate-limit=20k \
    -i { sh -c ': > begun; until test -f go; do helper nap 20; done
                exec cat data' } -l { env } -r { cat } > out 2> err &
  run=$!
  at_exit_ "kill -KILL $run 2> /dev/null"
  wait_for_ test -f begun || fail=1
  socket=$(ls "$given/socketpipe.$run" \
    "/tmp/socketpipe-$(id -u)."*"/socketpipe.$run" 2> /dev/null)
  test -n "$socket" || { warn_ "no socket of $run"; fail=1; }
}

# What it has made is gone.
is_gone_ ()
{
  test ! -e "$socket" || return 1
  case $socket in
    "$given"/*) ;;
    *) test ! -e "${socket%/*}" ;;
  esac
}

for place in own given; do
  case $place in
    own) set FOO=bar ;;
    given) set XDG_RUNTIME_DIR="$given" ;;
  esac
  for environment in XDG_RUNTIME_DIR= XDG_RUNTIME_DIR="$given"; do
    # A directory that is named nowhere cannot be found.
    case $place,$environment in given,*=) continue ;; esac
    begin_ "$@"
    status_ 0 env "$environment" socketpipe --adjust=$run --rate-limit=500M \
      2> errors || fail=1
    compare /dev/null errors || fail=1
    : > go
    helper wait-gone $run_limit_ $run || { fail=1; kill -KILL $run; }
    wait $run || fail=1
    cmp data out || fail=1
    is_gone_ || fail=1
  done

  begin_ "$@"
  kill -KILL $run
  wait $run
  wait_for_ is_gone_ || fail=1
done
test -d "$given" || fail=1

no_process_left_ || fail=1

Exit $fail
