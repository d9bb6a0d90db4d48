# Runs of several stages over three hosts, and what has to hold for them
# whatever reaches these hosts.  Source it after lib.sh.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

# A test says what its hosts are:
#   pipeline_on_    what runs a command on this host ("on here"), or nothing
#   login_one_      the logins of the other two
#   login_two_
#   name_one_       what these hosts are called
#   name_two_
# The present directory is the same on all of them.

# pipeline_ STATUS [OPTION]... -- INPUT ONE TWO OUTPUT: run these four stages,
# each a command for a shell; "-" as the first or the last one for a run
# without it.  What it prints goes to the files out and err.
pipeline_ ()
{
  pipeline_status_=$1
  shift
  pipeline_options_=
  while test "$1" != --; do
    pipeline_options_="$pipeline_options_ $1"
    shift
  done
  shift
  case $1,$4 in
    -,-) pipeline_run_ -l { $login_one_ } -r { sh -c "$2" } \
           -l { $login_two_ } -r { sh -c "$3" } ;;
    -,*) pipeline_run_ -l { $login_one_ } -r { sh -c "$2" } \
           -l { $login_two_ } -r { sh -c "$3" } -o { sh -c "$4" } ;;
    *,-) pipeline_run_ -i { sh -c "$1" } -l { $login_one_ } -r { sh -c "$2" } \
           -l { $login_two_ } -r { sh -c "$3" } ;;
    *) pipeline_run_ -i { sh -c "$1" } -l { $login_one_ } -r { sh -c "$2" } \
         -l { $login_two_ } -r { sh -c "$3" } -o { sh -c "$4" } ;;
  esac
}

pipeline_run_ ()
{
  status_ "$pipeline_status_" $pipeline_on_ several $pipeline_options_ "$@" \
    > out 2> err && return
  fail=1
  return 1
}

# failures_ [PLACE WHAT]...: what the next run has to say, in the file exp.
failures_ ()
{
  : > exp
  while test $# != 0; do
    case $1 in
      one) echo "socketpipe: remote command 'sh' on $name_one_ failed: $2" ;;
      two) echo "socketpipe: remote command 'sh' on $name_two_ failed: $2" ;;
      *) echo "socketpipe: $1 command 'sh' failed: $2" ;;
    esac >> exp
    shift 2
  done
}

# said_all_: the last run said what is in exp, and nothing else.
said_all_ ()
{
  compare exp err || fail=1
}

