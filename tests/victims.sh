# Runs in which something is killed.  Source it after lib.sh.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

# Each process of such a run leaves its number in a file, so that it can be
# killed: input, output, remote, login, local, agent.  The readers record
# in the files remote.end and output.end how their input ended.

victims_="input remote output login local agent"

# victim NAME COMMAND...: be NAME, the child of socketpipe here or there.
cat > bin/victim <<'EOF' && chmod +x bin/victim || framework_failure_
#!/bin/sh
name=$1
shift
parent=
case $name in
  login) parent=local ;;
  remote) parent=agent ;;
esac
for i in $name $parent; do
  test $i = $name && pid=$$ || pid=$PPID
  echo $pid > $i.tmp && mv $i.tmp $i
done
exec "$@"
EOF

# A login that lets nothing through to the agent until the file "go" is there.
cat > bin/slow-login <<'EOF' && chmod +x bin/slow-login || framework_failure_
#!/bin/sh
until test -f go; do helper nap 20; done
exec "$@"
EOF

# What the stages do: write on and on, or something and then nothing more.
cat > bin/write-on <<'EOF' && chmod +x bin/write-on || framework_failure_
#!/bin/sh
case $1 in
  busy) exec helper random 1000000M ;;
  idle) echo data; exec helper sit idle ;;
esac
EOF
# start_ up|down|both busy|idle LOGIN...: start a run in which data goes
# there, back, or there and back; wait until it goes.
start_ ()
{
  way_=$1 how_=$2
  shift 2
  rm -f $victims_ idle ./*.end data
  case $way_ in
    up) set -- -i { victim input write-on $how_ } -l { victim login "$@" } \
      -r { victim remote sh -c 'head -c 3 > data; exec helper drain remote.end' } ;;
    down) set -- -r { victim remote write-on $how_ } \
      -l { victim login "$@" } \
      -o { victim output sh -c 'head -c 3 > data; exec helper drain output.end' } ;;
    both) set -- -i { victim input write-on $how_ } -l { victim login "$@" } \
      -r { victim remote cat } \
      -o { victim output sh -c 'head -c 3 > data; exec helper drain output.end' } ;;
  esac
  socketpipe "$@" 2> err &
  run_=$!
  at_exit_ "kill -KILL $run_ 2> /dev/null"
  wait_for_ test -s data || fail=1
  test $how_ = busy || wait_for_ test -f idle || fail=1
}

kill_ ()
{
  # It may be there, but without what is to be read from it.
  wait_for_ test -s "$1" || fail=1
  kill -KILL "$(cat "$1")" || fail=1
}

# ends_ STATUS SECONDS: the run ends with STATUS within SECONDS (a busy machine
# may take three times as long), leaves no process on either side, and no
# reader took a cut stream for a whole one.
ends_ ()
{
  helper wait-gone $((3 * $2)) $run_ || { fail=1; kill -KILL $run_; }
  wait $run_
  actual_status_=$?
  test $actual_status_ = "$1" \
    || { warn_ "$way_, $how_: status $actual_status_ instead of $1"; fail=1; }
  no_process_left_ || fail=1
  for end_ in ./*.end; do
    test -f "$end_" && grep '^end ' "$end_" \
      && { warn_ "$way_, $how_: $end_: not cut"; fail=1; }
  done
}
