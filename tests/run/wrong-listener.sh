#!/bin/sh
# An agent that is led to a stranger gives him nothing, and gives up in time.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe

mkfifo quiet || framework_failure_

server_only_ ()
{
  left_=$(marked_processes_)
  test "$(printf '%s\n' "$left_" | wc -l)" -le 1
}

# lead_to_ COMMAND...: tell an agent that we listen where COMMAND does.
lead_to_ ()
{
  rm -f port heard.*
  helper tcp-serve 0 port "$@" 2> /dev/null &
  server=$!
  at_exit_ "kill $server 2> /dev/null"
  wait_for_ test -f port || fail=1
  { helper run-message 127.0.0.1 "$(cat port)" 2000 \
      sh -c 'echo secret data; : > started'; cat quiet; } \
    | helper within -s how 120 one-host --agent > answer 2> err &
  agent=$!
  exec 5> quiet
  said_ () { grep '127.0.0.1 port' answer > /dev/null; }
  wait_for_ said_ || fail=1
  exec 5>&-
  wait $agent
  has_line_ how '^exit 125' || fail=1
  # Whoever answered goes when his connection does, but not at once.
  if test -r /proc/self/environ; then
    wait_for_ server_only_ || fail=1
  fi
  kill $server
  wait $server
  test ! -f started || fail=1
}

# heard_hello_: all that was heard on each connection is one first message,
# which says how many zeros end it, or a part of these.  On one that was made
# when the time was up it may be nothing.
heard_hello_ ()
{
  cat heard.* > all
  test -s all || { warn_ "nothing was heard"; return 1; }
  for heard_ in heard.*; do
    test -s $heard_ || continue
    padding_=$(od -An -tu1 -j 12 -N 2 $heard_ | awk '{ print $1 * 256 + $2 }')
    test "$(wc -c < $heard_)" -le $((85 + padding_)) \
      && test "$(wc -c < $heard_)" -ge 85 \
      || { warn_ "$(wc -c < $heard_) bytes in $heard_"; return 1; }
  done
}

# He is silent, and hears the first word only.
lead_to_ sh -c 'exec dd of=heard.$$ bs=1k'
heard_hello_ || fail=1
# He says what he hears.
lead_to_ sh -c 'exec tee heard.$$'
heard_hello_ || fail=1
# He answers with something of the right size.
lead_to_ sh -c 'helper random 64; exec dd of=heard.$$ bs=1k'
heard_hello_ || fail=1
# He does not stop talking.
lead_to_ helper random 1000M
# He closes at once.
lead_to_ true

# One on another host's word connects to nothing here.
helper tcp-serve 0 own sh -c ': > knocked' 2> /dev/null &
server=$!
at_exit_ "kill $server 2> /dev/null"
wait_for_ test -f own || fail=1
{ helper run-message 127.0.0.1 "$(cat own)" 2000 cat; cat quiet; } \
  | helper within -s how 120 socketpipe --agent > answer 2> err &
agent=$!
exec 5> quiet
refused_ ()
{
  grep '127.0.0.1 port [0-9]*: is an address of this host itself' answer \
    > /dev/null
}
wait_for_ refused_ || fail=1
exec 5>&-
wait $agent
kill $server
wait $server
test ! -f knocked || fail=1

no_process_left_ || fail=1

Exit $fail
