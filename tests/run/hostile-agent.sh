#!/bin/sh
# What the other host says can neither hold this one up nor have it connect to
# itself.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe

# A login that says what the file "words" has, and waits for the end of its
# input.
cat > bin/hostile <<'EOF' && chmod +x bin/hostile || framework_failure_
#!/bin/sh
echo '=socketpipe-agent 1 1 2.0'
cat words
cat > /dev/null
EOF
MESSAGE_OFFER=7 MESSAGE_TRIED=8
KEY_HOST=23 KEY_PORT4=25 KEY_PORT6=26 KEY_ADDRESS=27 KEY_SSH=29 KEY_TEXT=73
link=2:0

# refused_ TEXT OPTION...: the run ends at once because of that.
refused_ ()
{
  text_=$1
  shift
  status_ 125 helper within 20 socketpipe -t 60 "$@" > out 2> err || fail=1
  one_line_ err || fail=1
  has_line_ err "^socketpipe: $text_" || fail=1
  no_process_left_ || fail=1
}

for run in '-l { hostile } -r { cat } -o -' '--probe -l { hostile }'; do
  for words in "100000*$KEY_ADDRESS=10.0.0.1" \
    "$KEY_HOST=$(printf '%0300d' 0)" "$KEY_SSH=$(printf '%0300d' 0)" \
    "$KEY_ADDRESS=$(printf '%0300d' 0)"; do
    helper message $MESSAGE_OFFER $link $KEY_PORT4:4711 "$words" > words \
      || framework_failure_
    refused_ 'what the login command .* is not clean' $run
  done
done
helper message $MESSAGE_TRIED $link "400000*$KEY_TEXT=10.0.0.1: no" > words \
  || framework_failure_
refused_ 'what the login command .* is not clean' -l { hostile } -r { cat } -o -

# Many are not shown.
helper message $MESSAGE_TRIED $link $(seq -f "$KEY_TEXT=%g" 256) > words \
  || framework_failure_
status_ 125 helper within 60 socketpipe -t 1 -l { hostile } -r { cat } -o - \
  > out 2> err || fail=1
one_line_ err || fail=1
has_line_ err ' 19, 20, and 236 more; ' || fail=1

# One that listens here is not found out.
helper tcp-serve 0 port sh -c ': > knocked' 2> /dev/null &
server=$!
at_exit_ "kill $server 2> /dev/null"
wait_for_ test -f port || fail=1
port=$(cat port)
helper message $MESSAGE_OFFER $link $KEY_PORT4:$port $KEY_PORT6:$port \
  $KEY_ADDRESS=127.0.0.1 $KEY_ADDRESS=0.0.0.0 $KEY_ADDRESS=127.1.2.3 \
  $KEY_ADDRESS=::1 $KEY_ADDRESS=:: $KEY_ADDRESS=::ffff:127.0.0.1 \
  $KEY_ADDRESS=localhost $KEY_HOST=localhost \
  $KEY_SSH='127.0.0.1 1 127.0.0.1 22' > words || framework_failure_
for run in '-l { hostile } -r { cat } -o -' '--probe -l { hostile }'; do
  helper within 60 socketpipe -v -t 1 $run > out 2> err
  grep 'Connection refused' out err && fail=1
  test ! -f knocked || { warn_ "$run: it was reached"; cat out err; fail=1; }
  rm -f knocked
done
kill $server
wait $server

no_process_left_ || fail=1

Exit $fail
