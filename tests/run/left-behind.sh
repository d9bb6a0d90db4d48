#!/bin/sh
# A stream ends, as on a pipe, when the last process that has it closes it: what
# a command leaves behind can go on with it.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe

grep '^#define HAVE_PROC_FD_LINKS 1' "$CONFIG_HEADER" > /dev/null \
  || skip_ "the system does not list the holders of a stream"

helper random 1000000 3 > data || framework_failure_
helper sum < data > sum || framework_failure_
printf 'early\nlate\n' > both

# run_ ARGUMENT...: the same by each route.
run_ ()
{
  status_ 0 socketpipe $options "$@" 2> err || fail=1
}

for options in '' -e --buffer=1M '-q --listen=local -h 255.255.255.255'; do
  test "$options" != -e || encrypts_ || continue

  # The command has ended long before the rest is written.
  rm -f over
  run_ -i { sh -c '(while kill -0 $$; do helper nap 20; done 2> /dev/null
      helper nap 100; echo late) & echo early' } -l { env } -r { cat } > out
  compare both out || fail=1
  run_ -l { env } -r { sh -c '(while kill -0 $$; do helper nap 20
      done 2> /dev/null; helper nap 100; echo late) & echo early' } \
    -o { cat } > out
  compare both out || fail=1

  # Nor does it matter how far from the command it is.
  run_ -i { setsid cat data } -l { env } -r { helper sum } > out
  compare sum out || fail=1
  run_ -i { sh -c '(setsid sh -c "(helper nap 200; cat data) &" &)' } \
    -l { env } -r { helper sum } > out
  compare sum out || fail=1
  if (bash --version) > /dev/null 2>&1; then
    run_ -i { bash -c 'exec > >(tee copy); cat data' } -l { env } \
      -r { helper sum } > out
    compare sum out || fail=1
    cmp data copy || fail=1
  fi

  # A reader, too; its file gets its name when it has closed the stream.
  rm -f got
  run_ -i { cat data } -l { env } \
    -r { sh -c 'exec 3<&0
        (helper sum <&3 > got.tmp; mv got.tmp got) & exit 0' }
  wait_for_ test -f got || fail=1
  compare sum got || fail=1
  rm -f got
  run_ -l { env } -r { cat data } \
    -o { sh -c 'exec 3<&0
        (helper sum <&3 > got.tmp; mv got.tmp got) & exit 0' }
  wait_for_ test -f got || fail=1
  compare sum got || fail=1

  # The command's status is what counts.
  status_ 3 socketpipe $options -i { sh -c '(helper nap 200; echo late) &
      echo early; exit 3' } -l { env } -r { cat } > out 2> err || fail=1
  compare both out || fail=1

  # What holds no stream is left alone, and not waited for.
  run_ -i { sh -c 'helper nap 120000 > /dev/null & echo $! > alone
      cat data' } -l { env } -r { helper sum } > out
  compare sum out || fail=1
  kill $(cat alone) || fail=1

  # Nor is what keeps an input that has been read to its end.
  rm -f kept
  run_ -i { cat data } -l { env } \
    -r { sh -c 'exec 3<&0; helper sum; helper sit kept <&3 > /dev/null &' } \
    > out
  compare sum out || fail=1
  wait_for_ test -s kept && kill $(cat kept) || fail=1

  # What has a stream does not outlive a run that is ended by a signal.
  for end in '-i { cat } -l { env } -r' '-l { env } -r { cat } -o'; do
    rm -f has
    socketpipe $options $end \
      { sh -c 'exec 3<&0; setsid helper sit has <&3 & wait' } \
      < /dev/zero > out 2> err &
    run=$!
    wait_for_ test -s has && kill $run || fail=1
    wait $run
    test $? = 143 || fail=1
    no_process_left_ || fail=1
  done
  for end in '-r { cat } -i' '-o { cat } -r'; do
    rm -f has
    socketpipe $options -l { env } $end \
      { sh -c 'setsid helper sit has & exit 0' } > out 2> err &
    run=$!
    wait_for_ test -s has && kill $run || fail=1
    wait $run
    test $? = 143 || fail=1
    no_process_left_ || fail=1
  done

  # A killed command's output is cut, whatever other process has it.
  rm -f go how
  status_ 137 socketpipe $options \
    -i { sh -c '(until test -f go; do helper nap 20; done; echo late) &
      echo early; kill -KILL $$' } -l { env } -r { helper drain how } \
    2> err || fail=1
  has_line_ how '^ECONNRESET 6$' || fail=1
  : > go
done

no_process_left_ || fail=1

Exit $fail
