#!/bin/sh
# A bad command line is refused in one line, and nothing is started.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe

printf '%s\n' '#!/bin/sh' ': > "$test_dir_/started"' 'exec "$@"' > bin/start \
  && chmod +x bin/start || framework_failure_
export test_dir_

# refused_ REGEXP ARGUMENT...: are the ARGUMENTs refused with a line that
# matches the extended REGEXP?
refused_ ()
{
  pattern_=$1
  shift
  bounded_ socketpipe "$@" > out 2> err
  refused_status_=$?
  if test $refused_status_ = 125 && one_line_ err && compare /dev/null out \
     && has_line_ err '^socketpipe: .*: ' && has_line_ err "$pattern_" \
     && test ! -f started; then
    return
  fi
  warn_ "status $refused_status_, not refused as it should be: $*"
  rm -f started
  fail=1
}

l='-l { start env }'
r='-r { start cat }'
i='-i { start true }'
o='-o { start cat }'

# Something is missing.
refused_ 'nothing to do: .*socketpipe --help'
refused_ '-l \{ ssh HOST \}' $i $r
refused_ '-l \{ ssh HOST \}' -i - $r -o -
refused_ '-r \{ COMMAND' $i $l
refused_ '-r \{ COMMAND' $i $l $o
refused_ '-i - .*-o -' $l $r
refused_ '-i - .*-o -' -b -v $l $r
refused_ '-l \{ ssh HOST \}' -b

