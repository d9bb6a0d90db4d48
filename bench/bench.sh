#!/bin/sh
# Measure socketpipe against everything else that gets data from a command on
# one host to a command on another.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

# "make bench" and "make bench-remote HOST=..." call it.  These variables,
# which may be given to make, change what it does; see also HACKING.
#
# MODE=quick|full|smoke  how large and how often: 20 minutes, an hour, or
#                     seconds that only show that everything works
# HOST=HOST           use that host as the other one; without it, two hosts
#                     are made in network name spaces of this machine
# WORKLOADS='...'     only these
# CONTENDERS='...'    only these
# ROUNDS=N            how often
# SIZE=MIB            how much bulk data
# RESULTS=DIRECTORY   where the results go
# SOCKETPIPE_1_10=PROGRAM  a socketpipe 1.10, by its full name
# FAR_SOCKETPIPE=PROGRAM   what the program is on HOST
# ADDRESS=ADDRESS     of HOST, where its name will not do
# SSH='ssh ...'       how to log in to HOST

: "${srcdir=.}"
srcdir=$(cd "$srcdir" && pwd) || exit
: "${abs_top_builddir=$(pwd)}"
: "${CONFIG_HEADER=$abs_top_builddir/config.h}"
PATH=$abs_top_builddir/src:$abs_top_builddir/bench:$abs_top_builddir/tests:$PATH
export PATH abs_top_builddir CONFIG_HEADER

# Empty is as good as not set: make passes all of them on.  Names of hosts and
# files are not published.
: "${BENCH_COMMAND=sh bench/bench.sh}"
for variable in MODE HOST WORKLOADS CONTENDERS ROUNDS SIZE RESULTS TREE \
    SOCKETPIPE_1_10 FAR_SOCKETPIPE ADDRESS SSH
do
  eval "value=\${$variable-}"
  if test -z "$value"; then
    unset $variable
    continue
  fi
  case $variable:$value in
    MODE:* | ROUNDS:* | SIZE:*)
      BENCH_COMMAND="$BENCH_COMMAND $variable=$value" ;;
    WORKLOADS:* | CONTENDERS:*)
      BENCH_COMMAND="$BENCH_COMMAND $variable='$value'" ;;
  esac
done

. "$srcdir/bench/places.sh"
. "$srcdir/init.cfg"
. "$srcdir/bench/frame.sh"
. "$srcdir/bench/contenders.sh"
. "$srcdir/bench/plot.sh"
. "$srcdir/bench/workloads.sh"
. "$srcdir/bench/workloads-link.sh"
. "$srcdir/bench/workloads-own.sh"

# ----------------------------------------------------------------------
# How much of everything.

: "${MODE=full}"
# What is judged by a few per cent must not be over in an instant.
: "${BULK_SIZE=${SIZE-}}"
case $MODE in
  smoke)
    : "${ROUNDS=1}" "${SIZE=16}" "${SETUPS=1}" "${TURNS=100}"
    : "${MANY=1 4}" "${MANY_SIZE=4}" "${MANY_ROUNDS=1}"
    : "${LINK_SIZE=2}" "${LOSS_SIZE=1}" ;;
  quick)
    : "${ROUNDS=5}" "${SIZE=1024}" "${BULK_SIZE:=4096}" "${SETUPS=100}"
    : "${TURNS=2000}"
    : "${MANY=1 8 64 256}" "${MANY_SIZE=1024}" "${MANY_ROUNDS=1}"
    : "${LINK_SIZE=64}" "${LOSS_SIZE=4}" ;;
  full)
    : "${ROUNDS=9}" "${SIZE=4096}" "${SETUPS=100}" "${TURNS=20000}"
    : "${MANY=1 8 64 256}" "${MANY_SIZE=4096}" "${MANY_ROUNDS=5}"
    : "${LINK_SIZE=512}" "${LOSS_SIZE=16}" ;;
  *)
    echo "bench: MODE is quick, full or smoke, not $MODE" >&2
    exit 2 ;;
esac
: "${BULK_SIZE:=$SIZE}"
all_workloads="bulk progress duplex tar compress turnaround setup own many
  link-limit link link-loss link-turn link-setup"
: "${WORKLOADS=$all_workloads}" "${RESULTS=bench/results}"
: "${TREE=$srcdir}"
# A host of yours lets in no more at once.
test -z "${HOST-}" || MANY='1 8'
# No single run may take longer than this many seconds.
test $MODE = full && limit=300 || limit=100

# ----------------------------------------------------------------------
# A place to work in, and the end of it.

mkdir -p "$RESULTS" && results=$(cd "$RESULTS" && pwd) || exit
# Of what is not measured again, the old results stay.
for workload in $WORKLOADS; do
  rm -f "$results/$workload.csv" "$results/$workload"-[0-9]*.csv
done
rm -f "$results"/*.svg "$results"/table.txt
test_dir_=$(mktemp -d "${TMPDIR-/tmp}/socketpipe-bench.XXXXXX") \
  && cd "$test_dir_" || exit

. "$srcdir/tests/lib.sh"
# What it does for tests that fail takes time.
set +x
unset BASH_XTRACEFD
exec 7>&-
trap 'status=$?; trap "" HUP INT TERM
      cleanup_
      cd /
      rm -rf "$test_dir_"
      exit $status' 0
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
. "$srcdir/tests/sshd.sh"
. "$srcdir/tests/hosts.sh"
. "$srcdir/tests/rsh.sh"

require_program_ socketpipe gauge helper awk sed ssh
failures=0 first_port=21000 port=21000 rsh= no_rsh='not set up' tables=

# about_: what every result goes with.
about_ ()
{
  echo "command: $BENCH_COMMAND"
  echo "machine: $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | sed 1q)," \
    "$(getconf _NPROCESSORS_ONLN) processors"
  # What comes after the version names its builder.
  echo "kernel: $(uname -s) $(uname -r | sed 's/-.*//')"
  printf 'versions:'
  comma=
  for contender in socketpipe socketpipe-1.10 ssh rsh nc socat ncat-ssl \
      mbuffer iperf3 socketpipe-pv
  do
    available_ $contender || continue
    printf '%s %s' "$comma" "$(version_ $contender)"
    comma=,
  done
  echo
}

if test -n "${HOST-}"; then
  remote_functions_
  remote_place_ "$HOST"
  put_ () { $login "cat > $far/$1" < "$1"; }
else
  hosts_place_
  hosts_functions_
  put_ () { cp "$1" "$far/$1"; }
  plain_hosts_
  rsh_between_hosts_ 2001:db8::1 2001:db8::2
fi
about_ > about
sed 's/^/  /' about >&2

for workload in $WORKLOADS; do
  do_$(printf %s $workload | tr - _)
done

end_line_
if test -n "${HOST-}"; then
  no_process_left_ || failures=$((failures + 1))
else
  hosts_end_ || failures=$((failures + 1))
fi
{
  cat about
  echo
  awk -v summary="$results/summary.csv" -f "$srcdir/bench/results.awk" \
    -f "$srcdir/bench/report.awk" $tables
} > "$results/table.txt"
awk -f "$srcdir/bench/results.awk" -f "$srcdir/bench/targets.awk" $tables \
  >> "$results/table.txt"
cat "$results/table.txt"
plot_all_ || failures=$((failures + 1))
test $failures = 0 || say_ "$failures runs failed"
exit $((failures != 0))
