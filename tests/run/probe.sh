#!/bin/sh
# --probe goes through all routes, measures those that work, and says why the
# others do not; it starts nothing, and leaves nothing behind.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe

number='[0-9.]*[1-9][0-9.]*'
measured='"works": true, "error": null, "connect_time": [0-9.]+, '
measured="$measured\"round_trip\": $number, \"throughput_to\": $number, "
measured="$measured\"throughput_from\": $number, \"segment_limit\": "

# json_ FILE: is it one JSON value?
json_ ()
{
  if command -v python3 > /dev/null; then
    python3 -c 'import json, sys; json.load (sys.stdin)' < "$1"
  elif command -v jq > /dev/null; then
    jq -e . < "$1" > /dev/null
  else
    test "$(sed -n '1p;$p' "$1" | tr -d '\n')" = '{}'
  fi && test "$(tail -c 1 "$1" | wc -l)" -eq 1 && return
  warn_ "$1 is not JSON:"
  cat "$1" >&2
  return 1
}

# All routes on one host.
status_ 0 socketpipe --probe=json -4 -l { env } > out 2> err || fail=1
compare /dev/null err || fail=1
json_ out || fail=1
for route in remote-to-local local-to-remote; do
  has_line_ out "\"route\": \"$route\", \"address\": \"127.0.0.1\", \"port\": [0-9]+, $measured" || fail=1
done
has_line_ out "\"route\": \"login\", \"address\": null, \"port\": null, $measured" || fail=1
version=$(socketpipe --version | sed -n '1s/.* //p')
system=$(uname -srm)
for host in local remote; do
  has_line_ out "\"$host\": .\"name\": \"$(uname -n)\", \"version\": \"$version\", \"system\": \"$system\", \"ktls\": (true|false), \"mptcp\": (true|false), \"protocol_min\": 1, \"protocol_max\": 1" || fail=1
done
has_line_ out '^  "advice": ".*"$' || fail=1
no_process_left_ || fail=1

# For people; only one end listens.
status_ 0 socketpipe --probe -4 --listen=remote -l { env } > out 2> err \
  || fail=1
compare /dev/null err || fail=1
rate='[0-9.]+ [kMG]?B/s'
cells="[0-9.]+ m?s +[0-9.]+ m?s +$rate +$rate\$"
for host in 'this host ' 'other host'; do
  has_line_ out "^$host $(uname -n): socketpipe $version, protocol 1, $system, kTLS: (yes|no), MPTCP: (yes|no)\$" || fail=1
done
has_line_ out '^remote-to-local +- +not tried: see --listen$' || fail=1
has_line_ out "^local-to-remote +127\.0\.0\.1 port [0-9]+ +$cells" || fail=1
has_line_ out "^login +- +$cells" || fail=1
has_line_ out '^advice: ' || fail=1

# The only address leads nowhere.
status_ 0 socketpipe --probe -q -t 1 --listen=local -h 255.255.255.255 \
  -l { env } > out 2> err || fail=1
compare /dev/null err || fail=1
has_line_ out '^remote-to-local +255\.255\.255\.255 port [0-9]+ +[A-Za-z ]+$' \
  || fail=1
has_line_ out '^local-to-remote +- +not tried: see --listen$' || fail=1
has_line_ out '^advice: .* goes through the login: .*--port.* -h$' || fail=1

# What is wrong with the command line or the login is said as in a run.
status_ 125 socketpipe --probe -i { cat } -l { env } > out 2> err || fail=1
echo "socketpipe: --probe runs no command: leave out -i" > exp
compare exp err || fail=1
for option in --probe --probe=json; do
  status_ 125 socketpipe $option -l { sh -c 'exit 255' } > out 2> err || fail=1
  one_line_ err || fail=1
  has_line_ err "^socketpipe: the login command 'sh -c exit 255' ended before the agent answered: exit status 255\$" || fail=1
  compare /dev/null out || fail=1
done
status_ 127 socketpipe --probe -l { ./no-such-login } > out 2> err || fail=1
one_line_ err || fail=1
status_ 125 socketpipe --probe -l { env PATH=/none } > out 2> err || fail=1
has_line_ err "no 'socketpipe' could be run by the login command" || fail=1
status_ 125 socketpipe --probe -l { sh -c '"$@" < /dev/null' sh } \
  > out 2> err || fail=1
has_line_ err 'closes standard input' || fail=1
status_ 125 socketpipe --probe -l { sh -c \
  'echo "=socketpipe-agent 1 1 2.0"; yes rubbish' } > out 2> err || fail=1
has_line_ err 'what the login command .* passes on is not clean' || fail=1
no_process_left_ || fail=1

# It cannot be printed.
if test -c /dev/full; then
  status_ 125 socketpipe --probe -4 --listen=local -t 1 -h 255.255.255.255 \
    -l { env } > /dev/full 2> err || fail=1
  one_line_ err || fail=1
fi

# It is interrupted, or the other end dies, while it measures.
cat > bin/login <<'EOT' && chmod +x bin/login || framework_failure_
#!/bin/sh
echo $$ > agent
exec "$@"
EOT
measures_ () { grep '^socketpipe: measuring' err > /dev/null; }
for victim in local agent; do
  : > err
  socketpipe --probe -v -4 -l { login } > out 2> err &
  pid=$!
  wait_for_ measures_ || fail=1
  case $victim in
    local) kill -TERM $pid; expected=143 ;;
    agent) kill -KILL "$(cat agent)"; expected=125 ;;
  esac
  helper wait-gone $run_limit_ $pid || { fail=1; kill -KILL $pid; }
  wait $pid
  test $? = $expected || fail=1
  compare /dev/null out || fail=1
  no_process_left_ || fail=1
done
has_line_ err '^socketpipe: lost contact with ' || fail=1

Exit $fail
