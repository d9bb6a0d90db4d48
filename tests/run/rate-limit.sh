#!/bin/sh
# With --rate-limit, no more than that goes through a channel in a second,
# wherever its writer is; --adjust changes the limit while the run goes on.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe

test -r /proc/uptime || skip_ "nothing tells hundredths of a second here"

cat > bin/clocked <<'END' && chmod +x bin/clocked || framework_failure_
#!/bin/sh
head -c 1 > "$1.first"
read -r begin rest < /proc/uptime
cat "$1.first" - > "$1"
read -r end rest < /proc/uptime
echo "$begin $end" > "$1.times"
END

# held_back_ BYTES RATE: these took no less time than they may.  How much longer
# it took depends on the load of this machine.  Linux does not
# pace the first ten segments, which are large here.
held_back_ ()
{
  awk -v bytes="$1" -v rate="$2" '
    { took = $2 - $1; least = 0.9 * (bytes - 655360) / rate - 0.1 }
    END {
      printf "%d bytes in %.2f s\n", bytes, took
      exit took < least
    }' out.times && return
  warn_ "faster than $2 bytes/s"
  fail=1
}

through_login='-q --listen=local -h 255.255.255.255'
helper random 2M 3 > data || framework_failure_
for options in '' "$through_login"; do
  status_ 0 socketpipe $options --rate-limit=1M -i { cat data } -l { env } \
    -r { clocked out } 2> err || fail=1
  cmp data out || fail=1
  compare /dev/null err || fail=1
  held_back_ 2097152 1048576
  status_ 0 socketpipe $options --rate-limit=1M -l { env } -r { cat data } \
    -o { clocked out } 2> err || fail=1
  cmp data out || fail=1
  held_back_ 2097152 1048576
done

# Both channels.
status_ 0 socketpipe --rate-limit=2M -i { cat data } -l { env } \
  -r { cat } -o { clocked out } 2> err || fail=1
cmp data out || fail=1
held_back_ 2097152 2097152

# A limit that would take longer than we wait, and then none to speak of.  It
# is changed in a directory that is the test's.  (What the kernel has put on its
# list already still goes out at the old rate.)
mkdir run && chmod 700 run || framework_failure_
XDG_RUNTIME_DIR=$test_dir_/run
if test ${#XDG_RUNTIME_DIR} -gt 80; then
  # The name of a socket is short.
  XDG_RUNTIME_DIR=$(mktemp -d /tmp/socketpipe-test.XXXXXX) \
    || framework_failure_
  at_exit_ 'rm -rf "$XDG_RUNTIME_DIR"'
fi
export XDG_RUNTIME_DIR
helper random 8M 4 > more || framework_failure_

adjusted_ ()
{
  rm -f begun out
  socketpipe --rate-limit=20k "$@" > out 2> err &
  run=$!
  at_exit_ "kill -KILL $run 2> /dev/null"
  wait_for_ test -f begun || fail=1
  # The command has its answer once the rate is changed.
  status_ 0 socketpipe --adjust=$run --rate-limit=500M 2> errors || fail=1
  compare /dev/null errors || fail=1
  helper wait-gone $run_limit_ $run || { fail=1; kill -KILL $run; }
  wait $run || fail=1
  compare /dev/null err || { fail=1; cat err; }
  cmp more out || fail=1
  test -z "$(ls "$XDG_RUNTIME_DIR")" || fail=1
}
cat > bin/reader <<'END' && chmod +x bin/reader || framework_failure_
#!/bin/sh
: > begun
exec cat
END
for options in '' "$through_login"; do
  adjusted_ $options -i { cat more } -l { env } -r { cat } -o { reader }
  adjusted_ $options -l { env } -r { cat more } -o { reader }
done

# What a killed command has written arrives, however long that takes.
rm -f how
status_ 137 socketpipe $through_login --rate-limit=250k \
  -i { sh -c 'cat data; kill -KILL $$' } -l { env } -r { helper drain how } \
  2> err || fail=1
has_line_ how "^ECONNRESET $(wc -c < data)\$" || fail=1

# No run, or nothing to be changed, or another user's.
for pid in $$ 2147483647; do
  status_ 125 socketpipe --adjust=$pid --rate-limit=1M 2> err || fail=1
  has_line_ err "^socketpipe: process $pid is no run of yours with a rate" \
    || fail=1
done
chmod 755 "$XDG_RUNTIME_DIR" || framework_failure_
status_ 0 socketpipe -v --rate-limit=100M -i { cat data } -l { env } \
  -r { cat } > out 2> err || fail=1
has_line_ err '^socketpipe: the rate limit cannot be changed later: ' || fail=1
cmp data out || fail=1
test -z "$(ls "$XDG_RUNTIME_DIR")" || fail=1

no_process_left_ || fail=1

Exit $fail
