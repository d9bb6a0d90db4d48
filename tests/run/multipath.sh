#!/bin/sh
# What holds for a connection holds for one that may take several paths: ends
# of file, early ends, cuts, counts.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe

helper random 20M 3 > data || framework_failure_
status_ 0 socketpipe -v --multipath -i { cat data } -l { env } -r { cat } \
  -o { cat } > out 2> err || fail=1
cmp data out || fail=1
test "$(grep -c 'channel connected.*, multipath)$' err)" = 2 \
  || { cat err; skip_ "this system has no MPTCP"; }

# Silence, on both standard errors, when all is well.
status_ 0 socketpipe --multipath -i { cat data } -l { env } -r { cat } \
  > out 2> err || fail=1
cmp data out || fail=1
compare /dev/null err || fail=1

# A writer whose reader left meets what it would meet on a pipe; and the output
# of that reader arrives.
helper random 5M 5 > exp || framework_failure_
for i in 1 2 3; do
  status_ 0 socketpipe --multipath -i { helper fill how } -l { env } \
    -r { sh -c 'helper eat 1M; helper random 5M 5' } > out 2> err || fail=1
  cmp exp out || fail=1
  compare /dev/null err || fail=1
  has_line_ how '^EPIPE SIGPIPE' || fail=1
  rm -f how
done

# A stream that was cut never looks whole.
helper random 300000 > written || framework_failure_
status_ 137 socketpipe --multipath \
  -i { sh -c 'helper random 300000; kill -KILL $$' } -l { env } \
  -r { helper read-whole got } 2> err || fail=1
has_line_ err '^helper: read: Connection reset by peer' || fail=1
cut_ got written || fail=1
# Not even when the writer and all that is ours there is killed.
cat > bin/login <<'END' && chmod +x bin/login || framework_failure_
#!/bin/sh
echo $$ > agent
exec "$@"
END
status_ 125 socketpipe --multipath -l { login } \
  -r { sh -c 'helper random 300000
       kill -KILL $(helper marked "SOCKETPIPE_TEST_ID=$SOCKETPIPE_TEST_ID" \
         | sed -n "s/^\([0-9]*\) [^ ]*socketpipe --agent *\$/\1/p") $$' } \
  -o { helper read-whole got } 2> err || fail=1
# It is ended before it could take its part for the whole.
cut_ got written || fail=1

no_process_left_ || fail=1

Exit $fail
