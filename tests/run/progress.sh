#!/bin/sh
# With -p it is told how far the channels are; where there is no terminal, by a
# line now and then and one at the end; and whenever SIGUSR1 asks.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe

helper random 5M 3 > data || framework_failure_

# The login carries what a line can be about on every system: no packet is
# sent to that address.
cat > bin/carried <<'END' && chmod +x bin/carried || framework_failure_
#!/bin/sh
exec socketpipe -q --listen=local -h 255.255.255.255 "$@"
END

begin_re='^socketpipe: [0-9]+:[0-9][0-9]:[0-9][0-9] '
rate='[0-9.]+ [KMG]?i?B/s'

# What was asked for is there with -q as well.  The size of a file is known.
status_ 0 carried -p -i - -l { env } -r { helper sum } < data \
  > out 2> err || fail=1
one_line_ err || fail=1
has_line_ err "${begin_re}input 5\.0 MiB, average $rate, 100%; output " \
  || fail=1
helper sum < data > exp
compare exp out || fail=1

# So is what is left of it.
{ head -c 1048576 > /dev/null
  status_ 0 carried -p -i - -l { env } -r { helper sum } > out 2> err \
    || fail=1; } < data
# head may have read more than that.
has_line_ err "${begin_re}input [0-9.]+ MiB, average $rate, 100%; output " \
  || fail=1

# No size, no part of it; without -i the size is the output's.
status_ 0 carried -p -i { cat data } -l { env } -r { cat } -o { helper sum } \
  > out 2> err || fail=1
has_line_ err \
  "${begin_re}input 5\.0 MiB, average $rate; output 5\.0 MiB, average $rate\$" \
  || fail=1
status_ 0 carried -p --size=10M -l { env } -r { cat data } -o - > out 2> err \
  || fail=1
has_line_ err "${begin_re}output 5\.0 MiB, average $rate, 50%\$" || fail=1
cmp data out || fail=1

# So it is on a connection.
status_ 0 socketpipe -p --size=4M -i { cat data } -l { env } -r { helper sum } \
  > out 2> err || fail=1
has_line_ err "${begin_re}input 5\.0 MiB, average $rate, 100%; output " \
  || fail=1

# A line now and then, as long as it goes on.
status_ 0 carried -p -i { sh -c 'cat data
    until grep "input" err; do helper nap 50; done > /dev/null' } \
  -l { env } -r { cat } -o { helper sum } > out 2> err || fail=1
has_line_ err "${begin_re}input 5\.0 MiB, $rate, average $rate; output " \
  || fail=1
test $(wc -l < err) -ge 2 || fail=1

# SIGUSR1 asks: before there are any data, while there are, and with and
# without -p, and whichever process of the program's name gets it.
cat > bin/login <<'END' && chmod +x bin/login || framework_failure_
#!/bin/sh
: > logging-in
until test -f log-in; do helper nap 20; done
exec "$@"
END
ours_ ()
{
  test -r /proc/self/environ || { echo $run; return; }
  for pid in $(marked_processes_ | sed 's/ .*//'); do
    case $(cat /proc/$pid/comm 2> /dev/null) in
      socketpipe) echo $pid ;;
    esac
  done
}
for p in -p ''; do
  rm -f logging-in log-in go halfway err
  carried $p -i - -o - -l { login } -r { sh -c 'head -c 1000000; : > halfway
      until test -f go; do helper nap 20; done; cat' } < data > out 2> err &
  run=$!
  at_exit_ "kill $run 2> /dev/null"
  wait_for_ test -f logging-in || fail=1
  kill -USR1 $run || fail=1
  wait_for_ has_line_ err '^socketpipe: no data yet' 2> /dev/null || fail=1
  : > log-in
  wait_for_ test -f halfway || fail=1
  kill -USR1 $(ours_) || fail=1
  wait_for_ has_line_ err "${begin_re}input [0-9.]+ MiB, $rate, average" \
    2> /dev/null || { cat err; fail=1; }
  : > go
  wait $run || fail=1
  cmp data out || fail=1
done
grep -Ev "${begin_re}input|no data yet" err > rest
compare /dev/null rest || fail=1

# A process that was started with it ignored still ignores it.
rm -f log-in logging-in
: > log-in
(trap '' USR1
 exec socketpipe -i { sh -c 'kill -USR1 $PPID; cat data' } -l { login } \
   -r { cat } -o { helper sum }) > out 2> err || fail=1
compare /dev/null err || fail=1
compare exp out || fail=1

no_process_left_ || fail=1

Exit $fail
