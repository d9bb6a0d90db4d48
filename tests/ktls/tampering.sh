#!/bin/sh
# Where the kernels encrypt, data that was changed on the way is an error to
# its reader, and the run fails.

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
  for action in flip drop inject; do
    attacked_ 'Bad message' $action 20
    has_line_ err 'channel tampered with: ' || fail=1
  done
  attacked_here_ 'Bad message' flip 20
  # What is not even a record is an error only once.
  attacked_ 'Invalid argument' header 20
  has_line_ err 'channel tampered with: ' || fail=1
}

# What socketpipe itself reads: it is not the writing that fails.
own_ ()
{
  middle_
  attack_ flip 20
  mkfifo fifo || framework_failure_
  cat fifo > copy &
  victim_ -l { on there } -r { cat ../data } -o - > fifo
  test $ended_ = 125 || wrong_attack_ "status $ended_"
  has_line_ err 'channel tampered with: ' || fail=1
  if grep 'cannot write' err; then fail=1; fi
  attack_ends_
}

start_case_ own own_
start_case_ case case_
finish_cases_

Exit $fail
