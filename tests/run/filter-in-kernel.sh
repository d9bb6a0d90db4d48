#!/bin/sh
# A remote command that moves its input to its output inside the kernel, by
# sendfile or splice, answers at once, and can be ended, by whichever way its
# data goes.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe

echo data > in || framework_failure_
test "$(busybox cat in 2> /dev/null)" = data \
  || skip_ "no busybox, whose cat uses sendfile"

carried='-q --listen=local -h 255.255.255.255'
ways='carried limited'
encrypts_ && ways="$ways encrypted"

# options_ WAY: print the options for that.
options_ ()
{
  case $1 in
    carried) echo "$carried" ;;
    limited) echo "$carried --rate-limit=100M" ;;
    encrypted) echo '-e' ;;
  esac
}

mkfifo questions answers || framework_failure_
for way in $ways; do
  # Each answer before the next question.
  socketpipe $(options_ $way) -i - -l { env } -r { busybox cat } -o - \
    < questions > answers 2> err &
  run=$!
  at_exit_ "kill -KILL $run 2> /dev/null"
  exec 5> questions 6< answers
  for word in 1 2 3 4 5 6 7 8 9 0; do
    printf $word >&5
    answer=$(helper within 10 head -c 1 <&6)
    test "$answer" = $word \
      || { warn_ "$way: no answer to $word"; fail=1; break; }
  done
  # It ends while it waits for its input.
  if test $word = 0; then
    kill -TERM $run
    helper wait-gone 20 $run || { warn_ "$way: no end"; fail=1; }
  fi
  exec 5>&- 6<&-
  kill -KILL $run 2> /dev/null
  wait $run

  # And a lot of it.
  helper random 20M 3 > data
  status_ 0 socketpipe $(options_ $way) -i { cat data } -l { env } \
    -r { busybox cat } -o { sh -c 'cat > out' } 2> err || fail=1
  cmp data out || fail=1
  # A reader that leaves.
  status_ 0 socketpipe $(options_ $way) -i { cat data } -l { env } \
    -r { sh -c 'busybox cat 2> said' } -o { head -c 1 } > out 2> err || fail=1
  compare /dev/null err || fail=1
done

# What reads from its output meets the end of file there.
status_ 0 socketpipe $carried -i { cat in } -l { env } \
  -r { sh -c 'cat <&1; cat' } -o { cat } > out 2> err || fail=1
compare in out || fail=1
compare /dev/null err || fail=1

no_process_left_ || fail=1

Exit $fail
