#!/bin/sh
# --compat=1.10 works with a host that has 1.10, warns of what cannot be
# helped, always comes to an end, and says how it ended.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe

# Does this build know what the kernel counts on a connection?
has_meter_ () { grep '_BYTES_ACKED 1' "$CONFIG_HEADER" > /dev/null; }

printf '#!/bin/sh\nexec helper old-socketpipe "$@"\n' > bin/old \
  && cat > bin/login <<'EOT' && chmod +x bin/* || framework_failure_
#!/bin/sh
# login HOW PROGRAM -s HOST PORT COMMAND...
how=$1
shift
eval "$how"
EOT

# compat_ STATUS ARGUMENT...: a run with the words of ours and those given.
compat_ ()
{
  expected=$1
  shift
  status_ "$expected" socketpipe --compat=1.10 --remote-path=old "$@" \
    > out 2> err || fail=1
  grep '^socketpipe: ' err \
    | grep -v '^socketpipe: the connection from 1.10 is not proven' > ours
}
here='-h 127.0.0.1 -l { env }'

# says_ RE: we have said one line besides the warning, and it matches RE.
says_ ()
{
  one_line_ ours || fail=1
  has_line_ ours "^socketpipe: $1" || fail=1
}

# The three shapes, and standard input and output.
helper random 20M > data
compat_ 0 $here -i { cat data } -r { sh -c 'cat > copy' }
cmp data copy || fail=1
# Each run warns once.
one_line_ err || fail=1
has_line_ err 'not proven: whoever connects to port [0-9]+ first gets' || fail=1
compat_ 0 $here -r { cat data } -o { sh -c 'cat > copy2' }
cmp data copy2 || fail=1
compat_ 0 -q $here -i { cat data } -r { cat } -o { sh -c 'cat > copy3' }
cmp data copy3 || fail=1
compare /dev/null err || fail=1
status_ 0 socketpipe -q --compat=1.10 --remote-path=old $here -i - -r { cat } \
  -o - < data > copy4 || fail=1
cmp data copy4 || fail=1
compat_ 0 -b $here -i { cat data } -r { cat }
cmp data out || fail=1
# Where a relay and a command share the socket, it stays blocking.
status_ 0 socketpipe -q --compat=1.10 --remote-path=old $here -i - \
  -r { helper slow 4M 50 } -o { cat } < data > copy6 || fail=1
cmp data copy6 || fail=1
# A filter that lags behind: both directions at once, on one socket.
compat_ 0 $here -i { cat data } -r { helper slow 4M 50 } \
  -o { helper slow 1M 10 }
cmp data out || fail=1
# 1.10 would hang here: the remote command reads, and nobody writes.
compat_ 0 $here -r { cat } -o { cat }
compare /dev/null out || fail=1

# How the commands ended.
there='the other host'
for n in 1 3 255; do
  compat_ $n $here -i { echo data } -r { sh -c "cat; exit $n" }
  says_ "remote command 'sh' on $there failed: exit status $n\$"
  compat_ $n $here -i { sh -c "exit $n" } -r { cat } -o { cat }
  says_ "input command 'sh' failed: exit status $n\$"
  compat_ $n $here -i { echo data } -r { cat } -o { sh -c "cat; exit $n" }
  says_ "output command 'sh' failed: exit status $n\$"
done
compat_ 127 $here -i { no-such-command } -r { cat }
says_ "cannot run input command 'no-such-command'"
compat_ 127 $here -i { echo data } -r { no-such-command }
says_ "remote command 'no-such-command' on $there failed: exit status 127"

# Who is killed leaves a part, which looks like one.
compat_ 137 $here -i { sh -c 'echo data; kill -9 $$' } \
  -r { sh -c 'helper drain end; exit 1' } -o { sh -c 'cat; true' }
grep '^ECONNRESET' end || fail=1

# Readers with enough.
compat_ 0 $here -r { yes } -o { head -n 1 }
echo y > exp
compare exp out || fail=1
compat_ 0 $here -i { yes } -r { cat } -o { head -n 1 }
compare exp out || fail=1
compat_ 0 $here -i { yes } -r { helper eat 10 }
# Whoever met the reset instead of SIGPIPE is over before the login is.
compat_ 0 -h 127.0.0.1 -l { login '"$@"; helper nap 300; exit 0' } \
  -i { sh -c 'yes 2> /dev/null || exit 1' } -r { helper eat 10 }
# The input goes on without the output command, until that is missed.
compat_ 0 $here -i { cat data } -r { sh -c 'echo y; cat > copy5' } \
  -o { helper eat 2 }
cmp data copy5 || fail=1

# 1.10 loses data that its command writes after it has stopped reading.  This
# is at least said.
if has_meter_; then
  compat_ 125 $here -i { yes } -r { sh -c 'helper eat 10; cat data' } \
    -o { sh -c 'helper slow 1M 20 | wc -c' }
  has_line_ err '^socketpipe: the connection was reset .* may be missing' \
    || fail=1
  compat_ 125 $here -i { yes } -r { sh -c 'helper eat 10; cat data' } -o -
  has_line_ err '^socketpipe: the connection was reset .* may be missing' \
    || fail=1
fi

# Which descriptors the commands have.
status_ 0 helper defaults socketpipe --compat=1.10 --remote-path=old $here \
  -i { helper fds input.fds } -r { cat } -o { helper fds output.fds } \
  < /dev/null > out 2> err || fail=1
printf '%s\n' '0 null r' '1 tcp rw' '2 file w' > exp
compare exp input.fds || fail=1
printf '%s\n' '0 tcp rw' '1 file w' '2 file w' > exp
compare exp output.fds || fail=1

# The address of this host, without -h.
addresses='192.0.2.7 1234 192.0.2.8 22'
two_logins ()
{
  status=$1
  shift
  compat_ "$status" -i { echo data } -l { env "$@" } -r { cat }
}
echo data > exp
two_logins 0 SSH_CONNECTION='127.0.0.1 1 127.0.0.1 22'
compare exp out || fail=1
two_logins 0 SSH_CLIENT='127.0.0.1 1 22'
compare exp out || fail=1
two_logins 0 SSH_CONNECTION='::ffff:127.0.0.1 1 ::1 22'
compare exp out || fail=1
two_logins 125 SSH_CONNECTION='2001:db8::1 1 2001:db8::2 22'
says_ "the login command 'env .*' comes from the address 2001:db8::1, .*-h"
two_logins 125
says_ "the login command 'env' does not tell the address .* -h"
# What was merely handed on says nothing about this login.
SSH_CONNECTION=$addresses
export SSH_CONNECTION
two_logins 125
says_ "the login command 'env' does not tell the address .* -h"
unset SSH_CONNECTION

# Each way in which the logins can fail.
compat_ 125 -i { sh -c '> started' } -l { login 'exit 7' } -r { cat }
says_ "the login command 'login exit 7', which was to tell .*: exit status 7"
rejected ()
{
  how=$1
  shift
  compat_ 125 "$@" -h 127.0.0.1 -i { sh -c '> started' } \
    -l { login "$how" } -r { cat } -o { sh -c '> started' }
}
rejected 'exit 255'
says_ "the login command 'login exit 255' ended \(exit status 255\), and nobody .*-h"
rejected 'exit 127'
says_ "no 'old' could be run by the login command .*--remote-path"
rejected 'kill -9 $$'
says_ "the login command .* ended \(killed by signal 9 \(Killed\)\)"
rejected 'exec helper sit sitting' -t 1
says_ "no connection from the other host to '127.0.0.1' port [0-9]+ in 1 sec"
no_process_left_ || fail=1
test ! -f started || fail=1
# What it says on its standard output is no data.
compat_ 0 -h 127.0.0.1 -l { login 'echo noise; exec "$@"' } -r { echo data } \
  -o { cat }
compare exp out || fail=1
has_line_ err '^noise' || fail=1
# It is over before we have looked.
compat_ 0 -h 127.0.0.1 -l { login 'kill -STOP $PPID; "$@"
  (helper nap 200; kill -CONT $PPID) & exit 0' } -r { echo data } -o { cat }
compare exp out || fail=1

# Ports.
helper tcp-serve -a 0 port true &
pid=$!
at_exit_ "kill $pid 2> /dev/null"
wait_for_ test -f port || fail=1
port=$(cat port)
compat_ 125 --port=$port $here -i { echo data } -r { cat }
says_ "cannot listen on a port from $port to $port: Address.* in use"
if test $port -lt 65000; then
  compat_ 0 -v --port=$port:$((port + 500)) $here -i { echo data } -r { cat }
  compare exp out || fail=1
  used=$(sed -n 's/.*listening on port \([0-9]*\).*/\1/p' err)
  test "$port" -lt "$used" && test "$used" -le $((port + 500)) || fail=1
  has_line_ err '^socketpipe: both directions connected after [0-9.]+ s: 127.0.0.1 port [0-9]+ -> 127.0.0.1 port [0-9]+ \(remote-to-local\)' \
    || fail=1
