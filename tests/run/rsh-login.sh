#!/bin/sh
# With rsh as the login, the classic jobs work as well.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
. "$srcdir/tests/rsh.sh"
print_ver_ socketpipe
require_program_ bzip2
rsh_start_

# rsh's daemon does not find it otherwise.
program=$(command -v socketpipe)

make_tree_ tree 10M
tape=$test_dir_/tape

# This rsh does not show what the other side says on standard error, so the
# remote commands are not asked for it.
status_ 0 socketpipe --remote-path="$program" -i { tar cf - tree } \
  -l { rsh localhost } -r { dd of="$tape" bs=32k } 2> err || fail=1
compare /dev/null err || fail=1
tar cf - tree | cksum > exp
cksum < tape > out
compare exp out || fail=1

mkdir copy && cd copy || framework_failure_
status_ 0 socketpipe --remote-path="$program" -l { rsh localhost } \
  -r { dd if="$tape" bs=32k } -o { tar xpf - tree } 2> ../err || fail=1
cd .. || framework_failure_
compare /dev/null err || fail=1
describe_tree_ tree > exp || framework_failure_
describe_tree_ copy/tree > out || fail=1
compare exp out || fail=1

status_ 0 socketpipe --remote-path="$program" -i { tar cf - tree } \
  -l { rsh localhost } -r { bzip2 -c } -o { dd of="$tape" bs=32k } \
  2> err || fail=1
has_line_ err 'records out' || fail=1
grep '^socketpipe' err && fail=1
tar cf - tree | cksum > exp
bunzip2 < tape | cksum > out
compare exp out || fail=1

# rsh passes every argument to a shell there, but none of ours.
printf '[%s]\n' 'a  b' '$HOME' '*' ';' '' > exp
status_ 0 socketpipe --remote-path="$program" -l { rsh localhost } \
  -r { printf '[%s]\n' 'a  b' '$HOME' '*' ';' '' } -o - \
  > out 2> err || fail=1
compare exp out || fail=1
compare /dev/null err || fail=1

# How the remote command ended does not come through rsh, but it comes.
status_ 3 socketpipe --remote-path="$program" -l { rsh localhost } \
  -r { sh -c 'exit 3' } -o - 2> err || fail=1
has_line_ err "^socketpipe: remote command 'sh' .*: exit status 3" \
  || fail=1

# No socketpipe there, and a status of 0 from rsh.
status_ 125 socketpipe -l { rsh localhost } -r { cat } -o - 2> err || fail=1
has_line_ err "^socketpipe: .*rsh localhost" || fail=1

# No login at all, and a status of 0 again.
status_ 125 socketpipe -l { rsh -l nobody localhost } -r { cat } -o - \
  2> err || fail=1
has_line_ err "^socketpipe: .*rsh -l nobody localhost" || fail=1

no_process_left_ || fail=1

Exit $fail
