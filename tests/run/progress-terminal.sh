#!/bin/sh
# On a terminal -p keeps one line up to date that fits, also after the window
# has changed, lets messages pass above it, and is silent in the background.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe
helper pty true || skip_ "no terminal can be made here"
helper pty sh -c 'stty columns 61 && test "$(stty size)" = "0 61"' \
  > out 2>&1 || skip_ "no terminal here has a width"

helper random 3M 3 > data || framework_failure_

# Not every system says how wide it is.
if grep '^#define HAVE_DECL_TIOCGWINSZ 1' "$CONFIG_HEADER" > /dev/null; then
  widest=60
else
  widest=79
fi

# The login carries what a line can be about on every system.
run='socketpipe -q --listen=local -h 255.255.255.255 -l { env }'

# on_terminal_ COMMAND: what the shell makes of it on a terminal 61 columns
# wide goes to screen; each thing that the line showed, to shown.
on_terminal_ ()
{
  bounded_ helper pty sh -c "stty columns 61; $1" > screen
  status=$?
  tr '\r' '\n' < screen | sed 's/ *$//' > shown
  return $status
}

# fits_ COLUMNS: nothing was wider.
fits_ ()
{
  tr '\r' '\n' < screen | awk -v most=$1 '
    most < length { print "too wide: " $0; bad = 1 } END { exit bad }'
}

# It takes its time, so that there is a line before the last.  The last stays.
on_terminal_ "$run -p --size=6M -i { sh -c 'cat data
    until grep 3.0.MiB screen; do helper nap 20; done > /dev/null' } \
  -r { sh -c 'helper sum > out' }" || fail=1
fits_ $widest || fail=1
has_line_ shown '^0:00:[0-9]+ input +3\.0 MiB.* 50%, ETA' || fail=1
tail -n 1 shown > last
has_line_ last '^0:00:[0-9]+ input 3\.0 MiB, average .* 50%$' || fail=1
test "$(tail -c 1 screen | wc -l)" -eq 1 || fail=1
helper sum < data > exp
compare exp out || fail=1

# The window gets narrow: so does the line.
narrow_ ()
{
  on_terminal_ "$run -p --size=6M -i { sh -c 'cat data
      until grep ETA screen; do helper nap 20; done > /dev/null
      stty columns 24 < /dev/tty
      until tr \"\\r\" \"\\n\" < screen | tail -n 1 | grep -v input
      do helper nap 20; done > /dev/null' } \
    -r { sh -c 'helper sum > out' }" || fail=1
  fits_ 60 || fail=1
  tail -n 1 shown > last
  test $(wc -c < last) -le 24 || { cat last; fail=1; }
  compare exp out || fail=1
}
test $widest = 79 || narrow_

# A message begins at the beginning of a line, and nothing is left of what was
# there.
on_terminal_ "socketpipe -p --size=6M --listen=local -h 255.255.255.255 \
  -l { env } -i { sh -c 'cat data
    until grep ETA screen; do helper nap 20; done > /dev/null
    kill -USR1 \$PPID
    until grep \"socketpipe: 0:00\" screen; do helper nap 20; done \
      > /dev/null' } \
  -r { sh -c 'helper sum > out; exit 3' }"
test $? = 3 || fail=1
has_line_ shown '^socketpipe: 0:00:[0-9]+ input .*, ETA' || fail=1
has_line_ shown "^socketpipe: remote command 'sh' on .* exit status 3\$" \
  || fail=1
compare exp out || fail=1

# In the background there is nothing, not even at the end.
on_terminal_ "set -m; $run -p -i { sh -c 'cat data; helper nap 1500' } \
  -r { sh -c 'helper sum > out' } & wait" || fail=1
grep 'MiB' shown && fail=1
compare exp out || fail=1

no_process_left_ || fail=1

Exit $fail
