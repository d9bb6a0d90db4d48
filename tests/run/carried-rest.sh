#!/bin/sh
# What the login has yet to bring when the remote command is over is part of
# the run: without it, the run fails.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe

# What is not sent when the command is over has to find room in its pipe.
grep '^#define HAVE_SPLICE 1' "$CONFIG_HEADER" > /dev/null \
  || skip_ "this build does not enlarge pipes"

cat > bin/login <<'EOF' && chmod +x bin/login || framework_failure_
#!/bin/sh
echo $$ > agent
exec "$@"
EOF

# begin_: start a run whose remote command ends with status 0, while the output
# command has not begun to read more than all buffers hold.
begin_ ()
{
  rm -f agent remote go count
  # No packet is sent to this address.
  socketpipe --listen=local -h 255.255.255.255 -l { login } \
    -r { sh -c 'echo $$ > remote.tmp; mv remote.tmp remote
        head -c 5600000 /dev/zero' } \
    -o { sh -c 'until test -f go; do helper nap 20; done
        helper slow 100k 20 | wc -c > count; :' } \
    2> err &
  run=$!
  at_exit_ "kill -KILL $run 2> /dev/null"
  wait_for_ test -f remote || fail=1
  helper wait-gone $run_limit_ $(cat remote) || fail=1
}

# cut_ SIGNAL TEXT: the agent gets SIGNAL, and TEXT is what is said then.  How
# much was still under way is a matter of chance: where it was nothing, all is
# well, and it is tried again.
cut_ ()
{
  for i in 1 2 3 4 5 6; do
    begin_
    kill -$1 $(cat agent)
    : > go
    ends_
    if test "$(tr -d ' ' < count)" = 5600000; then
      test $ended = 0 || { warn_ "status $ended with all of it"; fail=1; }
    else
      test $ended = 125 || { warn_ "status $ended with a part"; fail=1; }
      has_line_ err "socketpipe: $2" || fail=1
      return
    fi
  done
  warn_ "all was there each time"
  fail=1
}

ends_ ()
{
  helper wait-gone $run_limit_ $run || { fail=1; kill -KILL $run; }
  wait $run
  ended=$?
  # A command that was ended did not come to that.
  test -f count || : > count
}

# All is well.
begin_
: > go
ends_
test $ended = 0 || fail=1
echo 5600000 > exp
tr -d ' ' < count > out
compare exp out || fail=1

cut_ KILL 'lost contact with '
# A reader that succeeds with a part does not make it the whole.
cut_ TERM 'the agent on .* failed: ended by a signal'

no_process_left_ || fail=1

Exit $fail
