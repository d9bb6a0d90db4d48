#!/bin/sh
# A command whose reader ended early: when it counts and when it does not.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe

there=$(uname -n)
pipe='killed by signal 13 (Broken pipe)'

# run_ STATUS ARGUMENT...: run, and compare what is said with the file exp.
run_ ()
{
  expected=$1
  shift
  status_ $expected socketpipe -l { env } "$@" > out 2> err || fail=1
  compare exp err || fail=1
  return $fail
}

# yes to head, for each pair.  A reader that got what it wanted succeeds.
: > exp
printf 'y\ny\ny\n' > three
run_ 0 -i { yes } -r { head -n 3 }
compare three out || fail=1
run_ 0 -i { yes } -r { head -n 3 } -o { cat }
compare three out || fail=1
run_ 0 -r { yes } -o { head -n 3 }
compare three out || fail=1
run_ 0 -i { yes } -r { cat } -o { head -n 3 }
compare three out || fail=1
run_ 0 -i { yes } -r { sh -c 'cat; exit 0' } -o { head -n 3 }
compare three out || fail=1
run_ 0 -i { echo data } -r { yes } -o { head -n 3 }
compare three out || fail=1
yes | run_ 0 -i - -r { head -n 3 } || fail=1
compare three out || fail=1

# So is one that reads nothing at all.
run_ 0 -i { yes } -r { true }
run_ 0 -r { yes } -o { true }
run_ 0 -i { yes } -r { true } -o { true }
yes | run_ 0 -i - -r { true } || fail=1

# Where SIGPIPE is ignored, the failed write is the same thing.
run_ 0 -i { sh -c 'trap "" PIPE; yes 2> /dev/null' } -r { head -n 3 }
compare three out || fail=1
run_ 0 -r { sh -c 'trap "" PIPE; yes 2> /dev/null' } -o { head -n 3 }
compare three out || fail=1
run_ 0 -i { sh -c 'yes; exit 7' } -r { head -n 3 }
run_ 0 -r { sh -c 'yes; exit 7' } -o { head -n 3 }

# But it is said where the one after it failed, which counts.
{
  echo "socketpipe: input command 'yes' failed: $pipe"
  echo "socketpipe: remote command 'helper' on $there failed: exit status 4"
} > exp
run_ 4 -i { yes } -r { helper eat 10 4 }
{
  echo "socketpipe: remote command 'yes' on $there failed: $pipe"
  echo "socketpipe: output command 'helper' failed: exit status 5"
} > exp
run_ 5 -r { yes } -o { helper eat 10 5 }
{
  echo "socketpipe: input command 'yes' failed: $pipe"
  echo "socketpipe: remote command 'cat' on $there failed: $pipe"
  echo "socketpipe: output command 'helper' failed: exit status 5"
} > exp
run_ 5 -i { yes } -r { cat } -o { helper eat 10 5 }

{
  echo "socketpipe: remote command 'sh' on $there failed: exit status 7"
  echo "socketpipe: output command 'helper' failed: exit status 5"
} > exp
run_ 5 -r { sh -c 'yes; exit 7' } -o { helper eat 10 5 }

# As a part of a shell's pipeline: the reader of its standard output leaves,
# and socketpipe ends as any command does.
for input in '-i -' '-i { yes }' ''; do
  { yes | bounded_ socketpipe $input -l { env } -r { yes } -o -; \
    echo $? > status; } 2> err | head -n 3 > out
  echo 141 > exp
  compare exp status || fail=1
  compare three out || fail=1
  compare /dev/null err || fail=1
done

no_process_left_ || fail=1

Exit $fail
