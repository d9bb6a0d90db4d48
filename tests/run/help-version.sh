#!/bin/sh
# --help fits a screen and names each option; --version names the program.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe

status_ 0 socketpipe --help > help 2> err || fail=1
compare /dev/null err || fail=1
test $(wc -l < help) -le 40 || fail=1
awk '80 <= length { print "too wide: " $0; bad = 1 } END { exit bad }' help \
  || fail=1
for option in input login remote output batch host timeout remote-path \
    ipv4 ipv6 listen port no-fallback probe dead-peer-timeout \
    strict wait-for-writers encrypt \
    progress size stats stats-file rate-limit adjust block-size buffer start-at \
    congestion multipath dscp verbose quiet help version; do
  has_line_ help "--$option" || fail=1
  # What --help promises is documented.
  sed 's/\\-/-/g' "$abs_top_srcdir/man/socketpipe.1" > page
  has_line_ page "--$option" || fail=1
done

status_ 0 socketpipe --version > out 2> err || fail=1
compare /dev/null err || fail=1
test "$(sed -n 1p out)" = "socketpipe $VERSION" || fail=1
has_line_ out '^License GPLv3\+' || fail=1

if test -w /dev/full; then
  for option in --help --version; do
    status_ 125 socketpipe $option > /dev/full 2> err || fail=1
    has_line_ err '^socketpipe: .*No space left' || fail=1
  done
fi

Exit $fail
