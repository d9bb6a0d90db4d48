#!/bin/sh
# A command of a run can be a socketpipe run, at any depth.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
. "$srcdir/tests/sshd.sh"
print_ver_ socketpipe
sshd_start_

helper random 5M > data || framework_failure_
data=$test_dir_/data

# Braces within braces are arguments.
echo '{ a { b c } } { { } } d' > exp
status_ 0 socketpipe -l { ssh remotehost } \
  -r { echo { a { b c } } { { } } d } -o - > out 2> err || fail=1
compare exp out || fail=1
compare /dev/null err || fail=1

# The input command is a run: from host to host by way of this one.
status_ 0 socketpipe -i { socketpipe -l { ssh remotehost } \
      -r { cat "$data" } -o - } -l { ssh remotehost } -r { dd of="$test_dir_/copy1" } \
  2> err || fail=1
cmp data copy1 || fail=1
grep '^socketpipe' err && fail=1

# The remote command is a run: the other host goes on to a third one.
status_ 0 socketpipe -i { cat "$data" } -l { ssh remotehost } \
  -r { socketpipe -i - -l { ssh remotehost } -r { tr a-z b-za } -o - } \
  -o { tr b-za a-z } > copy2 2> err || fail=1
cmp data copy2 || fail=1
compare /dev/null err || fail=1

# Three deep, and every command gets its own arguments.
echo '[a  b] [{] [}]' > exp
status_ 0 socketpipe -l { ssh remotehost } \
  -r { socketpipe -l { env } \
         -r { socketpipe -l { env } -r { printf '[%s] [%s] [%s]\n' 'a  b' \
                '\\\{' '\\\}' } -o - } -o - } -o - > out 2> err || fail=1
compare exp out || fail=1
compare /dev/null err || fail=1

# The output command is a run.
status_ 0 socketpipe -l { ssh remotehost } -r { cat "$data" } \
  -o { socketpipe -i - -l { ssh remotehost } \
         -r { dd of="$test_dir_/copy3" } } 2> err || fail=1
cmp data copy3 || fail=1
grep '^socketpipe' err && fail=1

# How the innermost command ended comes out.
status_ 7 socketpipe -l { ssh remotehost } \
  -r { socketpipe -l { env } -r { helper exit 7 } -o - } -o - 2> err || fail=1
has_line_ err "^socketpipe: remote command 'helper' .*: exit status 7" \
  || fail=1
has_line_ err "^socketpipe: remote command 'socketpipe' .*: exit status 7" \
  || fail=1

no_process_left_ || fail=1

Exit $fail