# No command.
for option in -i -l -r -o --input --login --remote --output; do
  case $option in --*) letter=$(expr "x$option" : 'x-\(-.\)') ;;
                  *) letter=$option ;; esac
  others=
  for other in "$i" "$l" "$r"; do
    case $other in "$letter "*) ;; *) others="$others $other" ;; esac
  done
  refused_ "$letter \\{ COMMAND ARG" $others $option
  refused_ "empty command.* $letter" $others $option { }
  refused_ "empty command.* $letter" $others $option { '' }
  refused_ "empty command.* $letter" $others $option { '' start env }
  refused_ "expected '\\{'.*$letter \\{ COMMAND ARG" $others $option ''
  refused_ "expected '\\{'.*$letter \\{ COMMAND ARG" $others $option start
  refused_ "expected '\\{'.*$letter \\{ COMMAND ARG" $others $option 'start env'
  refused_ "expected '\\{'.*$letter \\{ COMMAND ARG" $others $option start env
  refused_ "expected '\\{'.*$letter \\{ COMMAND ARG" $others $option } start }
  refused_ "words of their own.*$letter \\{ COMMAND" $others $option '{ start }'
  refused_ "words of their own.*$letter \\{ COMMAND" $others $option '{start' }
  refused_ "words of their own.*$letter \\{ COMMAND" $others $option '{}'
  case $option in --*) glued=$option= ;; *) glued=$option ;; esac
  refused_ "words of their own.*$letter \\{ COMMAND" $others "$glued{" start }
  refused_ "words of their own.*$letter \\{ COMMAND" $others "$glued{ start }"
  refused_ "expected '\\{'.*$letter \\{ COMMAND" $others "${glued}start env"
  refused_ "closes the '\\{'.* $letter" $others $option { start env
  refused_ "closes the '\\{'.* $letter" $others $option { start { env }
  refused_ "closes the '\\{'.* $letter" $others $option {
  refused_ "closes the '\\{'.* $letter" $others $option { start '\}'
  refused_ "closes the '\\{'.* $letter" $others $option { start '}}'
  refused_ "closes the '\\{'.* $letter" $others $option { start 'env }'
done
for option in -l -r --login --remote; do
  refused_ "expected '\\{'" $option -
done
# A brace or a word too many.
refused_ "stray '}'" $i $l $r }
refused_ "stray '}'" $i } $l $r
refused_ "stray '}'" } $i $l $r
refused_ "stray '\\{'" $i $l $r {
refused_ "stray '\\{'" { start } $i $l $r
refused_ 'unexpected word .*word' $i $l $r word
refused_ 'unexpected word .*word' word $i $l $r
refused_ 'unexpected word .*-b' $i $l $r -- -b
refused_ 'unexpected word' $i $l $r ''
refused_ 'unexpected word' $i $l $r -

# No such option.
refused_ "unknown option '-x'" $i $l $r -x
refused_ "unknown option '-x'" -x
refused_ "unknown option '-x'" $i $l $r -bx
refused_ "unknown option .*--nonsense" $i $l $r --nonsense
refused_ "unknown option .*--nonsense" $i $l $r --nonsense=2
refused_ "ambiguous option .*--h" $i $l $r --h
refused_ '--batch.* takes no value' $i $l $r --batch=yes
refused_ '--help.* takes no value' --help=yes

# A bad value.
for value in '' x 10x 1.5 -1 +-1 0x10 '1 0' 2147484 4294967297 \
    18446744073709551617 999999999999999999999999999999; do
  refused_ "number of seconds .*-t: .*from 0 to 2147483" $i $l $r -t "$value"
  refused_ "number of seconds .*-t: .*from 0 to 2147483" \
    $i $l $r --timeout="$value"
done
for value in '' x 4 0 86401 -5 1e3; do
  refused_ "number of seconds .*--dead-peer-timeout: .*from 5 to 86400" \
    $i $l $r --dead-peer-timeout="$value"
done
refused_ 'empty host.* -h' $i $l $r -h ''
refused_ 'empty host.* -h' $i $l $r --host=
refused_ 'empty program.* --remote-path' $i $l $r --remote-path=
for option in -t --timeout -h --host --remote-path --dead-peer-timeout; do
  refused_ 'no value after' $i $l $r $option
done

# Given twice.
refused_ '-i is given twice' $i $l $r $i
refused_ '-i is given twice' -i - $l $r -i -
refused_ '-l is given twice' $i $l $r $l
refused_ '-r is given twice' $i $l $r $r
refused_ '-o is given twice' $l $r -o - $o
refused_ '-h is given twice' $i $l $r -h a -h a
refused_ '-t is given twice' $i $l $r -t 1 --timeout=1
refused_ '--remote-path is given twice' $i $l $r --remote-path=a \
  --remote-path=a
refused_ '--dead-peer-timeout is given twice' $i $l $r \
  --dead-peer-timeout=9 --dead-peer-timeout=9

# The agent is not for users.
refused_ 'agent' --agent $i $l $r
refused_ 'agent' $i $l $r --agent
refused_ 'agent' --agent word

# What is not printable does not come out as it is, and a line stays one.
refused_ 'unexpected word' $i $l $r "two
lines"
refused_ 'unexpected word' $i $l $r "$(printf '\033[31mred')"
grep "$(printf '\033')" err && fail=1
refused_ "expected '\\{'" $l $r -i "$(helper random 10000 | od -An -tx1)"

# Good ones: any order, abbreviations, a value in the same word or the next.
accepted_ ()
{
  status_ 0 socketpipe "$@" > out 2> err || fail=1
  compare /dev/null err || fail=1
  test -f started || fail=1
  rm -f started
}
accepted_ $r $l $i
accepted_ $o $r $l
accepted_ $i $l $r $o -b
accepted_ -bt5 $i $l $r --
accepted_ -bi { true } $l -h localhost $r
accepted_ --inp { true } --log { start env } --remote { cat } --outp - --ba
accepted_ -i- -l { env } $r -o-
accepted_ --input=- $l $r --output=- --timeout 5 --host=localhost -q -q
accepted_ $l $r -o - --dead-peer-timeout=5 --remote-path=socketpipe

# A command that cannot be run here is refused before the login is started.
: > not-executable
for option in -i -l -o; do
  for command in no-such-command ./no-such-command; do
    set x $i $l $r
    shift
    case $option in
      -i) set x -i { $command } $l $r ;;
      -l) set x $i -l { $command } $r ;;
      -o) set x $l $r -o { $command } ;;
    esac
    shift
    status_ 127 socketpipe "$@" > out 2> err || fail=1
    one_line_ err || fail=1
    has_line_ err "^socketpipe: .*$command.*: No such file" || fail=1
    test -f started && { rm started; fail=1; }
  done
done
status_ 126 socketpipe -i { ./not-executable } $l $r 2> err || fail=1
one_line_ err || fail=1
has_line_ err '^socketpipe: .*not-executable.*: Permission denied' || fail=1
test -f started && { rm started; fail=1; }

Exit $fail
