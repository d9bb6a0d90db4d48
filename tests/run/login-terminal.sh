#!/bin/sh
# Logins of ssh that do not leave the data alone: -t and -n.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
. "$srcdir/tests/sshd.sh"
print_ver_ socketpipe
sshd_start_

# fails_ RE LOGIN...
fails_ ()
{
  expected=$1
  shift
  status_ 125 socketpipe -i { echo data } -l { "$@" } -r { cat } \
    > out 2> err || fail=1
  grep '^socketpipe' err > ours
  one_line_ ours || fail=1
  has_line_ ours "^socketpipe: $expected" || fail=1
  compare /dev/null out || fail=1
  no_process_left_ || fail=1
}

fails_ "the login command 'ssh -tt remotehost' gives a terminal .*no -t" \
  ssh -tt remotehost
fails_ "the login command 'ssh -n remotehost' closes standard input .*no -n" \
  ssh -n remotehost
fails_ "the login command 'ssh -p 1 remotehost' .*: exit status 255" \
  ssh -p 1 remotehost
fails_ "the login command 'ssh -l nobody-at-all remotehost' .*: exit status 255" \
  ssh -l nobody-at-all remotehost
fails_ "the login command 'ssh remotehost cat' .*\(exit status 1\)" \
  ssh remotehost cat

# The terminal of a pair of pipes, without the help of ssh.
if helper pty true; then
  fails_ "the login command .* gives a terminal" helper pty
fi

Exit $fail
