#!/bin/sh
# --probe needs one login, by ssh as by any other.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
. "$srcdir/tests/sshd.sh"
print_ver_ socketpipe
sshd_start_

logins_are_ () { test "$(sshd_logins_)" = "$1"; }

works='"works": true, "error": null'
status_ 0 socketpipe --probe=json -4 --listen=local -l { ssh remotehost } \
  > out 2> err || fail=1
compare /dev/null err || fail=1
has_line_ out "\"remote-to-local\", \"address\": \"127.0.0.1\", \"port\": [0-9]+, $works" || fail=1
has_line_ out "\"login\", \"address\": null, \"port\": null, $works" || fail=1
wait_for_ logins_are_ 1 || fail=1
no_process_left_ || fail=1

# A terminal would change what is measured.
status_ 125 socketpipe --probe -l { ssh -tt remotehost } > out 2> err || fail=1
has_line_ err 'gives a terminal' || fail=1
compare /dev/null out || fail=1
no_process_left_ || fail=1

Exit $fail
