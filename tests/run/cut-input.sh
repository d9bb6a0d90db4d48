#!/bin/sh
# A stream that was cut never looks whole; one whose writer failed is whole.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe

there=$(uname -n)
reset='Connection reset by peer'

# A writer is killed, after so much data: the reader gets an error.
for bytes in 0 1 100000 20M; do
  helper random $bytes > data || framework_failure_
  status_ 137 socketpipe \
    -i { sh -c "helper random $bytes; kill -KILL \$\$" } -l { env } \
    -r { helper read-whole got } 2> err || fail=1
  test -f got.part || fail=1
  cut_ got data || fail=1
  has_line_ err "^helper: read: $reset" || fail=1
  has_line_ err "^socketpipe: input command 'sh' failed: killed by signal 9" \
    || fail=1
  has_line_ err "^socketpipe: remote command 'helper' on $there failed: exit status 1 \(its input was cut short\)" || fail=1

  status_ 137 socketpipe -l { env } \
    -r { sh -c "helper random $bytes; kill -KILL \$\$" } \
    -o { helper read-whole got } 2> err || fail=1
  test -f got.part || fail=1
  cut_ got data || fail=1
  has_line_ err "^helper: read: $reset" || fail=1
  has_line_ err "^socketpipe: remote command 'sh' on $there failed: killed by signal 9" \
    || fail=1

  # Standard output has no such end, but there is the status.
  status_ 137 socketpipe -l { env } \
    -r { sh -c "helper random $bytes; kill -KILL \$\$" } -o - \
    > out 2> err || fail=1
  has_line_ err "^socketpipe: remote command 'sh' on $there failed: killed by signal 9" \
    || fail=1
done

# The error passes on to the next command, even if the first ignores it.
status_ 137 socketpipe -i { sh -c 'kill -KILL $$' } -l { env } \
  -r { sh -c 'cat; exit 0' } -o { helper drain how } 2> err || fail=1
echo 'ECONNRESET 0' > exp
compare exp how || fail=1

# A status other than 0 comes after all the data.
helper random 20M 3 > data || framework_failure_
status_ 3 socketpipe -i { sh -c 'cat data; exit 3' } -l { env } \
  -r { helper read-whole got } 2> err || fail=1
cmp data got || fail=1
rm -f got
status_ 3 socketpipe -l { env } -r { sh -c 'cat data; exit 3' } \
  -o { helper read-whole got } 2> err || fail=1
cmp data got || fail=1

# As with grep, whose status says what it found.
echo 0 > exp
status_ 1 socketpipe -i { printf 'one\ntwo\n' } -l { env } \
  -r { grep -c three } -o { cat } > out 2> err || fail=1
compare exp out || fail=1
status_ 1 socketpipe -i { sh -c 'echo one | grep -c three' } -l { env } \
  -r { cat } > out 2> err || fail=1
compare exp out || fail=1

# What a killed command has written arrives first, though its reader lags behind
# by more than what joins them holds.
helper random 5M 3 > long || framework_failure_
for options in '' -e --buffer=8M '--buffer=1M -e' \
    '-q --listen=local -h 255.255.255.255' \
    '-q --listen=local -h 255.255.255.255 --buffer=8M'; do
  case $options in *-e*) encrypts_ || continue ;; esac
  rm -f how
  status_ 137 socketpipe $options \
    -i { sh -c 'cat long; kill -KILL $$' } -l { env } \
    -r { sh -c 'helper nap 1000; helper drain how' } 2> err || fail=1
  has_line_ how "^ECONNRESET $(wc -c < long)\$" || fail=1
done

no_process_left_ || fail=1

Exit $fail
