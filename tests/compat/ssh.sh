#!/bin/sh
# Hosts with 1.10 and with this version work together over ssh, with -h and
# with the two logins that are needed without.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
. "$srcdir/tests/sshd.sh"
print_ver_ socketpipe

printf '#!/bin/sh\nexec helper old-socketpipe "$@"\n' > bin/old \
  && chmod +x bin/old || framework_failure_
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
  # 1.10 is there.
  status_ 0 socketpipe -q --compat=1.10 --remote-path="$test_dir_/bin/old" \
    $options -i { cat data } -l { ssh remotehost } -r { cat } \
    -o { sh -c 'cat > copy' } 2> err || fail=1
  compare /dev/null err || fail=1
  cmp data copy || fail=1
  count_ $n
  # 1.10 is here.
  status_ 0 helper old-socketpipe $options -i { cat data } \
    -l { ssh remotehost } -r { cat } -o { sh -c 'cat > copy2' } 2> err \
    || fail=1
  compare /dev/null err || fail=1
  cmp data copy2 || fail=1
  count_ $n
done

# The remote shell takes the words apart, as it does for 1.10.
echo 'a  b 3' > exp
for here in "socketpipe -q --compat=1.10" "helper old-socketpipe"; do
  status_ 0 $here -l { ssh remotehost } -r { echo "'a  b'" '$((1 + 2))' } \
    -o { cat } > out 2> err || fail=1
  compare exp out || fail=1
done
count_ 4

# The status comes back, and that of a login that fails.
status_ 7 socketpipe -q --compat=1.10 -i { echo data } -l { ssh remotehost } \
  -r { sh -c "'cat; exit 7'" } > out 2> err || fail=1
status_ 125 socketpipe -q --compat=1.10 -i { echo data } \
  -l { ssh -p 1 remotehost } -r { cat } > out 2> err || fail=1
grep '^socketpipe' err > ours
one_line_ ours || fail=1
status_ 125 socketpipe -q --compat=1.10 --remote-path=/none -i { echo data } \
  -l { ssh remotehost } -r { cat } > out 2> err || fail=1
has_line_ err "^socketpipe: no '/none' could be run" || fail=1

no_process_left_ || fail=1

Exit $fail
