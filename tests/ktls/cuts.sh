#!/bin/sh
# Where the kernels encrypt, a third party that cuts a connection can make a
# reader end early, but not the run succeed.

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
reset='Connection reset by peer'

case_ ()
{
  middle_
  attacked_ "$reset" rst 20
  attacked_ "$reset" rst-inside 20
  # Only the writer's worker tells that the reader has to be ended.
  attack_ rst-writer 20
  victim_ -i { cat ../data } -l { on there } \
    -r { helper read-whole "$PWD/got" }
  test $ended_ = 125 || wrong_attack_ "status $ended_"
  cut_ got ../data || fail=1
  has_line_ err 'channel truncated: ' || fail=1
  attack_ends_
  # The reader cannot know better; but the workers can.
  attacked_ 'end' fin 20
  attacked_ 'end' fin-inside 20
  attacked_here_ 'end' fin 20
  has_line_ err 'cut, and not by the one who wrote' || fail=1
}

start_case_ case case_
finish_cases_

Exit $fail
