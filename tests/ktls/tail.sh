#!/bin/sh
# The last bytes arrive, also when their writer has told the kernel that more
# would come, as pv does in a pipeline.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
. "$srcdir/tests/ktls.sh"
print_ver_ socketpipe
require_program_ pv
ktls_need_

# What fits into one record, and what does not fill the last one.
for size in 1 1000 300003; do
  helper random $size > data || framework_failure_
  for command in 'ktls-facts announce MSG_MORE' \
                 'ktls-facts announce SPLICE_F_MORE' \
                 'pv -q'; do
    # pv splices from pipes only.
    cat data \
      | status_ 0 socketpipe --encrypt=kernel -i { $command } -l { env } \
          -r { cat } -o { sh -c 'cat > copy' } || fail=1
    cmp data copy || { warn_ "$size bytes: $command"; fail=1; }
  done
done

# On the way back as well.
status_ 0 socketpipe --encrypt=kernel -i { cat data } -l { env } \
  -r { pv -q } -o { sh -c 'cat > copy' } || fail=1
cmp data copy || fail=1

no_process_left_ || fail=1

Exit $fail