# status_table_: the status is that of the last stage that failed, wherever it
# is, and is explained.
status_table_ ()
{
  failures_
  pipeline_ 0 -- 'echo data' cat cat cat
  said_all_
  echo data | compare - out || fail=1
  pipeline_ 0 -- - 'echo data' cat cat
  said_all_
  echo data | compare - out || fail=1
  pipeline_ 0 -- 'echo data' cat cat -
  said_all_
  echo data | compare - out || fail=1

  # N: it exits with that.
  failures_ input 'exit status 3'
  pipeline_ 3 -- 'exit 3' cat cat cat
  said_all_
  failures_ one 'exit status 4'
  pipeline_ 4 -- 'echo data' 'cat; exit 4' cat cat
  said_all_
  failures_ two 'exit status 5'
  pipeline_ 5 -- 'echo data' cat 'cat; exit 5' cat
  said_all_
  failures_ output 'exit status 6'
  pipeline_ 6 -- 'echo data' cat cat 'cat; exit 6'
  said_all_
  failures_ input 'exit status 3' one 'exit status 4' two 'exit status 5'
  pipeline_ 5 -- 'exit 3' 'cat; exit 4' 'cat; exit 5' cat
  said_all_
  failures_ one 'exit status 4' output 'exit status 6'
  pipeline_ 6 -- 'echo data' 'cat; exit 4' cat 'cat; exit 6'
  said_all_

  # 128+N: it is killed by a signal, and all that read after it meet an error.
  killed='killed by signal 9 (Killed)'
  cut='exit status 1 (its input was cut short)'
  failures_ input "$killed" one "$cut" two "$cut" output "$cut"
  drain="helper drain $PWD/drained"
  pipeline_ 137 -- 'kill -9 $$' "$drain.1" "$drain.2" "$drain.3"
  said_all_
  failures_ one "$killed" two "$cut" output "$cut"
  pipeline_ 137 -- 'echo data' 'cat; kill -9 $$' "$drain.2" "$drain.3"
  said_all_
  failures_ two "$killed" output "$cut"
  pipeline_ 137 -- 'echo data' cat 'cat; kill -9 $$' "$drain.3"
  said_all_
  failures_ output "$killed"
  pipeline_ 137 -- 'echo data' cat cat 'cat; kill -9 $$'
  said_all_

  # 127, 126: it cannot be run, and then nothing is started on this host, nor
  # a command on another one that only writes.
  for what in no-such-command:127:'No such file or directory' \
      $test_dir_/bin:126:'Permission denied'; do
    command=${what%%:*} text=${what##*:}
    status=${what#*:} status=${status%%:*}
    rm -f ran
    failures_
    for place in one two; do
      eval name=\$name_${place}_
      echo "socketpipe: cannot run remote command '$command' on $name: $text" \
        > exp
      # The other one may have begun to read.
      one="helper drain $PWD/drained" two=$one
      eval $place=\$command
      status_ $status $pipeline_on_ several -i { sh -c ': > ran' } \
        -l { $login_one_ } -r { $one } -l { $login_two_ } -r { $two } \
        -o { sh -c ': > ran' } > out 2> err || fail=1
      said_all_
      test ! -f ran || { fail=1; rm -f ran; }
    done
    echo "socketpipe: cannot run output command '$command': $text" > exp
    status_ $status $pipeline_on_ several -l { $login_one_ } -r { cat } \
      -l { $login_two_ } -r { cat } -o { $command } > out 2> err || fail=1
    said_all_
    echo "socketpipe: cannot run input command '$command': $text" > exp
    status_ $status $pipeline_on_ several -i { $command } \
      -l { $login_one_ } -r { cat } -l { $login_two_ } -r { cat } \
      > out 2> err || fail=1
    said_all_
  done
  echo "socketpipe: cannot run remote command 'no-such-command' on $name_two_:\
 No such file or directory" > exp
  status_ 127 $pipeline_on_ several -l { $login_one_ } -r { touch "$PWD/ran" } \
    -l { $login_two_ } -r { no-such-command } > out 2> err || fail=1
  said_all_
  test ! -f ran || fail=1

  # A reader that leaves early is no failure, and its writer ends.
  failures_
  for reader in one two output; do
    one=cat two=cat output=cat
    eval $reader="'head -c 1000'"
    pipeline_ 0 -- 'helper random 1000000M' "$one" "$two" "$output"
    said_all_
    test "$(wc -c < out)" -eq 1000 || fail=1
  done
}

# resets_ [OPTION]...: after a writer was killed its readers come to no end of
# their input, on whatever host.
resets_ ()
{
  helper random 5M 3 > whole || framework_failure_
  rm -f got*
  pipeline_ 137 "$@" -- 'cat whole; kill -9 $$' cat cat 'helper read-whole got'
  cut_ got whole || fail=1
  pipeline_ 137 "$@" -- - 'helper random 5M 3; kill -9 $$' \
    "helper read-whole $PWD/got" cat
  cut_ got whole || fail=1
  pipeline_ 137 "$@" -- - 'helper random 5M 3' 'cat; kill -9 $$' \
    'helper read-whole got'
  cut_ got whole || fail=1

  # With --strict, any failure does that.
  pipeline_ 3 "$@" --strict -- - 'helper random 5M 3; exit 3' \
    "helper read-whole $PWD/got" cat
  cut_ got whole || fail=1
}

# counts_ BYTES: the statistics of the last run, made with --stats-json, have
# three channels, and this many bytes in each.
counts_ ()
{
  test "$(grep -c '"bytes": *'"$1"'\b' err)" = 3 && return
  cat err >&2
  fail=1
}
