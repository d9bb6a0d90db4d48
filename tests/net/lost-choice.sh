#!/bin/sh
# A connection that is lost in the last moment of its set-up, when the other
# host has taken it already, ends the run at once, with the reason.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
. "$srcdir/tests/hosts.sh"
. "$srcdir/tests/attacks.sh"
print_ver_ socketpipe
hosts_need_ networks
echo data > data || framework_failure_

# lost_ OPTION...: the third to speak is the agent, for the last time.
lost_ ()
{
  attack_ rst-turn 3
  rm -f begun
  helper within 10 on here socketpipe --listen=local --port=$attacks_port_ \
    -h 10.0.1.1 "$@" -i { cat ../data } -l { on there } \
    -r { sh -c '> begun; cat' } -o { cat } > out 2> err
  status=$?
  test $status = 125 || wrong_attack_ "$*: status $status"
  compare /dev/null out || fail=1
  # The remote command complains, too, and may have failed by then.
  grep '^socketpipe' err | grep -v ' (its input was cut short)$' > said
  one_line_ said || fail=1
  has_line_ said '^socketpipe: the connection with there was lost while it '\
'was being set up$' || fail=1
  attack_ends_
}

lost_choice_ ()
{
  middle_
  lost_
  lost_ -t 0
  lost_ --no-fallback
  if encrypts_; then
    lost_ -e
  fi
}

start_case_ choice lost_choice_
finish_cases_

Exit $fail
