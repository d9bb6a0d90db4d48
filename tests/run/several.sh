#!/bin/sh
# A run may have several remote hosts: the output of a command on one goes to
# a command on another.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
. "$srcdir/tests/pipeline.sh"
print_ver_ socketpipe

pipeline_on_=
login_one_=env
login_two_=env
name_one_=$(uname -n)
name_two_=$name_one_

helper random 10M > data || framework_failure_

# The data arrives, and all ends count the same.
failures_
pipeline_ 0 -- 'cat data' cat cat cat
said_all_
cmp data out || fail=1
pipeline_ 0 --stats-json -- 'cat data' cat cat 'cat > copy'
cmp data copy || fail=1
counts_ 10485760
has_line_ err '"from": 1, "to": 2, "route": "(remote-to-local|local-to-remote)"' \
  || fail=1
has_line_ err '"from": 2, "to": 3, "route": "remote-to-remote"' || fail=1

# From our standard input to our standard output.
status_ 0 several -i - -l { env } -r { cat } -l { env } -r { cat } -o - \
  < data > out 2> err || fail=1
said_all_
cmp data out || fail=1

# More hosts, and the program with one.
status_ 0 several -i { cat data } -l { env } -r { cat } -l { env } -r { cat } \
  -l { env } -r { cat } -l { env } -r { cat } -o { cat } > out 2> err \
  || fail=1
said_all_
cmp data out || fail=1
status_ 0 several -i { cat data } -l { env } -r { cat } -o { cat } \
  > out 2> err || fail=1
said_all_
cmp data out || fail=1


# To another host and back to the first one, by one link.
status_ 0 several -v -i { cat data } -l { env } -r { cat } \
  -l { env } -r { cat } --on 1 -r { cat } -o { cat } > out 2> err || fail=1
cmp data out || fail=1
test "$(grep -c 'channel connected.*(remote-to-remote)$' err)" = 2 || fail=1
test "$(grep -c '^socketpipe: agent .* answered' err)" = 2 || fail=1
failures_ input 'exit status 3' one 'exit status 4' two 'exit status 5' \
  one 'exit status 6'
status_ 6 several -i { sh -c 'exit 3' } -l { env } -r { sh -c 'exit 4' } \
  -l { env } -r { sh -c 'exit 5' } --on 1 -r { sh -c 'exit 6' } -o { cat } \
  > out 2> err || fail=1
said_all_

status_table_
resets_
if encrypts_; then
  failures_
  pipeline_ 0 -e -- 'cat data' cat cat cat
  said_all_
  cmp data out || fail=1
  resets_ -e
fi

# A login that fails ends the run.
status_ 125 several -i { sh -c ': > ran' } -l { env } -r { cat } \
  -l { false } -r { cat } > out 2> err || fail=1
one_line_ err || fail=1
has_line_ err "^socketpipe: the login command 'false' ended" || fail=1
test ! -f ran || fail=1

no_process_left_ || fail=1

Exit $fail
