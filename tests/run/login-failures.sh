#!/bin/sh
# Each way in which a login can fail: told in one line, with advice, soon, and
# with nothing left behind.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe

# fails_ RE LOGIN...: a run by way of LOGIN fails, and says so in one line
# of ours that matches RE and begins with the common part.
fails_ ()
{
  expected=$1
  shift
  rm -f started
  status_ 125 socketpipe -i { sh -c '> started; echo data' } -l { "$@" } \
    -r { sh -c '> started; cat' } -o { sh -c '> started; cat' } \
    > out 2> err || fail=1
  grep '^socketpipe' err | grep -v ': invalid option' > ours
  one_line_ ours || fail=1
  has_line_ ours "^socketpipe: $expected" || fail=1
  compare /dev/null out || fail=1
  test ! -f started || fail=1
  no_process_left_ || fail=1
}

cat > bin/login <<'EOF' && chmod +x bin/login || framework_failure_
#!/bin/sh
# login HOW SOCKETPIPE --agent
how=$1
shift
agent () { "$@"; }
eval "$how"
EOF

# It ends, before or after it has read something.
fails_ "the login command 'login exit 255' ended before .*: exit status 255" \
  login 'exit 255'
fails_ "the login command .* ended .*\(exit status 1\): .*older than 2.0" \
  login 'exit 1'
fails_ "no 'socketpipe' could be run .*\(exit status 127\): install .*--remote-path" \
  login 'exit 127'
fails_ "no 'socketpipe' could be run .*\(exit status 126\): install .*--remote-path" \
  login 'exit 126'
fails_ "the login command .* ended before .*\(exit status 0\): .*--remote-path" \
  login 'exit 0'
fails_ "the login command .* ended before .*: killed by signal 9 \(Killed\)" \
  login 'kill -9 $$'
fails_ "the login command .* ended before .*: exit status 255" \
  login 'dd count=1 2> /dev/null > /dev/null; exit 255'
fails_ "the login command .* ended before .*: exit status 255" \
  login 'echo "Permission denied" >&2; exit 255'
has_line_ err '^Permission denied' || fail=1

# It does not exist; or there is no socketpipe behind it.
status_ 127 socketpipe -l { ./no-such-login } -r { cat } -o - 2> err || fail=1
one_line_ err || fail=1
fails_ "no 'socketpipe' could be run by the login command 'env PATH=/none'" \
  env PATH=/none
fails_ "no 'socketpipe' could be run by the login command" \
  login '/no-such-socketpipe "$@"'

# It closes the agent's standard input.
fails_ "the login command .* closes standard input .*: .*-n" \
  login '"$@" < /dev/null'

# What it prints before the agent's banner is shown.  That is no failure.
echo data > exp
status_ 0 socketpipe -i { echo data } -l { login 'echo "Welcome to Unix";
  printf "=socketpipe-age and more without a newline"; "$@"' } -r { cat } \
  > out 2> err || fail=1
compare exp out || fail=1
printf 'Welcome to Unix\n=socketpipe-age and more without a newline' > exp
compare exp err || fail=1
# A lot of it, quietly.
status_ 0 socketpipe -q -i { echo data } -l { login 'yes | head -n 500000;
  "$@"' } -r { cat } > out 2> err || fail=1
compare /dev/null err || fail=1
# Nothing but that.
fails_ "the login command .* ended before .*: exit status 255" \
  login 'echo "This account is not available"; exit 255'
has_line_ err '^This account is not available' || fail=1

# It closes its own output and stays.
fails_ "the login command .* closed its output before the agent answered" \
  login 'exec > /dev/null; exec helper sit sitting'

# It finds a 1.10, which knows no --agent.
cat > bin/socketpipe-1.10 <<'EOF' && chmod +x bin/socketpipe-1.10
#!/bin/sh
echo "socketpipe: invalid option -- '-'" >&2
cat >&2 <<'EOT'
usage: socketpipe [-b] [-h host] [-t timeout] [-i { input command [args ...] }]
	-l { login command [args ...] } -r { remote command [args ...] }
	[-o { output command [args ...] }]
At least one of -i or -o must be specified
EOT
exit 1
EOF
fails_ "the login command .*\(exit status 1\): if a usage message stands above, the 'socketpipe' there is older than 2.0: upgrade that host, or name .*--remote-path\$" \
  login 'shift; socketpipe-1.10 "$@"'

# It finds one of another age.
fails_ "the socketpipe over there \(5.0\) speaks protocol 7 to 9, this one .* 1 to 1: .*--remote-path" \
  login 'echo "=socketpipe-agent 7 9 5.0"; exec cat > /dev/null'

# What comes after the banner is no message, or the banner is none.
garbled='what the login command .* passes on is not clean'
fails_ "$garbled" \
  login 'echo "=socketpipe-agent 1 1 2.0"; yes "rubbish "'
fails_ "$garbled" \
  login 'echo "=socketpipe-agent some one"; exec helper sit sitting'
fails_ "$garbled" \
  login 'printf "=socketpipe-agent "; yes "1" | tr -d "\n"'
# It writes into it later on, or it merges standard error, where the remote
# command says something.
for login in '{ echo early words; "$@"; } | { head -n 2; echo late words; cat; }' \
    '"$@" 2>&1'; do
  status_ 125 socketpipe -i { sh -c 'echo data; exec cat' } \
    -l { login "$login" } -r { sh -c 'echo complaint >&2; exec cat' } \
    > out 2> err || fail=1
  # What has run by then may have something to be said about it, too.
  grep "^socketpipe: $garbled.* or it merges standard error" err > ours
  one_line_ ours || { cat err; fail=1; }
  no_process_left_ || fail=1
done

# No host answers: the user decides how long to wait for a login, and types ^C;
# then no process is left.
socketpipe -l { login 'exec helper sit sitting2' } -r { cat } -o - 2> err &
pid=$!
wait_for_ test -f sitting2 || fail=1
kill -TERM $pid
wait $pid
test $? = 143 || fail=1
compare /dev/null err || fail=1

no_process_left_ || fail=1

Exit $fail
