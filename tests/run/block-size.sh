#!/bin/sh
# With --block-size, each read of the last command gets a full block, up to
# the end of the data.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe

helper random 7000001 3 > data || framework_failure_
# Pieces of all sizes, none of them a block.
cat > bin/pieces <<'END' && chmod +x bin/pieces || framework_failure_
#!/bin/sh
i=0
while test $i -lt 60; do
  i=$((i + 1))
  helper random $((i * 3001 + 1)) $i
done
END
pieces > small || framework_failure_

# blocks_ COUNT PART OPTION...: the command on standard input of -o gets COUNT
# full blocks, and one that is not if PART is 1, and this is all the data.
blocks_ ()
{
  expected_="$1[+]$2"
  shift 2
  status_ 0 socketpipe -q "$@" -l { env } -r { pieces } \
    -o { dd bs=$size of=out } 2> err || fail=1
  cmp small out || fail=1
  has_line_ err "^$expected_ records in\$" || fail=1
}

size=32768
bytes=$(wc -c < small)
full=$((bytes / size))
blocks_ $full 1 --block-size=32k
# Through the login, and after a buffer.
blocks_ $full 1 --block-size=32k --listen=local -h 255.255.255.255
blocks_ $full 1 --block-size=32k --buffer=1M
blocks_ $full 1 --block-size=32k --buffer=1M --start-at=50
blocks_ $full 1 --block-size=32k --listen=local -h 255.255.255.255 \
  --buffer=100k

# The remote command, where there is no -o; it writes what a tape would get.
status_ 0 socketpipe --block-size=32k -i { cat data } -l { env } \
  -r { dd bs=32768 of=out } 2> err || fail=1
cmp data out || fail=1
has_line_ err '^213[+]1 records in$' || fail=1

# With -o, it is the business of that, and the remote command is left alone:
# one that asks for little gets it at once.
cat > bin/talk <<'END' && chmod +x bin/talk || framework_failure_
#!/bin/sh
echo question
until test -f answered; do helper nap 20; done
END
status_ 0 socketpipe --block-size=32k -i { talk } -l { env } \
  -r { sh -c 'head -n 1 > answered; echo done' } -o { cat } > out 2> err \
  || fail=1
echo done > exp
compare exp out || fail=1

# Larger than any receive buffer.
if grep '^#define HAVE_DECL_SO_RCVLOWAT 1' "$CONFIG_HEADER" > /dev/null; then
  helper random 70000000 4 > large || framework_failure_
  status_ 0 socketpipe --block-size=32M -i { cat large } -l { env } \
    -r { dd bs=32M of=out } 2> err || fail=1
  cmp large out || fail=1
  has_line_ err '^2[+]1 records in$' || fail=1
  rm -f large
else
  # What cannot be is refused before anything starts, by either host.
  status_ 125 socketpipe --block-size=32M -i { touch started } -l { env } \
    -r { touch started } 2> err || fail=1
  has_line_ err "^socketpipe: $(uname -n) cannot let each read get 33554432 b" \
    || fail=1
  status_ 125 socketpipe --block-size=32M -l { env } -r { touch started } \
    -o { touch started } 2> err || fail=1
  has_line_ err '^socketpipe: this host cannot let each read get 33554432 b' \
    || fail=1
  test ! -f started || fail=1
fi

# A reader that leaves, a writer that is killed: as without.
helper random 100000 > written || framework_failure_
for options in --block-size=32k '--block-size=32k --buffer=1M'; do
  status_ 0 socketpipe $options -i { helper fill how } -l { env } \
    -r { dd bs=32k count=3 of=out } 2> err || fail=1
  has_line_ how '^EPIPE SIGPIPE' || fail=1
  test "$(wc -c < out)" -eq 98304 || fail=1
  rm -f how
  status_ 137 socketpipe $options \
    -i { sh -c 'helper random 100000; kill -KILL $$' } -l { env } \
    -r { helper read-whole got } 2> err || fail=1
  cut_ got written || fail=1
done

no_process_left_ || fail=1

Exit $fail
