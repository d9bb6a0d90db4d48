#!/bin/sh
# Where both kernels can, they encrypt: the commands have the sockets and
# nothing of ours stands between them; what is written arrives, in both
# directions at once, and -v and --encrypt=kernel say so.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
. "$srcdir/tests/ktls.sh"
print_ver_ socketpipe
ktls_need_

helper random 3000000 1 > data || framework_failure_

# Both directions at once, by the kernel as was asked for.
status_ 0 socketpipe -v --encrypt=kernel -i { cat data } -l { env } \
  -r { cat } -o { sh -c 'cat > copy' } 2> err || fail=1
cmp data copy || fail=1
test "$(grep -c 'encrypted by the kernels (ChaCha20-Poly1305)' err)" = 2 \
  || { cat err; fail=1; }

# Without being asked for.
status_ 0 socketpipe -v -e -i - -l { env } -r { cat } -o - \
  < data > copy 2> err || fail=1
cmp data copy || fail=1
has_line_ err 'output channel connected .*encrypted by the kernels' || fail=1

# The command has the socket itself, and no process of ours is beside it but
# the one that watches and its guard.
status_ 0 socketpipe -e -l { env } -r { helper fds } -o { cat } > fds || fail=1
has_line_ fds '^1 tcp' || fail=1

# Nothing of ours does any work while the data goes: what the processes that
# watch have used of the processor, in ticks, is the same before it as after,
# but for a look or two at how it goes.
cat > bin/ticking <<'END' && chmod +x bin/ticking || framework_failure_
#!/bin/sh
# ticking FILE COMMAND...: what our parent used while COMMAND ran.
file=$1
shift
used () { sed 's/.*) //' /proc/$PPID/stat | awk '{ print $12 + $13 }'; }
before=$(used)
"$@"
status=$?
expr $(used) - $before > "$file"
exit $status
END
status_ 0 socketpipe --encrypt=kernel \
  -i { ticking ticks.local helper random 100000000 1 } -l { env } \
  -r { ticking ticks.remote cksum } -o - > sum || fail=1
helper random 100000000 1 | cksum > exp || framework_failure_
compare exp sum || fail=1
for side in local remote; do
  test "$(cat ticks.$side)" -le 3 \
    || { warn_ "$side: $(cat ticks.$side) ticks"; fail=1; }
done

# A buffer before the reader, on either host, gives it all, and its end of file,
# and what went through it is known.
status_ 0 socketpipe --encrypt=kernel --buffer=1M --stats-file=stats \
  -i { cat data } -l { env } -r { cat } -o { sh -c 'cat > copy' } 2> err \
  || fail=1
compare /dev/null err || fail=1
cmp data copy || fail=1
test "$(grep -c '(3000000 bytes)' stats)" = 2 || { cat stats; fail=1; }
status_ 0 socketpipe --encrypt=kernel --buffer=1M -i { cat data } -l { env } \
  -r { sh -c 'cat > copy' } 2> err || fail=1
compare /dev/null err || fail=1
cmp data copy || fail=1
status_ 137 socketpipe -e --buffer=1M -i { sh -c 'echo part; kill -9 $$' } \
  -l { env } -r { helper read-whole got } 2> err || fail=1
echo part > part
cut_ got part || fail=1

# Each end may be the one that connects.
for listen in local remote; do
  status_ 0 socketpipe -e --listen=$listen -i { cat data } -l { env } \
    -r { sh -c 'cat > copy' } || fail=1
  cmp data copy || fail=1
done

# A status, an early reader, a killed writer, as usual.
status_ 3 socketpipe -e -i { seq 10 } -l { env } \
  -r { sh -c 'cat > copy; exit 3' } 2> err || fail=1
status_ 0 socketpipe -e -i { seq 1000000 } -l { env } \
  -r { helper eat 100 } || fail=1
status_ 137 socketpipe -e -i { sh -c 'echo part; kill -9 $$' } -l { env } \
  -r { helper read-whole got } 2> err || fail=1
has_line_ err '^helper: read: Connection reset by peer' || fail=1
compare part got.part || fail=1
cut_ got part || fail=1

no_process_left_ || fail=1
Exit $fail
