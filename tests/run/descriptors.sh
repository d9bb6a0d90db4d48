#!/bin/sh
# No command gets a descriptor that is not its own, and only a command and
# its worker have a channel's socket.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe

# What the shell, make or the test driver left open is theirs.
clean_ () { status_ 0 helper defaults "$@"; }
clean_ helper fds fds < /dev/null > out 2> err || fail=1
printf '%s\n' '0 null r' '1 file w' '2 file w' > exp
compare exp fds || fail=1

# list NAME COMMAND...: write the descriptors of this process to the file
# NAME.fds, then be COMMAND.
cat > bin/list <<'EOF' && chmod +x bin/list || framework_failure_
#!/bin/sh
helper fds "$1.fds" && shift && exec "$@"
EOF

for options in '' -b; do
  rm -f ./*.fds
  clean_ socketpipe $options -i { list input echo data } \
    -l { list login env } -r { list remote cat } -o { list output cat } \
    < /dev/null > out 2> err || fail=1
  printf '%s\n' '0 null r' '1 tcp w' '2 file w' > exp
  sed 's/tcp6/tcp/; s/tcp rw/tcp w/' input.fds > list
  compare exp list || fail=1
  printf '%s\n' '0 tcp r' '1 tcp w' '2 file w' > exp
  sed 's/tcp6/tcp/; s/^0 tcp rw/0 tcp r/; s/^1 tcp rw/1 tcp w/' remote.fds \
    > list
  compare exp list || fail=1
  printf '%s\n' '0 tcp r' '1 file w' '2 file w' > exp
  sed 's/tcp6/tcp/; s/tcp rw/tcp r/' output.fds > list
  compare exp list || fail=1
  printf '%s\n' '0 pipe r' '1 pipe w' '2 file w' > exp
  compare exp login.fds || fail=1
done

# Without an input command, the remote command reads nothing; the others do
# not get our standard input.
clean_ socketpipe -l { list login env } -r { list remote echo data } \
  -o { list output cat } < "$srcdir/tests/init.sh" > out 2> err || fail=1
grep '^0 null r' remote.fds > /dev/null || fail=1
grep '^0 pipe r' login.fds > /dev/null || fail=1
test "$(wc -l < remote.fds)" = 3 || fail=1
test "$(wc -l < output.fds)" = 3 || fail=1

# holders_ PID FD: print which processes have the socket that PID has as
# descriptor FD.
holders_ ()
{
  socket=$(ls -l "/proc/$1/fd/$2" | sed 's/.*-> //')
  case $socket in
    socket:*) ;;
    *) echo "not a socket: $socket" ;;
  esac
  ls -l /proc/[0-9]*/fd 2> /dev/null \
    | awk -v socket="$socket" '/^\/proc\// { split ($1, dir, "/") }
                               $NF == socket { print dir[3] }' | sort -un
}
expect_holders_ ()
{
  holders_ $1 $2 > out
  parent=$(awk '{ sub (/.*\) /, ""); print $2 }' "/proc/$1/stat")
  printf '%s\n' $1 $parent | sort -n > exp
  compare exp out || fail=1
}

if test -r /proc/self/fd && test -r /proc/self/stat; then
  socketpipe -i { helper sit input } -l { env } -r { helper sit remote } \
    -o { helper sit output } 2> err &
  pid=$!
  at_exit_ "kill $pid 2> /dev/null"
  for stage in input remote output; do
    wait_for_ test -f $stage || fail=1
  done
  expect_holders_ "$(cat input)" 1
  expect_holders_ "$(cat remote)" 0
  expect_holders_ "$(cat remote)" 1
  expect_holders_ "$(cat output)" 0
  kill -TERM $pid
  wait $pid
fi

no_process_left_ || fail=1

Exit $fail
