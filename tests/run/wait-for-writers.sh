#!/bin/sh
# A daemon that keeps a stream keeps the run, which names it, and waits no
# longer than --wait-for-writers says; an interrupted run ends it.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe
require_program_ setsid
grep '^#define HAVE_PROC_FD_LINKS 1' "$CONFIG_HEADER" > /dev/null \
  && test -r /proc/self/fd/0 \
  || skip_ "the system does not list the holders of a stream"

helper random 100000 > data || framework_failure_

# leaves-daemon [-r] [SIGNAL]...: write data, and leave a process behind that
# has the output, a session of its own, and ignores HUP and each SIGNAL.  With
# -r, do not end.
cat > bin/leaves-daemon <<'EOT' && chmod +x bin/leaves-daemon \
  || framework_failure_
#!/bin/sh
test "$1" = -r && { runs=yes; shift; }
cat data
setsid helper sit daemon HUP "$@" &
until test -f daemon; do helper nap 20; done
test -z "$runs" || exec helper sit runs
EOT

# begin_ HOST WRITER OPTION...: in a run with $options and these, what WRITER
# writes, here or there, is read on the other host.
begin_ ()
{
  host=$1 writer=$2
  shift 2
  rm -f daemon runs how err
  case $host in
    here) set -- "$@" -i { $writer } -l { env } -r { helper drain how }
          command='input command' said=socketpipe ;;
    there) set -- "$@" -l { env } -r { $writer } -o { helper drain how }
          command='remote command' said="socketpipe on $(uname -n)" ;;
  esac
  who="process @ (helper), which still has the output of the $command \
'leaves-daemon'"
  helper defaults socketpipe $options "$@" 2> err &
  run=$!
}

# ends_ STATUS [SECONDS]: the run does, in that time; a busy machine may take
# three times as long.
ends_ ()
{
  helper wait-gone $((3 * ${2-20})) $run || { fail=1; kill -KILL $run; }
  wait $run
  actual_status_=$?
  test $actual_status_ = "$1" && return
  warn_ "status $actual_status_ instead of $1"
  cat err >&2
  fail=1
}

is_named_ ()
{
  grep 'waiting for' err > /dev/null 2>&1 || ! kill -0 $run 2> /dev/null
}

# says_ TEXT...: so says the run, with the daemon for @.
says_ ()
{
  printf "$said: %s\n" "$@" | sed "s/@/$(cat daemon)/" > exp
  grep 'waiting' err > out
  compare exp out || fail=1
}

for options in '' -e --buffer=1M '--listen=local -h 255.255.255.255'; do
  test "$options" != -e || encrypts_ || continue
  for host in here there; do
    # With -v it is named at once, not only after those seconds.  Past its
    # time, the reader gets what was written, and an error behind it.
    begin_ $host leaves-daemon -v --wait-for-writers=2
    ends_ 125
    says_ "waiting for $who (see --wait-for-writers)" \
      "not waiting any longer for $who: the stream is cut"
    has_line_ how '^ECONNRESET 100000$' || fail=1
    # What is no longer waited for is left alone.
    kill -KILL $(cat daemon) || fail=1

    begin_ $host leaves-daemon -v
    wait_for_ is_named_ || fail=1
    says_ "waiting for $who (see --wait-for-writers)"
    kill -INT $run
    ends_ 130
    helper wait-gone 60 $(cat daemon) || fail=1

    # Its command may run still.
    begin_ $host 'leaves-daemon -r'
    wait_for_ test -f runs || fail=1
    kill -INT $run
    ends_ 130
    helper wait-gone 60 $(cat daemon) || fail=1
  done
done

# slow_ HOST: without -v it is named after some seconds.  One that ignores TERM
# is killed.
slow_ ()
{
  mkdir "slow-$1" && cd "slow-$1" && cp ../data . || framework_failure_
  begin_ $1 'leaves-daemon TERM'
  wait_for_ test -f daemon || fail=1
  begun=$(date +%s)
  wait_for_ is_named_ || fail=1
  passed=$(($(date +%s) - begun))
  test 4 -le $passed || { warn_ "named after $passed s"; fail=1; }
  says_ "waiting for $who (see --wait-for-writers)"
  kill -INT $run
  ends_ 130
  helper wait-gone 60 $(cat daemon) || fail=1
  exit $fail
}
options=
(slow_ here) &
here=$!
(slow_ there) &
wait $here || fail=1
wait $! || fail=1

# A daemon that has no stream is left alone, on either host.
cat > bin/begets-daemon <<'EOT' && chmod +x bin/begets-daemon \
  || framework_failure_
#!/bin/sh
setsid helper sit daemon HUP < /dev/null > /dev/null &
until test -f daemon; do helper nap 20; done
exec cat data
EOT
for host in here there; do
  begin_ $host begets-daemon -v --wait-for-writers=1
  ends_ 0
  has_line_ how '^end 100000$' || fail=1
  grep waiting err && fail=1
  kill -KILL $(cat daemon) || fail=1
done

no_process_left_ || fail=1

Exit $fail
