#!/bin/sh
# A network that is dead for good ends a run on both hosts; one that is dead
# for a while does not.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe
require_program_ unshare nsenter ip
grep '^#define HAVE_GETIFADDRS 1' "$CONFIG_HEADER" > /dev/null \
  && grep '_BYTES_ACKED 1' "$CONFIG_HEADER" > /dev/null \
  || skip_ "this build can neither list interfaces nor ask the kernel"
if test "$(id -u)" = 0; then map=; else map='--user --map-root-user'; fi
unshare $map --net sh -c 'unshare --net true \
    && ip link add left type veth peer name right' 2> /dev/null \
  || skip_ "no networks can be made here"

# The rest happens in a network of its own, which has another one beyond a
# cable.  Each case has its own pair of them, and all go on at the same time.
cat > case <<'EOF'
# case NAME WAY BEHAVIOUR SECONDS
name=$1 way=$2 how=$3 seconds=$4
mkdir "$name" && cd "$name" || exit 99
unshare --net helper sit there &
until test -f there; do helper nap 20; done
there=$(cat there)
ip link add left type veth peer name right netns "$there" \
  && ip address add 192.0.2.1/24 dev left && ip link set left up \
  && ip link set lo up \
  && nsenter -t "$there" -n ip address add 192.0.2.2/24 dev right \
  && nsenter -t "$there" -n ip link set right up || exit 99
login="nsenter -t $there -n"
# What is to survive needs more time than a busy machine takes for the pause.
test "$seconds" = 0 && limit=8 || limit=40
case $how in
  busy) writer='helper random 1000000M' ;;
  idle) writer='sh -c "echo data; exec helper sit idle"' ;;
esac
case $way in
  up) set -- -i { sh -c "exec $writer" } \
        -r { sh -c 'head -c 4 > begun; exec helper drain how' } ;;
  down) set -- -r { sh -c "exec $writer" } \
          -o { sh -c 'head -c 4 > begun; exec helper drain how' } ;;
  through) set -- -i { cat ../data } -r { helper slow 1M 100 } \
             -o { sh -c 'tee begun | helper sum' } ;;
esac
socketpipe --dead-peer-timeout=$limit "$@" -l { $login } > out 2> err &
pid=$!
until test -s begun; do
  kill -0 $pid 2> /dev/null || break
  helper nap 20
done
# From one end of the cable to the other: no more.
ip link set left down
if test "$seconds" != 0; then
  # This pause is what is tested.
  helper nap "${seconds}000"
  ip link set left up
fi
helper wait-gone 75 $pid || { echo hangs > status; kill -KILL $pid; }
wait $pid
echo $? >> status
kill "$there"
wait
EOF
helper random 30M > data || framework_failure_

start_ ()
{
  unshare $map --net sh case "$@" &
  pids="$pids $!"
}
pids=
start_ busy-up up busy 0
start_ idle-up up idle 0
start_ busy-down down busy 0
start_ idle-down down idle 0
start_ short through none 3
wait $pids

for name in busy-up idle-up busy-down idle-down; do
  echo 125 > exp
  compare exp $name/status || { cat $name/err; fail=1; }
  # Which of the two it is depends on which end notices first.
  grep -E '^socketpipe: (lost contact|channel truncated)' $name/err > ours
  one_line_ ours || fail=1
  # No reader took its part for the whole.
  test -f $name/how && grep '^end' $name/how && fail=1
done

echo 0 > exp
compare exp short/status || { cat short/err; fail=1; }
helper sum < data > exp
compare exp short/out || fail=1

no_process_left_ || fail=1

Exit $fail
