#!/bin/sh
# A signal to socketpipe ends the commands on both hosts, then socketpipe.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe

# tells NAME: run until a signal comes, and tell which one.
cat > bin/tells <<'EOF' && chmod +x bin/tells || framework_failure_
#!/bin/sh
for sig in HUP INT QUIT TERM; do
  trap "echo $sig > $1.got; exit 1" $sig
done
: > $1.ready
while :; do helper nap 20; done
EOF

start_ ()
{
  rm -f ./*.ready ./*.got how
  helper within -s how 120 helper "$@" 2> err &
  within_=$!
}

wait_ready_ ()
{
  for who in "$@"; do wait_for_ test -f $who.ready || fail=1; done
}

for signal in HUP:1 INT:2 QUIT:3 TERM:15; do
  name=${signal%:*} number=${signal#*:}
  start_ defaults sh -c 'echo $$ > pid; exec socketpipe -i { tells input } \
    -l { env } -r { tells remote } -o { tells output }'
  wait_ready_ input remote output
  kill -$name "$(cat pid)" || fail=1
  wait $within_ 2> /dev/null
  echo "signal $number" > exp
  compare exp how || fail=1
  for stage in input remote output; do
    test "$(cat $stage.got)" = $name || { warn_ "$stage, $name"; fail=1; }
  done
  grep '^socketpipe' err && fail=1
  no_process_left_ || fail=1
done

# While the login takes its time.
for name in INT TERM; do
  start_ defaults sh -c 'echo $$ > pid; exec socketpipe -i { cat } \
    -l { sh -c ": > login.ready; helper sit sitting" } -r { cat }'
  wait_ready_ login
  kill -$name "$(cat pid)" || fail=1
  wait $within_ 2> /dev/null
  has_line_ how '^signal' || fail=1
  no_process_left_ || fail=1
done

# A command gets that one and no other, and has time to tidy up.
cat > bin/tidies <<'EOF' && chmod +x bin/tidies || framework_failure_
#!/bin/sh
trap 'echo INT; helper nap 300; echo tidy; exit 1' INT
trap 'echo TERM' TERM
: > $1.ready
while :; do helper nap 20; done
EOF
start_ defaults sh -c 'echo $$ > pid
  exec socketpipe -i { sh -c "exec tidies input 3>&1 > input.got" } -l { env } \
  -r { sh -c "exec tidies remote 3>&1 > remote.got" } -o { cat }'
wait_ready_ input remote
kill -INT "$(cat pid)" || fail=1
wait $within_ 2> /dev/null
printf '%s\n' INT tidy > exp
compare exp input.got || fail=1
compare exp remote.got || fail=1
no_process_left_ || fail=1

# What ignores the signal is killed 5 seconds later.
start_ defaults sh -c 'echo $$ > pid; exec socketpipe \
  -i { helper sit input.ready TERM } -l { env } \
  -r { helper sit remote.ready TERM } -o { helper sit output.ready TERM }'
wait_ready_ input remote output
kill -TERM "$(cat pid)" || fail=1
helper wait-gone 36 "$(cat pid)" || fail=1
wait $within_ 2> /dev/null
echo 'signal 15' > exp
compare exp how || fail=1
no_process_left_ || fail=1

# HUP stays ignored where the parent ignored it.
start_ defaults sh -c 'trap "" HUP; echo $$ > pid; exec socketpipe \
  -i { sh -c "until test -f go; do helper nap 20; done; echo data" } \
  -l { env } -r { sh -c ": > remote.ready; cat > copy" }'
wait_ready_ remote
kill -HUP "$(cat pid)" || fail=1
: > go
wait $within_
echo 'exit 0' > exp
compare exp how || fail=1
echo data > exp
compare exp copy || fail=1
compare /dev/null err || fail=1

no_process_left_ || fail=1

Exit $fail
