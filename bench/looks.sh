#!/bin/sh
# Measure the cost of looking for the holders of a stream, on a machine that
# has many processes.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

# "make bench-looks" calls it.  These variables change what it does:
#
# PROCESSES=N   how many others there are; 10000
# SECONDS_=N    how long is measured; 20
#
# It prints, for a command that runs, for one that has closed its output and
# runs on, and for one that has left a process behind with its output, what
# the leader and the agent took of one processor.  Exit status 1: more than the
# thousandth part.

: "${srcdir=.}" "${PROCESSES:=10000}" "${SECONDS_:=20}"
srcdir=$(cd "$srcdir" && pwd) || exit
: "${abs_top_builddir=$(pwd)}"
PATH=$abs_top_builddir/src:$abs_top_builddir/bench:$abs_top_builddir/tests:$PATH
export PATH abs_top_builddir

. "$srcdir/bench/places.sh"
require_program_ socketpipe gauge helper awk setsid
test -r /proc/self/schedstat || skip_ "the system counts no time of processes"
directory=$(mktemp -d "${TMPDIR-/tmp}/socketpipe-looks.XXXXXX") \
  && cd "$directory" || exit
run= crowd=

# End the run by ending the processes that keep it, which have written their
# numbers to files.
end_ ()
{
  for file in sits.*; do
    test ! -s "$file" || kill "$(cat "$file")" 2> /dev/null
  done
  if test -n "$run"; then
    helper wait-gone 20 $run || kill -KILL $run
    wait $run
  fi
  rm -f sits.*
  run=
}
trap 'status=$?; trap "" HUP INT TERM
      end_
      test -z "$crowd" || { kill $crowd; wait $crowd; }
      cd /
      rm -rf "$directory"
      exit $status' 0
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# wait_for_ COMMAND...: it has a minute to succeed.
wait_for_ ()
{
  tries=0
  until "$@"; do
    tries=$((tries + 1))
    test $tries -lt 1200 || framework_failure_ "in vain: $*"
    helper nap 50
  done
}

# agent_of_ PID: print the number of the agent, which is a child of that process.
agent_of_ ()
{
  for child in $(cat /proc/$1/task/*/children); do
    if tr '\0' ' ' < /proc/$child/cmdline \
      | grep '^socketpipe --agent' > /dev/null; then
      echo $child
      return
    fi
  done
}

# spent_ PID: print the ns of a processor that the process has used.
spent_ ()
{
  cut -d ' ' -f 1 /proc/$1/schedstat
}

over=0

# measure_ NAME SCRIPT: SCRIPT, with a number for $1, is what the command does
# on either host.
measure_ ()
{
  socketpipe -q -i { sh -c "$2" sh 1 } -l { env } -r { sh -c "$2" sh 2 } \
    > out 2> err &
  run=$!
  wait_for_ test -s sits.1
  wait_for_ test -s sits.2
  # What is done at once is not what goes on.
  helper nap 2000
  agent=$(agent_of_ $run)
  test -n "$agent" || { cat err >&2; framework_failure_ "no agent"; }
  leader_before=$(spent_ $run) agent_before=$(spent_ $agent)
  begin=$(cut -d ' ' -f 1 /proc/uptime)
  helper nap "${SECONDS_}000"
  leader_after=$(spent_ $run) agent_after=$(spent_ $agent)
  end=$(cut -d ' ' -f 1 /proc/uptime)
  awk -v name="$1" -v processes=$count \
    -v leader=$((leader_after - leader_before)) \
    -v agent=$((agent_after - agent_before)) -v begin=$begin -v end=$end '
    BEGIN {
      wall = end - begin
      leader /= wall * 1e7
      agent /= wall * 1e7
      printf "%-28s %9d %9.4f %% %9.4f %%%s\n", name, processes, leader, \
        agent, (0.1 < leader || 0.1 < agent ? "  too much" : "")
      exit 0.1 < leader || 0.1 < agent
    }' || over=1
  end_
}

measure_all_ ()
{
  measure_ 'runs' 'exec helper sit sits.$1'
  measure_ 'closed its output' 'exec >&-; exec helper sit sits.$1'
  measure_ 'left a process behind' 'setsid helper sit sits.$1 <&0 &'
}

printf '%-28s %9s %11s %11s\n' "the command" processes leader agent
count=0
measure_all_
gauge crowd $PROCESSES crowd &
crowd=$!
wait_for_ test -s crowd
count=$PROCESSES
measure_all_
exit $over
