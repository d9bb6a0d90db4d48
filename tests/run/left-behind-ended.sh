#!/bin/sh
# A signal to socketpipe also ends what commands have left behind with their
# streams, whatever joins these to the channel.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe

grep '^#define HAVE_PROC_FD_LINKS 1' "$CONFIG_HEADER" > /dev/null \
  || skip_ "the system does not list the holders of a pipe"

# leaves FILE: leave a process behind that has both our input and our output,
# and does not end when it is asked to.
cat > bin/leaves <<'EOS' && chmod +x bin/leaves || framework_failure_
#!/bin/sh
exec 3<&0
helper setsid helper sit "$1" INT TERM <&3 &
until test -s "$1"; do helper nap 20; done
EOS

# start_ NAME ARGUMENT...: a run in a directory of its own.
runs=
start_ ()
{
  name=$1
  shift
  mkdir $name || framework_failure_
  (cd $name && exec helper within -s how 120 helper defaults \
     sh -c 'echo $$ > pid; exec socketpipe "$@"' - -v "$@" > out 2> err) &
  runs="$runs $name"
}

# Several at once, for it takes 5 seconds until such a process is killed.
for signal in INT TERM; do
  for way in direct encrypted buffered blocks carried; do
    case $way in
      direct) options= ;;
      encrypted) encrypts_ || continue; options=-e ;;
      buffered) options=--buffer=1M ;;
      blocks) options=--block-size=32k ;;
      carried) options='--listen=local -h 255.255.255.255' ;;
    esac
    # There is nothing that ends but what is left.
    start_ $way-$signal $options -i { leaves writer } -l { env } \
      -r { leaves reader }
    start_ $way-back-$signal $options -l { env } -r { leaves writer } \
      -o { leaves reader }
  done
done

for name in $runs; do
  for what in input output; do
    wait_for_ grep "waiting for .*, which still has the $what of" \
      $name/err > /dev/null || fail=1
    has_line_ $name/err "process [0-9]+ \(helper\), .* has the $what" || fail=1
  done
  kill -${name##*-} "$(cat $name/pid)" || fail=1
done
for name in $runs; do
  helper wait-gone 60 "$(cat $name/pid)" || fail=1
  helper wait-gone 5 "$(cat $name/writer)" "$(cat $name/reader)" \
    || { warn_ "$name"; fail=1; }
  case $name in
    *-INT) echo 'signal 2' ;;
    *) echo 'signal 15' ;;
  esac > exp
  wait_for_ test -s $name/how || fail=1
  compare exp $name/how || fail=1
done
wait

no_process_left_ || fail=1

Exit $fail
