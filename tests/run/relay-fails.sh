#!/bin/sh
# A relay that cannot read or write, though the other side is there, is a
# failure of ours: the run ends, with 125, and it is said what failed.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe

# A leak sanitizer does not work beside strace.
ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0
export ASAN_OPTIONS

test -r /proc/self/stat || skip_ "no /proc/PID/stat here"
strace -qq -o trace.none -e trace=write \
  -e inject=write:error=ENOBUFS:when=1000 true 2> /dev/null \
  || skip_ "no strace that can make a call fail"

helper random 3000000 5 > data || framework_failure_
for i in login here; do
  printf '#!/bin/sh\necho $$ > %s.pid\nexec "$@"\n' $i > bin/$i \
    && chmod +x bin/$i || framework_failure_
done

# relay_of_ PID END: print the number of the relay that is a child of PID, at
# that end of a channel.  It leads a group, but no session, and has a pipe to
# report to as descriptor 4; one that writes hears words on descriptor 3.
relay_of_ ()
{
  for i in $(helper marked "SOCKETPIPE_TEST_ID=$SOCKETPIPE_TEST_ID" \
               | sed -n 's/^\([0-9]*\) [^ ]*socketpipe .*/\1/p'); do
    test "$(sed 's/.*) //' /proc/$i/stat \
              | awk -v i=$i '{ print $2, ($3 == i), ($4 == i) }')" = "$1 1 0" \
      && test $i != "$(cat login.pid)" && test -e /proc/$i/fd/4 || continue
    if test -e /proc/$i/fd/3; then
      end=writing
    else
      end=reading
    fi
    test $end != $2 || echo $i
  done
}

# fails_ END CALL ERROR TEXT OPTION...: the relay at that end of the channel to
# the remote command meets that error.
fails_ ()
{
  end=$1 call=$2 error=$3 text=$4
  shift 4
  test $end = writing && side=here || side=login
  : > attached
  rm -f begun go whole ./*.pid
  here socketpipe "$@" \
    -i { sh -c 'echo one; until test -f go; do helper nap 20; done; cat data' } \
    -l { login } \
    -r { sh -c 'read -r line && : > begun && cat > out && : > whole' } 2> err &
  run=$!
  at_exit_ "kill -KILL $run 2> /dev/null"
  wait_for_ test -f begun || fail=1
  relay=$(relay_of_ "$(cat $side.pid)" $end)
  strace -o strace -p $relay -e trace=$call \
    -e inject=$call:error=$error:when=1 2> attached &
  tracer=$!
  at_exit_ "kill $tracer 2> /dev/null"
  wait_for_ grep '^strace: ' attached > /dev/null || fail=1
  if grep 'Operation not permitted' attached > /dev/null; then
    skip_ "strace cannot attach to a process"
  fi
  : > go
  helper wait-gone 30 $run || { warn_ "$text: no end"; kill $run; fail=1; }
  wait $run
  status=$?
  wait $tracer
  test $status = 125 || { warn_ "$text: status $status"; fail=1; }
  has_line_ err "^socketpipe( on [^ ]*)?: $text" || fail=1
  test ! -f whole || { warn_ "$text: looks whole"; fail=1; }
}

write='cannot write: No buffer space available$'
fails_ reading write ENOBUFS "buffer relay of the incoming channel: $write" \
  --buffer=1M
fails_ reading read ENOMEM \
  'buffer relay of the incoming channel: cannot read: (Cannot allocate|Out of) memory$' \
  --buffer=1M
if encrypts_; then
  fails_ writing write ENOBUFS \
    "encrypting relay of the outgoing channel: $write" -e -o { cat }
  fails_ writing read EIO \
    'encrypting relay of the outgoing channel: cannot read: Input/output err' \
    -e -o { cat }
  fails_ reading write ENOBUFS \
    "decrypting relay of the incoming channel: $write" -e
fi

no_process_left_ || fail=1

Exit $fail
