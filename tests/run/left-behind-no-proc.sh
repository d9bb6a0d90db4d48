#!/bin/sh
# Where the system does not tell who has a stream, it ends when the command and
# its process group are gone: nothing hangs, and nothing of the group is lost.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe

helper random 1000000 3 > data || framework_failure_
helper sum < data > sum || framework_failure_
printf 'early\nlate\n' > both

# without-proc COMMAND...: run it in a view of the file system without /proc,
# where one can be had.  A sanitizer in the program cannot do without it.
for how in 'unshare --mount' 'unshare --user --map-root-user --mount'; do
  printf '%s\n' '#!/bin/sh' "exec $how sh -c '" \
    '  mount -t tmpfs tmpfs /proc && exec "$@"'"' sh \"\$@\"" \
    > bin/without-proc && chmod +x bin/without-proc || framework_failure_
  if without-proc sh -c 'test ! -d /proc/self' 2> /dev/null \
      && without-proc socketpipe --version > /dev/null 2> complaints \
      && test ! -s complaints; then
    break
  fi
  rm bin/without-proc
done

run_ ()
{
  status_ 0 $program "$@" 2> err || fail=1
}

# cases_ LOGIN...: what $program does by this login, if one side of it cannot
# tell, or both.
cases_ ()
{
  # What stays in the group of the command, which leads one, for there is no
  # terminal, can write on, and read.
  behind='(helper nap 300; echo late) & echo early'
  run_ -i { sh -c "$behind" } -l { "$@" } -r { cat } > out
  compare both out || fail=1
  run_ -l { "$@" } -r { sh -c "$behind" } -o { cat } > out
  compare both out || fail=1
  behind='exec 3<&0
    (helper nap 300; helper sum <&3 > got.tmp; mv got.tmp got) & exit 0'
  rm -f got
  run_ -i { cat data } -l { "$@" } -r { sh -c "$behind" }
  # It is given its name when its reader has closed the stream.
  wait_for_ test -f got || fail=1
  compare sum got || fail=1
  rm -f got
  run_ -l { "$@" } -r { cat data } -o { sh -c "$behind" }
  wait_for_ test -f got || fail=1
  compare sum got || fail=1

  # What the command itself wrote is there in any case.
  run_ -i { cat data } -l { "$@" } -r { cat } -o { helper sum } > out
  compare sum out || fail=1
  run_ -i { sh -c 'cat data; exec >&-; helper nap 300' } -l { "$@" } \
    -r { helper sum } > out
  compare sum out || fail=1
  run_ -l { "$@" } -r { sh -c 'cat data; exec >&-; helper nap 300' } \
    -o { helper sum } > out
  compare sum out || fail=1

  # The wait for the group can be limited, too.
  for host in here there; do
    rm -f stays how
    writer='cat data; helper sit stays & until test -f stays
      do helper nap 20; done'
    case $host in
      here) status_ 125 $program --wait-for-writers=1 \
          -i { sh -c "$writer" } -l { "$@" } -r { helper drain how } ;;
      there) status_ 125 $program --wait-for-writers=1 \
          -l { "$@" } -r { sh -c "$writer" } -o { helper drain how } ;;
    esac 2> err || fail=1
    kill $(cat stays) || fail=1
    has_line_ err '^socketpipe.*: not waiting any longer for .*process' \
      || fail=1
    has_line_ how '^ECONNRESET 1000000$' || fail=1
  done
}

for options in '' --buffer=1M '--listen=local -h 255.255.255.255'; do
  program="without $options"
  cases_ env
  program="socketpipe --remote-path=without $options"
  cases_ env
  program="without --remote-path=without $options"
  cases_ env
  if test -f bin/without-proc; then
    program="without-proc socketpipe $options"
    cases_ env
    program="socketpipe $options"
    cases_ without-proc
  fi
done

no_process_left_ || fail=1

Exit $fail
