#!/bin/sh
# With -b nothing of a run has a terminal, so that it neither asks nor stops.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
. "$srcdir/tests/sshd.sh"
print_ver_ socketpipe
helper pty true || skip_ "no terminal can be made here"
sshd_start_

# on_terminal_ COMMAND...: run COMMAND on a terminal of its own.
on_terminal_ () { bounded_ helper pty "$@"; }

# A script that tells about its process in the file $1, then goes on.
printf '%s\n' '#!/bin/sh' 'helper ids > "$1.tmp"; mv "$1.tmp" "$1"; shift' \
  'exec "$@"' > bin/tell && chmod +x bin/tell || framework_failure_

terminal_is_ ()
{
  for who in login input remote output; do
    has_line_ $who.ids "^terminal $1\$" || fail=1
  done
  rm -f ./*.ids
}

run_on_terminal_ ()
{
  on_terminal_ socketpipe "$@" -l { tell login.ids env } \
    -i { tell input.ids echo data } -r { tell remote.ids cat } \
    -o { tell output.ids dd of=out } > terminal
}

# Without -b they have the terminal that socketpipe has.
run_on_terminal_ || fail=1
terminal_is_ yes
echo data > exp
compare exp out || fail=1

for option in -b --batch; do
  run_on_terminal_ $option || fail=1
  terminal_is_ no
  compare exp out || fail=1
done

# Without a terminal -b changes nothing.
status_ 0 socketpipe -b -i { cat } -l { ssh remotehost } -r { cat } \
  < exp > out 2> err || fail=1
compare exp out || fail=1
compare /dev/null err || fail=1

# A terminal as standard input is not read.  What is typed is never read.
echo 'typed' | on_terminal_ sh -c 'socketpipe -b -i { cat } -l { env } \
  -r { cat } > out' > terminal || fail=1
compare /dev/null out || fail=1
compare /dev/null terminal || fail=1
echo 'typed' | on_terminal_ sh -c 'socketpipe -b -i - -l { env } \
  -r { cat } > out' > terminal || fail=1
compare /dev/null out || fail=1
compare /dev/null terminal || fail=1

# Nothing of a run in the background is stopped when it turns to the
# terminal, even where a terminal stops its writers.
cat > background <<'END'
stty tostop
set -m
socketpipe -b -i { sh -c 'echo data; cat; echo input >&2' } \
  -l { sh -c 'cat < /dev/tty; echo login >&2; exec "$@"' sh } \
  -r { sh -c 'cat; cat < /dev/tty; echo remote >&2' } \
  -o { sh -c 'cat; cat < /dev/tty; echo output >&2' } > out &
wait $!
echo "status $?"
END
on_terminal_ sh background > terminal 2>&1 || fail=1
has_line_ terminal '^status 0' || fail=1
compare exp out || fail=1
for who in input login remote output; do
  has_line_ terminal $who || fail=1
done

# A login that would have to ask fails instead, and says so.  (Without -b it
# asks: see prompt.sh.)
ask='ssh -o BatchMode=no -o StrictHostKeyChecking=ask
     -o UserKnownHostsFile=/dev/null remotehost'
on_terminal_ sh -c "socketpipe -b -i { echo data } -l { $(echo $ask) } \
  -r { cat }" > terminal
test $? = 125 || fail=1
has_line_ terminal 'Host key verification failed' || fail=1
has_line_ terminal '^socketpipe: .*exit status 255' || fail=1
grep 'continue connecting' terminal && fail=1

no_process_left_ || fail=1

Exit $fail