fi
kill $pid
wait $pid

# A stranger who is first is taken for 1.10, as the warning says.  It comes
# to an end all the same.
compat_ 1 -h 127.0.0.1 -i { echo secret } -l { login '
  helper tcp-flood "$3" "$4" 1 rubbish 1 > flood; exec "$@"' } -r { cat }
test "$(wc -c < out)" = 8192 || fail=1
grep 'received 7' flood || fail=1

# ends_: wait for the process $pid, but not for ever.  Return its status.
ends_ ()
{
  helper wait-gone 60 $pid || { fail=1; kill -KILL $pid; }
  wait $pid
}

# Signals end all of it.
victim_ ()
{
  rm -f input output remote
  socketpipe -q --compat=1.10 --remote-path=old $here -i { helper sit input } \
    -r { sh -c '> remote; exec cat' } -o { sh -c '> output; exec cat' } \
    2> err &
  pid=$!
  at_exit_ "kill -KILL $pid 2> /dev/null"
  for i in input output remote; do
    wait_for_ test -f $i || fail=1
  done
}
for sig in TERM HUP KILL; do
  victim_
  kill -$sig $pid
  ends_
  status=$?
  case $sig:$status in
    TERM:143 | HUP:129 | KILL:137) ;;
    *) warn_ "status $status after $sig"; fail=1 ;;
  esac
  grep '^socketpipe' err && fail=1
  no_process_left_ || fail=1
done
# While a login takes its time: the first one, the second.
for option in '' '-h 127.0.0.1'; do
  rm -f sitting
  socketpipe -q --compat=1.10 $option -l { login 'exec helper sit sitting' } \
    -r { cat } -o - 2> err &
  pid=$!
  wait_for_ test -f sitting || fail=1
  kill -TERM $pid
  ends_
  test $? = 143 || fail=1
  compare /dev/null err || fail=1
  no_process_left_ || fail=1
done

# The login is killed in the middle.
rm -f remote
status_ 125 socketpipe -q --compat=1.10 --remote-path=old -h 127.0.0.1 \
  -i { helper sit input2 } -l { login 'echo $$ > login.pid; "$@"; exit' } \
  -r { sh -c 'kill -9 $(cat login.pid); exec cat' } 2> err || fail=1
has_line_ err '^socketpipe: lost contact .*killed by signal 9' || fail=1
no_process_left_ || fail=1

Exit $fail
