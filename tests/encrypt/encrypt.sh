#!/bin/sh
# With --encrypt a run is the same as without, and no third party on the way
# sees the data; a run without it does not even load the library.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe
encrypt_need_

# Much slower programs get less to do.
size=1024M
grep __asan_ "$(command -v socketpipe)" > /dev/null && size=50M

# Both directions at once, and all of it.
helper random $size 3 | helper sum > exp
status_ 0 socketpipe -v -e -i { helper random $size 3 } -l { env } -r { cat } \
  -o { helper sum } > out 2> err || { cat err; fail=1; }
compare exp out || fail=1
test "$(grep -c 'channel connected .*, encrypted by ' err)" = 2 \
  || { cat err; fail=1; }

# A filter, from a file and from a pipe; and whichever end connects.
helper random 3000001 > data || framework_failure_
status_ 0 socketpipe -e -i - -l { env } -r { cat } -o - < data > copy || fail=1
cmp data copy || fail=1
for listen in local remote; do
  cat data | status_ 0 socketpipe -e --listen=$listen -i - -l { env } \
    -r { cat } -o - | cat > copy
  cmp data copy || fail=1
done

# Nothing, one byte, and bytes one by one.
status_ 0 socketpipe -e -i { true } -l { env } -r { cat } -o - > copy || fail=1
compare /dev/null copy || fail=1
status_ 0 socketpipe -e -i { printf x } -l { env } -r { cat } -o - > copy \
  || fail=1
printf x | cmp - copy || fail=1
head -c 20000 data > few
status_ 0 socketpipe -e -i { dd if=few bs=1 } -l { env } -r { cat } -o - \
  > copy 2> err || fail=1
cmp few copy || fail=1
# They arrive when they are written, not when there are more.
mkfifo go || framework_failure_
status_ 0 socketpipe -e -i { sh -c 'echo one; read -r line < go; echo two' } \
  -l { env } -r { cat } -o { sh -c 'read -r line; echo > go; cat' } > out \
  || fail=1
echo two > exp
compare exp out || fail=1

# Statuses, ends and deaths.
status_ 3 socketpipe -e -i { cat data } -l { env } \
  -r { sh -c 'cat > copy; exit 3' } 2> err || fail=1
cmp data copy || fail=1
status_ 0 socketpipe -e -i { helper random 100M } -l { env } \
  -r { helper eat 1000 } 2> err || fail=1
compare /dev/null err || fail=1
status_ 0 socketpipe -e -l { env } -r { helper random 100M } \
  -o { helper eat 1000 } 2> err || fail=1
compare /dev/null err || fail=1
status_ 137 socketpipe -e -i { sh -c 'cat data; kill -9 $$' } -l { env } \
  -r { helper read-whole got } 2> err || fail=1
has_line_ err '^helper: read: ' || fail=1
cut_ got data || fail=1
status_ 137 socketpipe -e -l { env } -r { sh -c 'cat data; kill -9 $$' } \
  -o { helper read-whole got } 2> err || fail=1
has_line_ err '^helper: read: ' || fail=1
cut_ got data || fail=1
# A process that the command leaves behind, which has its output, writes to the
# stream as well; the end is there when it closes it.
status_ 0 socketpipe -e -i { sh -c '(helper nap 300; echo late) & echo early' } \
  -l { env } -r { cat } -o - > copy || fail=1
printf 'early\nlate\n' > exp
compare exp copy || fail=1

# With relays of other kinds as well.
status_ 0 socketpipe -e --buffer=1M --rate-limit=100M -i { cat data } \
  -l { env } -r { cat } -o - > copy || fail=1
cmp data copy || fail=1

# The library is loaded where encryption is asked for.
if test -r /proc/self/maps; then
  maps_ ()
  {
    status_ 0 socketpipe "$@" -l { env } \
      -r { sh -c 'cat /proc/$PPID/maps' } -o { sh -c 'cat /proc/$PPID/maps -' } \
      > maps || fail=1
  }
  maps_
  grep libgnutls maps && fail=1
  maps_ -e
  grep libgnutls maps > /dev/null || fail=1
fi

no_process_left_ || fail=1

Exit $fail
