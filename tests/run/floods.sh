#!/bin/sh
# However much another host says, this one obeys its user: what is beyond all
# bounds ends the run at once, and signals are heard all the time.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe

# An agent that says what the file WORDS has, and stays.
cat > bin/agent <<'EOT' && chmod +x bin/agent || framework_failure_
#!/bin/sh
printf '=socketpipe-agent 1 1 2.0\n'
. ./words
exec cat > /dev/null
EOT
agent="--remote-path=$test_dir_/bin/agent"

for words in 'offer 100000' 'offer 65' 'tried 600000' 'tried 257' \
             'beats 100; helper flood tried 10000'; do
  echo "helper flood $words" > words
  status_ 125 socketpipe -i { cat /dev/zero } -l { env } "$agent" \
    -r { cat } 2> err || fail=1
  one_line_ err || fail=1
  has_line_ err '^socketpipe: what the login command .* is not clean' \
    || fail=1
done

# What is within bounds is taken, and there is no end of it: a signal ends the
# run.
echo 'while helper flood beats 1000; do : > flooding; done' > words
for sig in INT TERM; do
  rm -f flooding
  helper defaults socketpipe -i { cat /dev/zero } -l { env } "$agent" \
    -r { cat } 2> err &
  run=$!
  at_exit_ "kill -KILL $run 2> /dev/null"
  wait_for_ test -f flooding || fail=1
  kill -$sig $run
  helper wait-gone 20 $run || { fail=1; kill -KILL $run; }
  wait $run
  ended=$?
  case $sig,$ended in
    INT,130 | TERM,143) ;;
    *) warn_ "status $ended after SIG$sig"; fail=1 ;;
  esac
done

# The same the other way round.  A port of loopback where nothing answers:
# the agent goes on trying.
mkfifo to || framework_failure_
for words in 'while helper flood beats 1000; do : > flooding; done' \
             'while helper flood tried 200; do : > flooding; done'; do
  rm -f flooding
  { helper run-message 127.0.0.1 1 100000 cat; eval "$words"; } \
    2> /dev/null > to &
  socketpipe --agent < to > said 2> err &
  run=$!
  at_exit_ "kill -KILL $run 2> /dev/null"
  wait_for_ test -f flooding || fail=1
  kill -TERM $run
  helper wait-gone 20 $run || { fail=1; kill -KILL $run; }
  wait $run
done

# And what is too much for an agent: it says so, and ends.
{ helper run-message 127.0.0.1 1 100000 cat; helper flood tried 600000; } \
  2> /dev/null > to &
status_ 125 socketpipe --agent < to > said 2> err || fail=1
has_line_ said 'what comes in is not a message' || fail=1

no_process_left_ || fail=1

Exit $fail
