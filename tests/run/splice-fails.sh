#!/bin/sh
# A splice that fails, or tells nothing, never looks like the end of a stream:
# the data arrives, or the run fails, and says why.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe

# A leak sanitizer does not work beside strace.
ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0
export ASAN_OPTIONS

grep '^#define HAVE_SPLICE 1' "$CONFIG_HEADER" > /dev/null \
  || skip_ "this build has no splice"
strace -f -qq -o trace.none -e trace=splice \
  -e inject=splice:error=ENOMEM:when=1 true 2> /dev/null \
  || skip_ "no strace that can make a call fail"

helper random 3000000 5 > data || framework_failure_
carried='-q --listen=local -h 255.255.255.255'

# with_ INJECTION COMMAND...: run it, in which each process meets that.
with_ ()
{
  inject=splice:$1
  shift
  bounded_ strace -f -qq -o strace -e signal=none -e trace=splice \
    -e inject="$inject" "$@"
}

# fails_ INJECTION TEXT: what was read is not whole, in 125 and in words, for
# each route to a reader that is a command or standard output.
fails_ ()
{
  rm -f whole
  with_ $1 socketpipe $carried -i { cat data } -l { env } \
    -r { sh -c 'cat > out && : > whole' } 2> err
  test $? = 125 || { warn_ "$1: status $?"; cat err; fail=1; }
  has_line_ err \
    "^socketpipe: cannot read what is written to the outgoing channel: $2" \
    || fail=1
  test ! -f whole || { warn_ "$1: looks whole"; fail=1; }
}
fails_ error=ENOMEM:when=2 '(Cannot allocate|Out of) memory'
fails_ error=EIO:when=3 'I(nput)?/[oO](utput)? error'

# arrives_ INJECTION: all of it arrives.
arrives_ ()
{
  for route in '' "$carried"; do
    rm -f out
    with_ $1 socketpipe $route -i { cat data } -l { env } \
      -r { cat } -o { sh -c 'cat > out' } 2> err \
      || { warn_ "$1: status $?"; fail=1; }
    cmp data out || fail=1
    for input in file pipe; do
      rm -f out
      if test $input = file; then
        with_ $1 socketpipe $route -i - -l { env } -r { cat } -o - \
          < data > out 2>> err || { warn_ "$1: status $?"; fail=1; }
      else
        cat data | with_ $1 socketpipe $route -i - -l { env } -r { cat } \
          -o - 2>> err | cat > out
      fi
      cmp data out || fail=1
    done
  done
  compare /dev/null err || fail=1
}
# Where a sandbox forbids it.
arrives_ error=EPERM
# Kernels in which it says so of a pipe that is just empty.
arrives_ retval=0:when=2+3
arrives_ retval=0
# Where it never works, though all is ready.
arrives_ error=EAGAIN

# The relays in place of commands say what fails, at either end.
with_ error=ENOMEM:when=1 socketpipe -i - -l { env } -r { cat } < data \
  > out 2> err
test $? = 125 || { warn_ "status $?"; fail=1; }
has_line_ err \
  '^socketpipe: cannot copy standard input to the channel: (Cannot allocate|Out of) memory' \
  || fail=1
for to in file pipe; do
  if test $to = file; then
    with_ error=ENOMEM:when=1 socketpipe -l { env } -r { cat data } -o - \
      > out 2> err
    test $? = 125 || { warn_ "status $?"; fail=1; }
  else
    { with_ error=ENOMEM:when=1 socketpipe -l { env } -r { cat data } \
        -o - 2> err; echo $? > status; } | cat > out
    test "$(cat status)" = 125 || { warn_ "status $(cat status)"; fail=1; }
  fi
  has_line_ err \
    '^socketpipe: cannot copy the channel to standard output: (Cannot allocate|Out of) memory' \
    || fail=1
done

no_process_left_ || fail=1

Exit $fail
