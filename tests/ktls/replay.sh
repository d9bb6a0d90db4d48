#!/bin/sh
# Where the kernels encrypt, data that comes twice, in another order or from
# another channel is an error to its reader, and what only comes late is not.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
. "$srcdir/tests/hosts.sh"
. "$srcdir/tests/ktls.sh"
. "$srcdir/tests/attacks.sh"
print_ver_ socketpipe
ktls_need_
attacks_need_

case_ ()
{
  middle_
  unharmed_ delay 3
  has_line_ err 'encrypted by the kernels' || fail=1
  for action in replay reorder; do
    attacked_ 'Bad message' $action 20
    has_line_ err 'channel tampered with: ' || fail=1
  done
  attacked_both_ swap 20
}

start_case_ case case_
finish_cases_

Exit $fail
