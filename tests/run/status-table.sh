#!/bin/sh
# Each row of the table of exit statuses, and what is said about it.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe

there=$(uname -n)

# run_ STATUS INPUT REMOTE OUTPUT: run these commands, each for a shell, "-"
# for none; compare what is said with the file exp.
run_ ()
{
  expected=$1
  case $2,$4 in
    -,-) set -- -r { sh -c "$3" } -o - ;;
    -,*) set -- -r { sh -c "$3" } -o { sh -c "$4" } ;;
    *,-) set -- -i { sh -c "$2" } -r { sh -c "$3" } ;;
    *) set -- -i { sh -c "$2" } -r { sh -c "$3" } -o { sh -c "$4" } ;;
  esac
  status_ "$expected" socketpipe -l { env } "$@" > out 2> err || fail=1
  compare exp err || fail=1
}

# What run_ has to expect: say_ ROLE WHAT [ROLE WHAT]...
say_ ()
{
  : > exp
  while test $# != 0; do
    case $1 in
      remote) echo "socketpipe: remote command 'sh' on $there failed: $2" ;;
      *) echo "socketpipe: $1 command 'sh' failed: $2" ;;
    esac >> exp
    shift 2
  done
}

# 0: all well.
say_
run_ 0 'echo data' cat cat
run_ 0 - 'echo data' cat
run_ 0 'echo data' cat -
run_ 0 - 'echo data' -

# N: the status of the one that failed.
for n in 1 3 124 125 126 127 128 255; do
  say_ input "exit status $n"
  run_ $n "exit $n" cat cat
  say_ remote "exit status $n"
  run_ $n 'echo data' "cat; exit $n" cat
  say_ output "exit status $n"
  run_ $n 'echo data' cat "cat; exit $n"
done
say_ remote "exit status 4"
run_ 4 - 'exit 4' cat
run_ 4 - 'exit 4' -
run_ 4 'echo data' 'cat; exit 4' -
say_ input "exit status 4"
run_ 4 'exit 4' cat -
say_ output "exit status 4"
run_ 4 - 'echo data' 'cat; exit 4'

# Of several the last one in the pipeline, not the last one in time.
say_ input "exit status 3" remote "exit status 4"
run_ 4 'exit 3' 'cat; exit 4' cat
say_ input "exit status 3" output "exit status 5"
run_ 5 'exit 3' cat 'cat; exit 5'
say_ remote "exit status 4" output "exit status 5"
run_ 5 'echo data' 'cat; exit 4' 'cat; exit 5'
say_ input "exit status 3" remote "exit status 4" output "exit status 5"
run_ 5 'exit 3' 'cat; exit 4' 'cat; exit 5'

# 128+N: killed by signal N.  The reader of the cut stream fails after that,
# and does not count.
for n in 1:Hangup 9:Killed 11:'Segmentation fault' 15:Terminated; do
  text="killed by signal ${n%%:*} (${n#*:})"
  n=${n%%:*}
  say_ output "$text"
  run_ $((128 + n)) 'echo data' cat "cat; kill -$n \$\$"
  say_ remote "$text" output "exit status 1 (its input was cut short)"
  run_ $((128 + n)) 'echo data' "cat; kill -$n \$\$" 'helper drain drained'
  say_ input "$text" remote "exit status 1 (its input was cut short)"
  echo 'socketpipe: standard output is incomplete (its input was cut short)' \
    >> exp
  run_ $((128 + n)) "kill -$n \$\$" "helper drain drained" -
done

# What was made of a part is a part: the cut goes on to the end.
say_ input "killed by signal 9 (Killed)" \
  remote "exit status 1 (its input was cut short)" \
  output "exit status 6 (its input was cut short)"
run_ 137 'kill -9 $$' 'helper drain drained' \
  'helper drain drained; exit 6'

# 126 and 127: what cannot be run here is refused before anything starts.
: > not-executable
for command in './no-such-command:127:No such file or directory' \
    'no-such-command:127:No such file or directory' \
    './not-executable:126:Permission denied' './bin:126:Permission denied'
do
  name=${command%%:*}
  text=${command##*:}
  n=${command#*:} n=${n%%:*}
  rm -f started
  echo "socketpipe: cannot run input command '$name': $text" > exp
  status_ $n socketpipe -i { "$name" } -l { sh -c '> started' } -r { cat } \
    -o { cat } 2> err || fail=1
  compare exp err || fail=1
  echo "socketpipe: cannot run output command '$name': $text" > exp
  status_ $n socketpipe -l { sh -c '> started' } -r { cat } \
    -o { "$name" } 2> err || fail=1
  compare exp err || fail=1
  echo "socketpipe: cannot run login command '$name': $text" > exp
  status_ $n socketpipe -i { sh -c '> started' } -l { "$name" } -r { cat } \
    2> err || fail=1
  compare exp err || fail=1
  test ! -f started || fail=1

  # What cannot be run there is found out there; nothing starts here.
  echo "socketpipe: cannot run remote command '$name' on $there: $text" > exp
  status_ $n socketpipe -i { sh -c '> started' } -l { env } -r { "$name" } \
    2> err || fail=1
  compare exp err || fail=1
  status_ $n socketpipe -l { env } -r { "$name" } -o { sh -c '> started' } \
    2> err || fail=1
  compare exp err || fail=1
  test ! -f started || fail=1
done

# 125: our own failures.  (Those of the login have a test of their own.)
status_ 125 socketpipe 2> err || fail=1
one_line_ err || fail=1
status_ 125 socketpipe -l { false } -r { cat } -o - 2> err || fail=1
has_line_ err "^socketpipe: the login command 'false' ended" || fail=1
one_line_ err || fail=1

# -q: the status has to say it.
: > exp
status_ 5 socketpipe -q -i { helper exit 3 } -l { env } -r { helper exit 4 } \
  -o { helper exit 5 } 2> err || fail=1
compare exp err || fail=1
status_ 127 socketpipe -q -l { env } -r { no-such-command } -o - \
  2> err || fail=1
status_ 125 socketpipe -q -l { false } -r { cat } -o - 2> err || fail=1
one_line_ err || fail=1

no_process_left_ || fail=1

Exit $fail
