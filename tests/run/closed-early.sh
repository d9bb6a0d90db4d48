#!/bin/sh
# A command that closes its output ends its stream, and one that closes its
# input has left, while both go on, as on a pipe.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe

grep '^#define HAVE_PROC_FD_LINKS 1' "$CONFIG_HEADER" > /dev/null \
  || skip_ "the system does not list the holders of a stream"

helper random 1000000 3 > data || framework_failure_
helper sum < data > sum || framework_failure_

for options in '' -e --buffer=1M '-q --listen=local -h 255.255.255.255'; do
  test "$options" != -e || encrypts_ || continue

  # The writer waits for what its reader does after the end of file.
  rm -f done
  status_ 0 socketpipe $options \
    -i { sh -c 'cat data; exec >&-
      until test -f done; do helper nap 20; done' } \
    -l { env } -r { sh -c 'helper sum; : > done' } > out 2> err || fail=1
  compare sum out || fail=1
  rm -f done
  status_ 0 socketpipe $options -l { env } \
    -r { sh -c 'cat data; exec >&-
      until test -f done; do helper nap 20; done' } \
    -o { sh -c 'helper sum; : > done' } > out 2> err || fail=1
  compare sum out || fail=1

  # By the hand of another descriptor, it is not closed.
  status_ 0 socketpipe $options \
    -i { sh -c 'exec 3>&1 >&-; helper nap 500; cat data >&3' } -l { env } \
    -r { helper sum } > out 2> err || fail=1
  compare sum out || fail=1

  # How the command ends, then, changes the status and nothing else.
  rm -f done
  status_ 137 socketpipe $options \
    -i { sh -c 'cat data; exec >&-
      until test -f done; do helper nap 20; done; kill -KILL $$' } \
    -l { env } -r { sh -c 'helper sum; : > done' } > out 2> err || fail=1
  compare sum out || fail=1

  # The reader waits until its writer has met SIGPIPE.
  rm -f how
  status_ 0 socketpipe $options -i { helper fill how } -l { env } \
    -r { sh -c 'helper eat 1000; exec <&-
      until test -s how; do helper nap 20; done' } 2> err || fail=1
  has_line_ how '^EPIPE SIGPIPE' || fail=1
  rm -f how
  status_ 0 socketpipe $options -l { env } -r { helper fill how } \
    -o { sh -c 'helper eat 1000; exec <&-
      until test -s how; do helper nap 20; done' } 2> err || fail=1
  has_line_ how '^EPIPE SIGPIPE' || fail=1

  # A command that reads its own standard output, as dd does to seek, meets an
  # end of file or an error there, but does not wait.
  status_ 0 socketpipe $options \
    -i { sh -c 'cat <&1 > /dev/null 2>&1; cat data' } -l { env } \
    -r { helper sum } > out 2> err || fail=1
  compare sum out || fail=1
  # And one that writes to its own standard input, where that can be, disturbs
  # nothing.
  test -z "$options" || continue
  rm -f written
  status_ 0 socketpipe $options \
    -i { sh -c 'until test -f written; do helper nap 20; done; cat data' } \
    -l { env } -r { sh -c 'echo backwards >&0; : > written; helper sum' } \
    > out 2> err || fail=1
  compare sum out || fail=1
done

no_process_left_ || fail=1

Exit $fail
