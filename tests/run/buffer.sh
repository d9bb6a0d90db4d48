#!/bin/sh
# With --buffer, the last command may pause while the writer goes on; with
# --start-at, it begins when the buffer is so full.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe

# More than all the other buffers on the way hold.
size=60M
helper random $size 5 > data || framework_failure_
helper sum < data > exp || framework_failure_

# The reader reads nothing before the writer has written all.
cat > bin/writer <<'END' && chmod +x bin/writer || framework_failure_
#!/bin/sh
cat data && : > written
END
cat > bin/reader <<'END' && chmod +x bin/reader || framework_failure_
#!/bin/sh
until test -f written; do helper nap 20; done
exec helper sum
END
run_limit_=120
for route in '' '--listen=local -h 255.255.255.255'; do
  rm -f written
  status_ 0 socketpipe -q $route --buffer=64M -l { env } -r { writer } \
    -o { reader } > out 2> err || fail=1
  compare exp out || fail=1
  compare /dev/null err || fail=1
done
rm -f written
status_ 0 socketpipe --buffer=64M -i { writer } -l { env } -r { reader } \
  > out 2> err || fail=1
compare exp out || fail=1

# The reader has nothing before the buffer is as full as is asked for; nor has
# the writer more to do.  The writer goes on once the reader has begun.
cat > bin/slowly <<'END' && chmod +x bin/slowly || framework_failure_
#!/bin/sh
helper random 5M 6
helper nap 300
test ! -f begun || echo 'too early' > wrong
helper random 15M 7
until test -f begun; do helper nap 20; done
helper random 1M 8
END
cat > bin/beginner <<'END' && chmod +x bin/beginner || framework_failure_
#!/bin/sh
head -c 1 && : > begun && exec cat
END
status_ 0 socketpipe --buffer=20M --start-at=60 -i { slowly } -l { env } \
  -r { beginner } > out 2> err || fail=1
(helper random 5M 6; helper random 15M 7; helper random 1M 8) > exp-bytes
cmp exp-bytes out || fail=1
compare /dev/null err || fail=1
test ! -f wrong || fail=1

# Less data than that is enough at its end.
status_ 0 socketpipe --buffer=20M --start-at=100 -i { echo short } -l { env } \
  -r { cat } > out 2> err || fail=1
echo short > exp
compare exp out || fail=1

# Behind a buffer, the ends of commands mean the same as without one.
status_ 0 socketpipe --buffer=20M -i { helper fill how } -l { env } \
  -r { helper eat 1M } 2> err || fail=1
has_line_ how '^EPIPE SIGPIPE' || fail=1
rm -f how
status_ 3 socketpipe --buffer=1M -i { helper random 3M } -l { env } \
  -r { helper eat 100 3 } 2> err || fail=1
# As on a pipe, the stream ends when the last process that has it closes it.
status_ 0 socketpipe --buffer=1M \
  -i { sh -c '(helper nap 300; echo late) & echo early' } -l { env } \
  -r { cat } > out 2> err || fail=1
printf 'early\nlate\n' > exp
compare exp out || fail=1
# What was cut is an error, not an end of file.
helper random 8M > written || framework_failure_
status_ 137 socketpipe --buffer=1M \
  -i { sh -c 'helper random 100000; kill -KILL $$' } -l { env } \
  -r { helper read-whole got } 2> err || fail=1
cut_ got written || fail=1

# The relay belongs to socketpipe: when it is killed, the run has failed, on
# either host, and the reader got no end of file.
cat > bin/killer <<'END' && chmod +x bin/killer || framework_failure_
#!/bin/sh
# A relay leads a group, but no session, and is neither side's first process.
for i in $(helper marked "SOCKETPIPE_TEST_ID=$SOCKETPIPE_TEST_ID" \
             | sed -n 's/ [^ ]*socketpipe .*//p'); do
  leads=$(awk '{ print ($1 == $5), ($1 == $6) }' /proc/$i/stat)
  test $i != "$(cat agent)" && test $i != "$(cat local)" \
    && test "$leads" = '1 0' && kill -KILL $i && : > killed
done
exec helper read-whole got
END
cat > bin/login <<'END' && chmod +x bin/login || framework_failure_
#!/bin/sh
echo $$ > agent
exec "$@"
END
cat > bin/here <<'END' && chmod +x bin/here || framework_failure_
#!/bin/sh
echo $$ > local
exec "$@"
END
if test -r /proc/self/stat; then
  for side in input output; do
    rm -f killed
    if test $side = input; then
      status_ 125 here socketpipe --buffer=1M -i { helper random 8M } \
        -l { login } -r { killer } > out 2> err || fail=1
    else
      status_ 125 here socketpipe --buffer=1M -l { login } \
        -r { helper random 8M } -o { killer } > out 2> err || fail=1
    fi
    has_line_ err 'the buffer relay of the incoming channel was killed by' \
      || fail=1
    test -f killed || fail=1
    cut_ got written || fail=1
  done
fi

no_process_left_ || fail=1

Exit $fail
