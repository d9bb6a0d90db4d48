#!/bin/sh
# A socketpipe 1.10 reaches this version over ssh, with -h, and with the two
# logins that it needs without.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
. "$srcdir/tests/sshd.sh"
print_ver_ socketpipe

sshd_start_
helper random 5M > data

logins=0
counted_ () { test "$(sshd_logins_)" -ge $logins; }
count_ ()
{
  logins=$((logins + $1))
  wait_for_ counted_ && test "$(sshd_logins_)" = $logins \
    || { warn_ "$(sshd_logins_) logins instead of $logins"; fail=1; }
}

for options in '' '-h 127.0.0.1' '-b -h localhost'; do
  n=1
  test -n "$options" || n=2
  status_ 0 helper old-socketpipe $options -i { cat data } \
    -l { ssh remotehost } -r { cat } -o { sh -c 'cat > copy' } 2> err \
    || fail=1
  compare /dev/null err || fail=1
  cmp data copy || fail=1
  count_ $n
done

# The remote shell takes the words apart, as it does for 1.10.
echo 'a  b 3' > exp
status_ 0 helper old-socketpipe -l { ssh remotehost } \
  -r { echo "'a  b'" '$((1 + 2))' } -o { cat } > out 2> err || fail=1
compare exp out || fail=1
count_ 2

# The status comes back.
status_ 7 helper old-socketpipe -i { echo data } -l { ssh remotehost } \
  -r { sh -c "'cat > copy; exit 7'" } > out 2> err || fail=1

no_process_left_ || fail=1

Exit $fail
