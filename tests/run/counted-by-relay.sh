#!/bin/sh
# Where neither host's kernel counts the bytes of a connection, a relay does it
# where progress or statistics are asked for: these are true, and the commands
# and the run end as they do without.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
. "$srcdir/tests/meter.sh"
print_ver_ socketpipe

# "without" is the program as it would be on such a system.
cat > bin/neither <<'END' && chmod +x bin/neither || framework_failure_
#!/bin/sh
exec without --remote-path=without "$@"
END
helper random 5000000 3 > data || framework_failure_
begin_re='^socketpipe: [0-9]+:[0-9][0-9]:[0-9][0-9] '
rate='[0-9.]+ [KMG]?i?B/s'
relay_re='^socketpipe: neither kernel counts what goes through the'

# bytes_ CHANNEL: print how many went through it, by the statistics in "file";
# nothing if that is not told.
bytes_ ()
{
  sed -n "/^channel $1 /,/^channel/s/.* (\([0-9]*\) bytes) in .*/\1/p" file \
    | head -n 1
}

# counted_ CHANNEL BYTES: were there so many?
counted_ ()
{
  test "$(bytes_ $1)" = $2 && return
  warn_ "channel $1: $(bytes_ $1) bytes, not $2"
  cat file err
  fail=1
}

# counted_at_least_ CHANNEL BYTES
counted_at_least_ ()
{
  bytes=$(bytes_ $1)
  test "${bytes:-0}" -ge $2 && return
  warn_ "channel $1: $bytes bytes, not at least $2"
  cat file err
  fail=1
}

# relays_ COUNT: so many relays were put there to count.
relays_ ()
{
  test $(grep -Ec "$relay_re" err) = $1 && return
  warn_ "not $1 relays that count"
  cat err
  fail=1
}

# there_and_back_ RELAYS OPTION...: both channels carry the data, which is seen,
# whatever else is between.
there_and_back_ ()
{
  relays=$1
  shift
  rm -f file out
  status_ 0 neither -v --stats-file=file "$@" -i { cat data } -l { env } \
    -r { cat } -o { sh -c 'cat > out' } 2> err || fail=1
  cmp data out || fail=1
  counted_ 1 5000000
  counted_ 2 5000000
  relays_ $relays
}

there_and_back_ 2
there_and_back_ 2 -p
has_line_ err \
  "${begin_re}input 4\.8 MiB, average $rate; output 4\.8 MiB, average $rate\$" \
  || fail=1
# A relay that is there already counts as well, at either end.
there_and_back_ 0 --rate-limit=100M
there_and_back_ 1 --buffer=1M
there_and_back_ 1 --block-size=32k
there_and_back_ 0 --rate-limit=100M --buffer=100k --block-size=32k
if encrypts_; then
  there_and_back_ 0 -e
  there_and_back_ 0 -e --buffer=1M --rate-limit=100M
fi
there_and_back_ 0 --listen=local -h 255.255.255.255

# Neither is asked for.
status_ 0 neither -v -i { cat data } -l { env } -r { cat } \
  -o { sh -c 'cat > out' } 2> err || fail=1
cmp data out || fail=1
relays_ 0

# One kernel that counts is enough.
if counts_; then
  for side in local remote; do
    rm -f out file
    here=without there=socketpipe
    test $side = local || here=socketpipe there=without
    status_ 0 $here --remote-path=$there -v -p --stats-file=file \
      -i { cat data } -l { env } -r { cat } -o { sh -c 'cat > out' } 2> err \
      || fail=1
    cmp data out || fail=1
    counted_ 1 5000000
    counted_ 2 5000000
    relays_ 0
  done
fi

# In a shell's pipeline; a size that is known; filters that make less of it.
status_ 0 neither -p -i - -o - -l { env } -r { head -c 1000 } < data > out \
  2> err || fail=1
head -c 1000 data | cmp - out || fail=1
has_line_ err "${begin_re}input .*; output 1000 B, average $rate\$" || fail=1
status_ 0 neither -p -i - -l { env } -r { helper sum } < data > out 2> err \
  || fail=1
has_line_ err "${begin_re}input 4\.8 MiB, average $rate, 100%; output " \
  || fail=1
status_ 0 neither -v -p --stats-file=file --size=10M -l { env } \
  -r { cat data } -o - > out 2> err || fail=1
cmp data out || fail=1
has_line_ err "${begin_re}output 4\.8 MiB, average $rate, 47%\$" || fail=1
counted_ 1 5000000
relays_ 1
status_ 0 neither --stats-file=file -i { true } -l { env } -r { cat } \
  -o { cat } > out 2> err || fail=1
compare /dev/null out || fail=1
counted_ 1 0
counted_ 2 0

# While it goes on.
for way in input output; do
  rm -f go halfway err
  half='head -c 1000000 data; : > halfway
        until test -f go; do helper nap 20; done; tail -c +1000001 data'
  if test $way = input; then
    set -- -i { sh -c "$half" } -l { env } -r { sh -c 'cat > out' }
  else
    set -- -l { env } -r { sh -c "$half" } -o { sh -c 'cat > out' }
  fi
  neither -p "$@" 2> err &
  run=$!
  at_exit_ "kill $run 2> /dev/null"
  wait_for_ test -f halfway || fail=1
  seen_ ()
  {
    kill -USR1 $run
    has_line_ err "$begin_re$way 977 KiB, $rate, average $rate" 2> /dev/null
  }
  wait_for_ seen_ || { cat err; fail=1; }
  : > go
  wait $run || fail=1
  cmp data out || fail=1
done

# A reader that leaves is met as on a pipe, on either host.
for way in input output; do
  rm -f file
  if test $way = input; then
    set -- -i { helper fill how } -l { env } -r { helper eat 100000 }
  else
    set -- -l { env } -r { helper fill how } -o { helper eat 100000 }
  fi
  status_ 0 neither -q --stats-file=file "$@" 2> err || fail=1
  compare /dev/null err || fail=1
  has_line_ how '^EPIPE SIGPIPE' || fail=1
  counted_at_least_ 1 100000
done

# A writer that is killed: its reader has no end of file, and what there was
# has been counted.
killed='helper random 100000; kill -KILL $$'
helper random 100000 > written || framework_failure_
for way in input output; do
  rm -f how file
  if test $way = input; then
    set -- -i { sh -c "$killed" } -l { env } -r { helper read-whole got }
  else
    set -- -l { env } -r { sh -c "$killed" } -o { helper read-whole got }
  fi
  neither --stats-file=file "$@" 2> err
  test $? = 137 || { cat err; fail=1; }
  cut_ got written || fail=1
  test -n "$(bytes_ 1)" && test "$(bytes_ 1)" -le 100000 || fail=1
done

# A status other than 0 comes after all the data.
status_ 3 neither --stats-file=file -i { sh -c 'cat data; exit 3' } -l { env } \
  -r { sh -c 'cat > out' } 2> err || fail=1
cmp data out || fail=1
counted_ 1 5000000

no_process_left_ || fail=1

Exit $fail
