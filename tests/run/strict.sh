#!/bin/sh
# What of a command's end counts as a cut: signals, a status that stands for
# one, and with --strict each status but 0.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe

# reader_meets_ WHAT STATUS OPTION... -- COMMAND...: with COMMAND as the writer
# the run ends with STATUS, and its reader meets WHAT: RESET, all that was
# written first; or END.
reader_meets_ ()
{
  what_=$1 expected_=$2
  shift 2
  settings_=
  while test "$1" != --; do
    settings_="$settings_ $1"
    shift
  done
  shift
  rm -f how
  status_ "$expected_" socketpipe $options $settings_ -i { "$@" } -l { env } \
    -r { helper drain how } 2> err || fail=1
  case $what_ in
    RESET) has_line_ how '^ECONNRESET 100000$' || fail=1 ;;
    END) has_line_ how '^end 100000$' || fail=1 ;;
  esac
  rm -f how
  status_ "$expected_" socketpipe $options $settings_ -l { env } -r { "$@" } \
    -o { helper drain how } 2> err || fail=1
  case $what_ in
    RESET) has_line_ how '^ECONNRESET 100000$' || fail=1 ;;
    END) has_line_ how '^end 100000$' || fail=1 ;;
  esac
}

for options in '' -e --buffer=1M '-q --listen=local -h 255.255.255.255'; do
  test "$options" != -e || encrypts_ || continue

  reader_meets_ END 0 -- helper random 100000
  reader_meets_ END 1 -- sh -c 'helper random 100000; exit 1'
  reader_meets_ END 0 --strict -- helper random 100000
  reader_meets_ RESET 1 --strict -- sh -c 'helper random 100000; exit 1'
  reader_meets_ RESET 137 -- sh -c 'helper random 100000; kill -KILL $$'

  # A shell, and socketpipe itself, tell of a killed command by their status.
  for n in 129 130 131 134 137 139 143; do
    reader_meets_ RESET $n -- sh -c "helper random 100000; exit $n"
  done
  # But SIGPIPE is how a pipeline of theirs ends early.
  reader_meets_ END 141 -- sh -c 'helper random 100000; exit 141'
  reader_meets_ RESET 137 -- socketpipe -l { env } \
    -r { sh -c 'helper random 100000; kill -KILL $$' } -o -

  # With --strict nothing is closed before the status is known.
  reader_meets_ RESET 1 --strict -- sh -c 'helper random 100000; exec >&-
    helper nap 600; exit 1'
done

no_process_left_ || fail=1

Exit $fail
