# A man in the middle of encrypted connections.  Source it after lib.sh and
# hosts.sh.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

attacks_port_=7000

# attacks_need_: once, in the test.
attacks_need_ ()
{
  encrypt_need_
  hosts_need_ networks
  mkdir try try/hosts || framework_failure_
  helper random 3M > data || framework_failure_
}

# Two hosts that can speak with each other by a third one only.
middle_ ()
{
  host_ here
  host_ middle
  host_ there
  cable_ here eth0 10.0.0.2/24 middle lan 10.0.0.1/24
  cable_ middle wan 10.0.1.1/24 there eth0 10.0.1.2/24
}

# attack_ ACTION RECORD: let the one in the middle do that from now on.
attack_ ()
{
  rm -f done done.ready
  on middle helper mitm 10.0.0.2 $attacks_port_ "$PWD/done" $1 $2 &
  attacker_=$!
  wait_for_ test -f done.ready || fail=1
  attack_name_="$1 $2"
}

attack_ends_ ()
{
  test -f done || { warn_ "$attack_name_: never done"; fail=1; }
  kill $attacker_
  wait $attacker_ 2> /dev/null
}

# victim_ ARGUMENT...: a run by way of him.
victim_ ()
{
  bounded_ on here socketpipe -v -e --listen=local --port=$attacks_port_ \
    -h 10.0.1.1 --no-fallback -t 20 "$@" 2> err
  ended_=$?
}

# wrong_attack_ TEXT: say what went wrong.
wrong_attack_ ()
{
  warn_ "$attack_name_: $1"
  cat err >&2
  fail=1
}

# The reader that made "got" found its input to end like this: with the error
# $1, or in a clean end.  What it got is the beginning of the data.
reader_got_ ()
{
  if test "$1" = end; then
    test -f got || { wrong_attack_ 'no end of input'; return; }
    mv got got.part
  else
    has_line_ err "^helper: read: $1\$" || wrong_attack_ "the reader's input"
    test -f got.part || wrong_attack_ 'no input'
  fi
  cut_ got ../data || wrong_attack_ 'what was read'
}

# What is done to data on its way must end the run with an error; HOW is how
# the reader must have found its input to end.  attacked_ HOW ACTION RECORD
attacked_ ()
{
  how_=$1
  shift
  attack_ "$@"
  victim_ -i { cat ../data } -l { on there } \
    -r { helper read-whole "$PWD/got" }
  test $ended_ = 125 || wrong_attack_ "status $ended_"
  reader_got_ "$how_"
  grep -E 'channel (truncated|tampered with): ' err > /dev/null \
    || wrong_attack_ 'not said'
  attack_ends_
}

# The same for a reader here.
attacked_here_ ()
{
  how_=$1
  shift
  attack_ "$@"
  victim_ -l { on there } -r { cat ../data } -o { helper read-whole got }
  test $ended_ = 125 || wrong_attack_ "status $ended_"
  reader_got_ "$how_"
  attack_ends_
}

# Both directions at once, and what a reader has is the beginning of the data.
attacked_both_ ()
{
  attack_ "$@"
  rm -f copy
  victim_ -i { cat ../data } -l { on there } -r { cat } \
    -o { sh -c 'cat > copy' }
  test $ended_ = 125 || wrong_attack_ "status $ended_"
  head -c "$(wc -c < copy)" ../data | cmp - copy \
    || wrong_attack_ 'not what was written'
  attack_ends_
}

# What only takes time, or is done before there is a connection, changes
# nothing.
unharmed_ ()
{
  attack_ "$@"
  victim_ -i { cat ../data } -l { on there } -r { cat } \
    -o { sh -c 'cat > copy' }
  test $ended_ = 0 || wrong_attack_ "status $ended_"
  cmp ../data copy || wrong_attack_ 'not what was written'
  attack_ends_
}
