#!/bin/sh
# A socketpipe 1.10 gets from this host what another 1.10 would give it, and no
# data is lost.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe

# Does this build know what the kernel counts on a connection?
has_meter_ () { grep '_BYTES_ACKED 1' "$CONFIG_HEADER" > /dev/null; }

there=$(uname -n)

# old_ STATUS ARGUMENT...: a run of 1.10, which knows what to say to -s.
old_ ()
{
  expected=$1
  shift
  status_ "$expected" helper old-socketpipe -h 127.0.0.1 -l { env } "$@" \
    > out 2> err || fail=1
}

# The three shapes.
helper random 20M > data
old_ 0 -i { cat data } -r { sh -c 'cat > copy' }
cmp data copy || fail=1
old_ 0 -r { cat data } -o { sh -c 'cat > copy2' }
cmp data copy2 || fail=1
old_ 0 -i { cat data } -r { cat } -o { sh -c 'cat > copy3' }
cmp data copy3 || fail=1
compare /dev/null err || fail=1

# Where the command stops reading and writes on, with 1.10 on both hosts most
# of this is lost.
for i in 1 2 3; do
  has_meter_ || break
  old_ 0 -i { helper random 100M } \
    -r { sh -c 'helper eat 10; cat data' } \
    -o { sh -c 'helper slow 1M 20 > copy4' }
  cmp data copy4 || fail=1
done

# How the command ended.
for n in 0 3 255; do
  old_ $n -i { echo data } -r { sh -c "cat > copy; exit $n" }
  compare /dev/null err || fail=1
done
: > not-executable
echo "socketpipe on $there: cannot run command 'no-such-command': No such file or directory" > exp
old_ 127 -i { true } -r { no-such-command }
compare exp err || fail=1
echo "socketpipe on $there: cannot run command './not-executable': Permission denied" > exp
old_ 126 -i { true } -r { ./not-executable }
compare exp err || fail=1
echo "socketpipe on $there: command 'sh' failed: killed by signal 9 (Killed)" \
  > exp
old_ 137 -i { true } -r { sh -c 'kill -9 $$' }
compare exp err || fail=1

# What was killed wrote a part, and it looks like one.
old_ 0 -r { sh -c 'echo data; kill -9 $$' } -o { sh -c 'helper drain end; true' }
grep '^ECONNRESET' end || fail=1

# A writer whose reader has enough comes to an end.
old_ 0 -r { yes } -o { sh -c 'exec head -n 1 > copy5' }
echo y > exp
compare exp copy5 || fail=1

# The command has its two-way socket as standard input and output, and nothing
# else; signals are as they should be.
old_ 0 -i { true } -r { helper defaults helper fds fds }
sed 's/tcp6/tcp/' fds > fds.out
printf '%s\n' '0 tcp rw' '1 tcp rw' '2 file w' > exp
compare exp fds.out || fail=1
old_ 141 -i { true } -r { sh -c 'kill -PIPE $$' }

# No listener; or invalid arguments.
refused ()
{
  status_ 125 socketpipe -s "$@" 2> err || fail=1
  one_line_ err || fail=1
}
helper tcp-serve 0 port true &
pid=$!
at_exit_ "kill $pid 2> /dev/null"
wait_for_ test -f port || fail=1
port=$(cat port)
kill $pid
wait $pid
refused 127.0.0.1 "$port" sh -c '> started'
has_line_ err "^socketpipe on $there: cannot connect to '127.0.0.1': 127.0.0.1 port $port: Connection refused" \
  || fail=1
refused 127.0.0.1 http sh -c '> started'
refused 127.0.0.1 "$port"
refused
test ! -f started || fail=1

# A name with addresses of which only some lead anywhere.
status_ 0 helper old-socketpipe -h localhost -i { echo data } -l { env } \
  -r { cat } -o { cat } > out || fail=1
echo data > exp
compare exp out || fail=1

# An address of IPv6.
helper tcp-serve -a 0 port6 sh -c 'cat > copy6' &
pid=$!
at_exit_ "kill $pid 2> /dev/null"
wait_for_ test -f port6 || fail=1
if bounded_ socketpipe -s ::1 "$(cat port6)" echo data 2> err; then
  copied_ () { cmp exp copy6 2> /dev/null; }
  wait_for_ copied_ || fail=1
else
  grep 'Address family not supported\|Cannot assign\|cannot find' err || fail=1
fi
kill $pid
wait $pid

# start_ SIGNAL...: a run that goes on; the numbers of its processes there are
# in the files serve and remote.
start_ ()
{
  rm -f serve remote
  helper old-socketpipe -h 127.0.0.1 -i { helper sit input } -l { env } \
    -r { sh -c 'echo $PPID > serve.tmp; mv serve.tmp serve
                exec helper sit remote "$@"' sh "$@" } 2> err &
  run_=$!
  at_exit_ "kill -KILL $run_ 2> /dev/null"
  wait_for_ test -f remote || fail=1
  wait_for_ test -f input || fail=1
}
# What ends the server ends the command, even SIGKILL, and even one that does
# not want to.
for sig in TERM KILL; do
  start_ HUP TERM
  kill -$sig "$(cat serve)" || fail=1
  helper wait-gone 45 "$(cat remote)" || fail=1
  kill -KILL $run_ "$(cat input)"
  wait $run_
  no_process_left_ || fail=1
done

# All of 1.10 dies: its readers and writers meet an error.
rm -f remote remote.end
helper old-socketpipe -h 127.0.0.1 \
  -i { sh -c 'echo data; exec helper sit input' } -l { env } \
  -r { sh -c 'helper eat 5; > remote; helper drain remote.end' } 2> err &
run_=$!
at_exit_ "kill -KILL $run_ 2> /dev/null"
wait_for_ test -f remote || fail=1
kill -KILL $run_ "$(cat input)"
wait $run_
wait_for_ test -f remote.end || fail=1
no_process_left_ || fail=1

Exit $fail
