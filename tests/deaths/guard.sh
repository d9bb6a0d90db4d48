#!/bin/sh
# A run goes on as if nothing had happened when its guard is killed.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe
require_program_ ps
test -r /proc/self/environ || skip_ "no processes to be seen here"

# A login that kills the one other child of its parent.  That is the guard:
# no command has been started yet.
cat > bin/login <<'END' && chmod +x bin/login || framework_failure_
#!/bin/sh
for pid in $(helper marked "SOCKETPIPE_TEST_ID=$SOCKETPIPE_TEST_ID" \
               | sed 's/ .*//'); do
  test $pid != $$ || continue
  parent=$(ps -o ppid= -p $pid)
  test "$parent" -eq $PPID || continue
  kill -KILL $pid && echo $pid >> killed
done 2> /dev/null
exec "$@"
END

status_ 0 socketpipe -i { helper random 1000000 7 } -l { login env } \
  -r { cat } -o { cat } > out 2> err || fail=1
grep '^socketpipe: ' err && fail=1
helper random 1000000 7 | cmp - out || fail=1
one_line_ killed || fail=1

no_process_left_ || fail=1

Exit $fail
