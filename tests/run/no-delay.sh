#!/bin/sh
# What a command writes is sent at once, like into a pipe: it does not wait
# until the other host has acknowledged what came before.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe

# at_once_ OPTION...: on the connections that the commands get, that of the
# input, and those of the remote command.
echo 'at once' > exp || framework_failure_
at_once_ ()
{
  status_ 0 socketpipe "$@" -i { sh -c 'helper no-delay 3 3>&1 > input' } \
    -l { env } -r { sh -c 'helper no-delay 0 > remote
                           helper no-delay 3 3>&1 > remote-1; cat' } \
    -o { sh -c 'helper no-delay 0 > output; cat' } || fail=1
  for file in input remote remote-1 output; do
    compare exp $file || fail=1
  done
  rm -f input remote remote-1 output
}

for listen in local remote both; do
  at_once_ --listen=$listen
done
at_once_ -4

# Started by a 1.10.
status_ 0 helper old-socketpipe -h 127.0.0.1 -l { env } \
  -r { sh -c 'helper no-delay 3 3>&1 > remote' } -o { cat } || fail=1
compare exp remote || fail=1

no_process_left_ || fail=1

Exit $fail
