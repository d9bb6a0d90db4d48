#!/bin/sh
# A login that not even SIGKILL can end delays nothing: it is named and left
# behind.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe
require_program_ ps

free_ ()
{
  for file in "$test_dir_"/holder*; do
    test ! -f "$file" || kill $(cat "$file") 2> /dev/null
  done
}
at_exit_ free_

# out_of_reach_ PID: does it wait where no signal reaches it?
out_of_reach_ ()
{
  ps -o stat= -p $1 2> /dev/null | grep '^D' > /dev/null
}

# The login goes on after the agent, or is stuck from the beginning.
cat > bin/stuck-login <<'END' && chmod +x bin/stuck-login || framework_failure_
#!/bin/sh
exec 3<&0
"$@" <&3 3<&- &
echo $! > agent
echo $$ > login
exec helper stuck holder > /dev/null 3<&-
END

# Can there be such a process here?
helper stuck holder-try < /dev/null &
try=$!
known_ () { test -f holder-try || ! kill -0 $try 2> /dev/null; }
wait_for_ known_ || fail=1
helper nap 1000
out_of_reach_ $try || skip_ "no process here can be out of reach of signals"

# All went well: so says the status.
echo data > exp || framework_failure_
status_ 0 helper within 60 socketpipe -i { cat exp } -l { stuck-login } \
  -r { cat } -o - > out 2> err || fail=1
compare exp out || fail=1
one_line_ err || fail=1
has_line_ err "^socketpipe: cannot kill the login command 'stuck-login': \
process $(cat login) is left behind" || fail=1
out_of_reach_ $(cat login) || { warn_ "the login has ended"; fail=1; }

# The run is ended, and the agent does not answer.
rm -f holder agent login
socketpipe -i { sh -c ': > running; exec helper nap 120000' } \
  -l { stuck-login } -r { cat } -o - > out 2> err < /dev/null &
run=$!
at_exit_ "kill -KILL $run"
at_exit_ 'kill -KILL $(cat agent)'
wait_for_ test -f running || fail=1
kill -STOP $(cat agent)
kill -TERM $run
helper wait-gone 60 $run || { warn_ "it waits forever"; fail=1; }
kill -KILL $run 2> /dev/null
wait $run
test $? = 143 || fail=1
has_line_ err "^socketpipe: cannot kill the login command" || fail=1

# A probe.
rm -f holder agent login
status_ 0 helper within 60 socketpipe --probe -t 1 -l { stuck-login } \
  > out 2> err || fail=1
has_line_ err "^socketpipe: cannot kill the login command" || fail=1

Exit $fail
