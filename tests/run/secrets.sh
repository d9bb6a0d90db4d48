#!/bin/sh
# The secret of a run goes to the agent and nowhere else, and what the remote
# command is called is seen in its own arguments only.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe

test -r /proc/self/environ || skip_ "no /proc/PID/environ here"

# record_ FILE: copy into the directory FILE what can be seen of the processes
# of this test, but of those that only look.
cat > bin/record <<'EOF' && chmod +x bin/record || framework_failure_
#!/bin/sh
mkdir "$1.tmp" || exit 1
helper marked "SOCKETPIPE_TEST_ID=$SOCKETPIPE_TEST_ID" \
  | while read -r pid words; do
  case $words in
    */bin/record*) ;;
    *) cat /proc/$pid/cmdline > "$1.tmp/$pid.args" 2> /dev/null
       cat /proc/$pid/environ > "$1.tmp/$pid.environ" 2> /dev/null ;;
  esac
done
mv "$1.tmp" "$1"
EOF

# A login that records what crosses it, and which lets the agent know what to
# start only when all has been looked at that there is before that.
cat > bin/recording-login <<'EOF' && chmod +x bin/recording-login \
  || framework_failure_
#!/bin/sh
run=$1
shift
helper args "$@" > $run/login.args
tee $run/sent | {
  IFS= read -r banner
  printf '%s\n' "$banner"
  until test -d $run/before; do helper nap 20; done
  exec cat
} | "$@" | {
  # The agent is up when its banner is there.
  IFS= read -r banner
  record $run/before
  printf '%s\n' "$banner"
  exec cat
} | tee $run/received
EOF

# The remote command: look around, before and after its first data.
cat > bin/remote-words <<'EOF' && chmod +x bin/remote-words \
  || framework_failure_
#!/bin/sh
echo $PPID > "$1/agent"
record "$1/while"
: > "$1/started"
until test -f "$1/go"; do helper nap 20; done
exec cat
EOF

cat > bin/input-words <<'EOF' && chmod +x bin/input-words \
  || framework_failure_
#!/bin/sh
echo $PPID > "$1/local"
echo data
EOF

words='very secret word'

# hidden_ SECRET FILE...: the bytes of SECRET are in none of FILEs.
hidden_ ()
{
  od -An -v -tx1 "$1" | tr -d ' \n' > hex
  shift
  for file_ do
    # Lines as long as that are not everybody's.
    if od -An -v -tx1 "$file_" | tr -d ' \n' | grep "$(cat hex)" \
        > /dev/null; then
      warn_ "the secret is in $file_"
      fail=1
    fi
  done
}

# run_ NAME [OPTION]: a run whose secret is left in NAME/secret.
run_ ()
{
  mkdir $1 || framework_failure_
  socketpipe -v $2 -i { input-words $1 } -l { recording-login $1 } \
    -r { remote-words $1 "$words" } -o { cat } > $1/out 2> $1/err &
  run_=$!
  at_exit_ "kill -KILL $run_ 2> /dev/null"
  wait_for_ test -f $1/started || fail=1
  wait_for_ test -f $1/local || fail=1
  helper message-field link/secret < $1/sent > $1/secret || fail=1
  test "$(wc -c < $1/secret)" -eq 32 || fail=1

  # What nobody needs any more is not kept, by no process of ours.
  helper marked "SOCKETPIPE_TEST_ID=$SOCKETPIPE_TEST_ID" \
    | grep ' socketpipe -' > $1/ours
  for side_ in "$(cat $1/local)" "$(cat $1/agent)"; do
    grep "^$side_ " $1/ours > /dev/null || { warn_ "no $side_"; fail=1; }
  done
  while read -r pid_ words_; do
    helper memory $pid_ $1/secret > $1/found
    case $? in
      0) ;;
      1) warn_ "the secret is in the memory of $pid_ $words_:"
         cat $1/found >&2
         fail=1 ;;
      77) echo "the memory of $pid_ is not for us to see" >&2 ;;
      *) fail=1 ;;
    esac
  done < $1/ours
  : > $1/go
  helper wait-gone $run_limit_ $run_ || { fail=1; kill -KILL $run_; }
  wait $run_ || fail=1
  echo data > exp
  compare exp $1/out || fail=1

  # The login is told what program to start, and nothing of the run but the
  # ports and the number of channels.
  printf '%s\n' 2 '[socketpipe]' '[--agent=PORT.PORT.2.PORT]' > exp
  sed 's/=[0-9]*\.[0-9]*\.\([0-9]*\)\.[0-9]*\]/=PORT.PORT.\1.PORT]/' \
    $1/login.args > got
  compare exp got || fail=1

  for file_ in $1/before/*.args $1/before/*.environ $1/while/*.args \
      $1/while/*.environ; do
    tr '\0' '\n' < "$file_" > text
    grep "$words" text > /dev/null || continue
    # Who may have it: the program here, what it is before it executes a
    # command, and the command there.
    case $file_:$(tr '\n' ' ' < text) in
      *.args:socketpipe' -v '*) ;;
      $1/while/*.args:*/remote-words' '*) ;;
      *) warn_ "$file_ has the words:"
         cat text >&2
         fail=1 ;;
    esac
  done
  # It was looked at the right time, and at the right ones.
  for when_ in before while; do
    for args_ in socketpipe.-v socketpipe.--agent recording-login; do
      cat $1/$when_/*.args | tr '\0' ' ' | grep "$args_" > /dev/null \
        || { warn_ "no $args_ $when_"; fail=1; }
    done
  done
  cat $1/while/*.args | tr '\0' '\n' | grep remote-words > /dev/null \
    || fail=1

  hidden_ $1/secret $1/before/* $1/while/* $1/out $1/err $1/received \
    $1/login.args
  # Nor as text of any kind.
  od -An -v -tx1 $1/secret | tr -d ' \n' > $1/hex
  for text_ in "$(cat $1/hex)" "$(tr a-f A-F < $1/hex)"; do
    if grep -r "$text_" $1/err $1/out $1/received $1/before $1/while; then
      warn_ "the secret is printed"
      fail=1
    fi
  done
  # It crossed as a line of text.
  LC_ALL=C sed -n '2{/^[A-Za-z0-9+\/]*=*$/p;}' $1/sent > line
  test -s line || { warn_ "no line of base64 in $1/sent"; fail=1; }
  sed -n 2p $1/sent > line
  for text_ in $1/err $1/out $1/received; do
    if grep -F -f line $text_; then fail=1; fi
  done
}

run_ one
run_ two
# With relays.
run_ three --buffer=64K
if grep '^#define GNUTLS_LIBRARY' "$CONFIG_HEADER" > /dev/null; then
  run_ four --encrypt
fi
cmp one/secret two/secret > /dev/null && { warn_ "the same secret"; fail=1; }

no_process_left_ || fail=1

Exit $fail
