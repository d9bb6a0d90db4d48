#!/bin/sh
# Strangers on the listening port neither get in nor hold anything up.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe

# What an agent of another run says first when it connects: to somebody who
# records it.
helper tcp-serve 0 port dd of=hello bs=85 count=1 2> /dev/null &
server=$!
at_exit_ "kill $server 2> /dev/null"
wait_for_ test -f port || fail=1
hello_is_there_ ()
{
  test -f hello && test "$(wc -c < hello 2> /dev/null)" = 85
}
mkfifo quiet || framework_failure_
{ helper run-message 127.0.0.1 "$(cat port)" 2000 cat; cat quiet; } \
  | bounded_ one-host --agent > answer 2> err &
exec 5> quiet
wait_for_ hello_is_there_ || fail=1
exec 5>&-
wait $!
kill $server
# All that it would say: that and another 32 bytes.
{ cat hello; helper random 32; } > replay
head -c 20 hello > half

# A login that keeps what the local side says, and lets the agent know it
# when the strangers are there.
cat > bin/slow-login <<'EOF' && chmod +x bin/slow-login || framework_failure_
#!/bin/sh
dd bs=4096 count=1 of=said.tmp 2> /dev/null && mv said.tmp said
until test -f go; do helper nap 20; done
{ cat said; exec cat; } | "$@"
EOF

helper random 5M > data || framework_failure_

# meet_ COUNT MANNER [FILE]...: a run, with $option, succeeds with so many
# strangers on its port who behave in that manner.
meet_ ()
{
  rm -f go said tally
  status_ 0 socketpipe $option -i { cat data } -l { slow-login } -r { cat } \
    > out 2> err &
  run=$!
  wait_for_ test -f said || fail=1
  port=$(helper message-field link/offer/port4 number < said) || fail=1
  helper tcp-flood 127.0.0.1 $port $1 $2 50 < "${3-/dev/null}" > tally &
  strangers=$!
  # Some of them at least come first.
  helper tcp-flood 127.0.0.1 $port 1 rubbish 20 > first || fail=1
  : > go
  wait $run || fail=1
  cmp data out || fail=1
  compare /dev/null err || fail=1

  # They are dropped when the run goes on, and have got nothing of it but an
  # answer to a well-formed first word, which tells them nothing.
  wait $strangers || fail=1
  connected=$(sed -n 's/^connected //p' tally)
  test "$connected" -gt 0 || fail=1
  has_line_ tally "^closed $connected\$" || fail=1
  received=$(sed -n 's/^received //p' tally)
  test "$received" -le $((102 * connected)) || { cat tally; fail=1; }
}

option=
meet_ 300 silent
has_line_ tally '^received 0' || fail=1
meet_ 300 rubbish
has_line_ tally '^received 0' || fail=1
meet_ 100 input hello
meet_ 100 input replay
meet_ 100 input half
has_line_ tally '^received 0' || fail=1

if encrypts_; then
  option=-e
  meet_ 300 silent
  meet_ 300 rubbish
  meet_ 100 input half
  has_line_ tally '^received 0' || fail=1
fi

no_process_left_ || fail=1

Exit $fail
