#!/bin/sh
# Where the kernels encrypt, a run ends as it does without.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
. "$srcdir/tests/ktls.sh"
print_ver_ socketpipe
ktls_need_

# A reader that takes all there is, and does not wait for the end of file,
# whatever has come behind it by then.
helper random 100000 1 > data || framework_failure_
for pause in 0 0 300; do
  status_ 0 socketpipe -e -i { cat data } -l { env } \
    -r { sh -c "head -c 100000 > copy; helper nap $pause" } || fail=1
  cmp data copy || fail=1
  status_ 0 socketpipe -e -l { env } -r { cat data } \
    -o { sh -c "head -c 100000 > copy; helper nap $pause" } || fail=1
  cmp data copy || fail=1
done

# A writer is killed while another process, which does not end, has its
# connection: the reader need not wait for that, whether it writes or not.
for orphan in 'helper nap 300000' yes; do
  status_ 137 socketpipe -e -i { sh -c "
      echo part
      sh -c 'echo \$\$ > orphan; exec $orphan' &
      until test -s orphan; do helper nap 20; done
      kill -9 \$\$" } -l { env } -r { sh -c 'cat > /dev/null' } 2> err \
    || fail=1
  has_line_ err "input command 'sh' failed: killed by signal 9" || fail=1
  kill "$(cat orphan)" 2> /dev/null
  rm -f orphan
done

no_process_left_ || fail=1
Exit $fail
