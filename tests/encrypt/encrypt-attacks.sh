#!/bin/sh
# With --encrypt, a third party in the middle can stop a run, and nothing
# else: no reader takes a stream that it cut for the whole, or its bytes for
# the data.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
. "$srcdir/tests/hosts.sh"
. "$srcdir/tests/attacks.sh"
print_ver_ socketpipe
attacks_need_
reset='Connection reset by peer'

# To the data, in either direction.
harm_ ()
{
  middle_
  for action in flip header drop replay inject reorder; do
    attacked_ "$reset" $action 20
  done
  attacked_here_ "$reset" flip 20
  attacked_both_ swap 20
  attacked_both_ flip 30
}

# The end.
cuts_ ()
{
  middle_
  for action in fin fin-inside rst rst-inside; do
    attacked_ "$reset" $action 20
  done
  attacked_here_ "$reset" fin 20
  # Only the writer's worker tells the reader.
  attacked_ "$reset" rst-writer 20
  # All but the last record, which has no data but says that it is the last.
  attacked_ "$reset" fin-end 20
}

# Slow, but unchanged; and nothing of it can be read.
delays_ ()
{
  middle_
  unharmed_ delay 3
  attack_ keep 3
  yes 'not for everybody' | head -n 100000 > words
  victim_ -i { cat words } -l { on there } -r { cat } -o { cat } > copy
  test $ended_ = 0 || wrong_attack_ "status $ended_"
  cmp words copy || wrong_attack_ 'not what was written'
  attack_ends_
  test "$(wc -c < done.kept)" -gt 3600000 || wrong_attack_ 'not kept'
  grep -a 'for every' done.kept > /dev/null && wrong_attack_ 'in clear'
}

# Each record of a handshake, changed: another try, or no connection.
handshake_ ()
{
  middle_
  for record in 0 1 2; do
    attack_ flip $record
    victim_ -i { cat ../data } -l { on there } -r { cat } \
      -o { sh -c 'cat > copy' }
    case $ended_ in
      0) cmp ../data copy || wrong_attack_ 'not what was written' ;;
      125) ;;
      *) wrong_attack_ "status $ended_" ;;
    esac
    attack_ends_
  done
}

start_case_ harm harm_
start_case_ cuts cuts_
start_case_ delays delays_
start_case_ handshake handshake_
finish_cases_

Exit $fail
