# Measuring in rounds, and writing down what was measured.  bench.sh sources
# it.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

# ----------------------------------------------------------------------
# The file of results.

# workload_ NAME TITLE: what follows is for $results/NAME.csv.
workload_ ()
{
  workload=$1
  csv=$results/$1.csv
  tables="$tables $csv"
  {
    echo "# $2"
    sed 's/^/# /' about
    echo 'workload,contender,round,metric,unit,value'
  } > "$csv"
  say_ "$1: $2"
}

# record_ METRIC UNIT VALUE: for $contender in $round.
record_ ()
{
  echo "$workload,$contender,$round,$1,$2,$3" >> "$csv"
}

say_ ()
{
  printf '%s\n' "$*" >&2
}

# value_ FILE KEY: print what the gauge has written there.
value_ ()
{
  sed -n "s/^$2 //p" "$1"
}

# ----------------------------------------------------------------------
# Rounds.

# among_ CONTENDER...: set $contenders to those that are wanted, and are
# there; say why one is not.
among_ ()
{
  contenders=
  for contender in "$@"; do
    case " ${CONTENDERS-$contender} " in
      *" $contender "*) ;;
      *) continue ;;
    esac
    if available_ $contender; then
      contenders="$contenders $contender"
    else
      say_ "  $contender is left out: $reason"
      echo "# left out: $contender: $reason" >> "$csv"
    fi
  done
}

# in_rounds_ COUNT COMMAND...: run COMMAND for each of $contenders, COUNT
# times.  Which one is the first changes, so that what the machine does
# meanwhile hits none more than the others.
in_rounds_ ()
{
  rounds=$1
  shift
  round=0
  while test $round -lt $rounds; do
    round=$((round + 1))
    for contender in $contenders; do
      id=0
      begin_run_
      "$@" || gave_up_ $?
    done
    set_first_last_
  done
}

set_first_last_ ()
{
  set -- $contenders
  first=$1
  shift
  contenders="$* $first"
}

# begin_run_: a new run begins; nothing is left of the one before.
begin_run_ ()
{
  rm -f "$near"/*.[0-9] "$near"/*.[0-9][0-9] "$near"/*.[0-9][0-9][0-9]
  port=$((port + 2))
  test $port -lt 32000 || port=$first_port
}

# call_ SHAPE: run $contender as that, with what it says kept.
call_ ()
{
  $1_$(printf %s $contender | tr .- __) > "$near/out.$id" 2> "$near/err.$id"
}

# gave_up_ STATUS: say so, write it down, and clear away what is left.
gave_up_ ()
{
  say_ "  $contender failed in round $round (status $1)"
  sed "s/^/    /" "$near"/err.* | head -n 20 >&2
  record_ failed status $1
  # What others cannot do is a result, and no fault of the benchmark.
  case $contender in
    socketpipe | socketpipe-[ep] | raw) failures=$((failures + 1)) ;;
  esac
  left=$(marked_processes_ | grep -v -e ' sit ' -e ' delay-link ' \
           | sed 's/ .*//')
  test -z "$left" || kill -KILL $left 2> /dev/null
}

# ----------------------------------------------------------------------
# What one run has brought.

# flow_ BYTES FILE: record the rate of that many bytes, from the time when the
# first one could be read to the end, and what the machine did for them.
flow_ ()
{
  test -s "$2" || return
  bytes=$(value_ "$2" bytes)
  : ${bytes:=$1}
  set -- $(awk -v bytes=$bytes '
    { v[$1] = $2 }
    END {
      seconds = (v["end"] - v["begin"]) / 1e9
      printf "%.2f ", bytes / 1e6 / seconds
      if (v["busy"] != "" && 0 <= v["busy"])
        printf "%.4f", v["busy"] / 1e9 / (bytes / 1073741824)
    }' "$2")
  record_ rate MB/s $1
  test -z "${2-}" || record_ cpu s/GiB $2
}

# took_ METRIC: record how long the client took.
took_ ()
{
  record_ $1 s $(awk '{ v[$1] = $2 }
                      END { printf "%.4f", (v["end"] - v["begin"]) / 1e9 }' \
                     "$near/client.$id")
}

# arrived_ BYTES FILE: dd says in FILE that it got so many.
arrived_ ()
{
  grep -E "^$1 bytes " "$2" > /dev/null && return
  echo "not $1 bytes:" >> "$near/err.$id"
  cat "$2" >> "$near/err.$id"
  return 1
}
