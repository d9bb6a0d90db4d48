#!/bin/sh
# What the login leaves behind has nothing to do with the commands: it is
# neither waited for nor ended, though socketpipe may not look into it.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe

grep '^#define HAVE_PROC_FD_LINKS 1' "$CONFIG_HEADER" > /dev/null \
  || skip_ "the system does not list the holders of a stream"

# A program that cannot be read gives a process that cannot be looked into, not
# even by its own user; but by root.
cp "$(command -v helper)" bin/hidden && chmod 111 bin/hidden \
  || framework_failure_
user=
if test "$(id -u)" = 0; then
  user='setpriv --reuid=65534 --regid=65534 --clear-groups'
  chmod 777 . && chmod 755 bin || framework_failure_
  $user socketpipe --version > /dev/null 2>&1 \
    || skip_ "no other user can run socketpipe here"
fi

# leaves FILE COMMAND...: leave a process behind that writes its number to
# FILE, and become COMMAND.
cat > bin/leaves <<'EOS' && chmod 755 bin/leaves || framework_failure_
#!/bin/sh
file=$1
shift
hidden sit "$file" < /dev/null > /dev/null 2>&1 &
until test -s "$file"; do helper nap 20; done
exec "$@"
EOS

# What it leaves behind becomes an orphan at once.
cat > bin/leaves-orphan <<'EOS' && chmod 755 bin/leaves-orphan \
  || framework_failure_
#!/bin/sh
sh -c 'hidden sit "$1" < /dev/null > /dev/null 2>&1 &' - "$1"
until test -s "$1"; do helper nap 20; done
shift
"$@"
EOS

# still_there_: the process that was left behind lives.  End it.
still_there_ ()
{
  kill "$(cat left)" || return 1
  helper wait-gone 60 "$(cat left)" || return 1
  rm -f left
}

echo data > data
for login in 'leaves left' 'leaves-orphan left'; do
  for options in '' --buffer=1M; do
    status_ 0 $user socketpipe $options -i { cat data } -l { $login } \
      -r { sh -c 'cat > got' } 2> err || fail=1
    compare data got || fail=1
    still_there_ || fail=1
    status_ 0 $user socketpipe $options -l { $login } -r { cat data } \
      -o { sh -c 'cat > got' } 2> err || fail=1
    compare data got || fail=1
    still_there_ || fail=1
  done

  # Nor does it end with the run.
  rm -f ready
  $user helper defaults socketpipe -i { helper sit ready } -l { $login } \
    -r { cat } > out 2> err &
  wait_for_ test -s ready || fail=1
  kill -TERM $! || fail=1
  wait $! 2> /dev/null
  test $? = 143 || fail=1
  still_there_ || fail=1
done

# The same for what was there before socketpipe.
status_ 0 $user leaves left socketpipe -i { cat data } -l { env } \
  -r { sh -c 'cat > got' } 2> err || fail=1
compare data got || fail=1
still_there_ || fail=1

# But a command's is waited for, as long as it may have the stream.
rm -f how
helper within -s how 120 $user socketpipe -i { leaves left cat data } \
  -l { env } -r { cat } > out 2> err &
wait_for_ grep 'waiting for process [0-9]* (hidden), which may still have' \
  err > /dev/null || fail=1
test ! -f how || fail=1
still_there_ || fail=1
wait $!
echo 'exit 0' > exp
compare exp how || fail=1
compare data out || fail=1

no_process_left_ || fail=1

Exit $fail
