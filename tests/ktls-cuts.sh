#!/bin/sh
# Where the kernels encrypt, whoever cuts a connection can let a reader end
# early, but not the run succeed.

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
  attacked_ 'ECONNRESET' rst 20
  attacked_ 'ECONNRESET' rst-inside 20
  # The reader cannot know better; but the supervisors can.
  attacked_ 'end' fin 20
  attacked_ 'end' fin-inside 20
  attacked_here_ 'end' fin 20
  has_line_ err 'cut, and not by the one who wrote' || fail=1
}

start_case_ case case_
finish_cases_

Exit $fail
