#!/bin/sh
# bash as a command runs no start-up file, wherever socketpipe was started:
# nothing comes into the data, and nothing is taken from it.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe
require_program_ bash

HOME=$test_dir_/home
export HOME
mkdir home || framework_failure_
cat > home/.bashrc <<'END' || framework_failure_
echo start-up file
read line
END
echo 'first
second' > data || framework_failure_

# run_ COMMAND...: it copies the data.
run_ ()
{
  status_ 0 "$@" > out 2> err < /dev/null || fail=1
  compare data out || fail=1
}

# SHLVL as cron, systemd and env -i have it, and where bash counts anew.
for level in '-u SHLVL' SHLVL=0 SHLVL= SHLVL=x SHLVL=-1 SHLVL=999 \
    SHLVL=4294967296; do
  # The remote command, and the output command.
  run_ env $level socketpipe -i { cat data } -l { env } \
    -r { bash -c 'exec cat' } -o { bash -c 'exec cat' }
done

# Through the login, where the standard input is a local socket.
run_ env -u SHLVL socketpipe -q --listen=local -h 255.255.255.255 \
  -i { cat data } -l { env } -r { bash -c 'exec cat' } \
  -o { bash -c 'exec cat' }

# The input command, where the standard input of socketpipe is a socket.
run_ socketpipe -i { cat data } -l { env } -r { env -u SHLVL socketpipe \
    -i { bash -c 'exec cat' } -l { env } -r { cat } -o - } -o -

# What is a number already stays as it is.
for level in 1 7 007 998; do
  echo $level > exp || framework_failure_
  status_ 0 env SHLVL=$level socketpipe -l { env } \
    -r { printenv SHLVL } -o { cat } > out 2> err || fail=1
  compare exp out || fail=1
done

# The login gets what socketpipe has got.
echo none > exp || framework_failure_
status_ 0 env -u SHLVL socketpipe \
  -l { env -u SHLVL sh -c 'echo ${SHLVL-none} > level; exec "$@"' sh } \
  -r { true } -o - > out 2> err || fail=1
compare exp level || fail=1

no_process_left_ || fail=1

Exit $fail
