#!/bin/sh
# Without any direct way all is the same, through the login.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
. "$srcdir/tests/sshd.sh"
. "$srcdir/tests/hosts.sh"
print_ver_ socketpipe
hosts_need_
sshd_prepare_hosts_
helper random 5M > data || framework_failure_

# Much slower programs get less to do.
size=500M
grep __asan_ "$(command -v socketpipe)" > /dev/null && size=50M

# blocked_: two hosts with nothing but a login between them.
blocked_ ()
{
  pair_
  firewall_ here input "$tcp_reject_"
  firewall_ there input "$ssh_passes_" "$tcp_reject_"
}

# Much data both ways at once.
much_ ()
{
  blocked_
  login='on there'
  helper random $size 5 | helper sum > exp
  command_ 0 -v -i { helper random $size 5 } -l { $login } -r { cat } \
    -o { helper sum }
  compare exp out || fail=1
  route_ both login
  set_up_within_ 5
}

# A reader that stops for a while does not stop the other direction.
stops_ ()
{
  blocked_
  helper random 20M 5 | helper sum > exp
  command_ 0 -v -i { helper random 20M 5 } -l { $login } \
    -r { sh -c "helper random 20M 5 & helper sum > $PWD/there
        : > $PWD/read; wait" } \
    -o { sh -c 'until test -f read; do helper nap 20; done; helper sum' }
  compare exp there || fail=1
  compare exp out || fail=1
  route_ both login

  # The other way round: the remote command reads when all that it wrote has
  # been read here.
  rm -f read
  command_ 0 -i { helper random 20M 5 } -l { $login } \
    -r { sh -c "helper random 20M 5
        until test -f $PWD/read; do helper nap 20; done
        helper sum > $PWD/there" } \
    -o { sh -c 'head -c 20971520 | helper sum; : > read' }
  compare exp there || fail=1
  compare exp out || fail=1
}

# The writer meets what it would meet on a pipe.
early_ ()
{
  blocked_
  echo 'EPIPE SIGPIPE' > exp
  for reader in 'eat 0' 'eat 1' 'eat 3M'; do
    command_ 0 -v -i { helper fill how } -l { $login } -r { helper $reader }
    route_ input login
    sed 's/ [0-9]*$//' how > met
    compare exp met || fail=1
    rm -f how
    command_ 0 -v -l { $login } -r { helper fill "$PWD/how" } \
      -o { helper $reader }
    route_ output login
    sed 's/ [0-9]*$//' how > met
    compare exp met || fail=1
    rm -f how
  done

  # What a reader writes when it has left still arrives.
  helper random 20M 5 | helper sum > exp
  command_ 0 -i { helper random 200M } -l { $login } \
    -r { sh -c 'helper eat 1M; helper random 20M 5' } -o { helper sum }
  compare exp out || fail=1
}

# not_whole_: the process that made "got" met no end of its input.
not_whole_ ()
{
  cut_ got ../data || wrong_
  said_ '^socketpipe: .*its input was cut short'
}

# The status tells the truth, and what was cut does not look whole.
fails_ ()
{
  blocked_
  command_ 7 -v -i { cat ../data } -l { $login } \
    -r { sh -c 'cat; exit 7' } -o { cat }
  cmp ../data out || fail=1
  route_ both login
  said_ "^socketpipe: remote command 'sh' on [^ ]+ failed: exit status 7"
  command_ 3 -i { sh -c 'cat ../data; exit 3' } -l { $login } -r { cat } \
    -o { cat }
  cmp ../data out || fail=1
  command_ 127 -i { cat ../data } -l { $login } -r { no-such-command }

  command_ 137 -l { $login } \
    -r { sh -c 'helper random 5M; kill -KILL $$' } -o { helper read-whole got }
  not_whole_
  command_ 137 -i { sh -c 'helper random 5M; kill -KILL $$' } \
    -l { $login } -r { helper read-whole "$PWD/got" }
  not_whole_
}

# A full disk, here and there.
full_ ()
{
  blocked_
  test -c /dev/full || return
  command_ 1 -l { $login } -r { helper random 20M } -o { dd of=/dev/full }
  said_ "^socketpipe: output command 'dd' failed: exit status 1"
  command_ 1 -i { helper random 20M } -l { $login } -r { dd of=/dev/full }
  said_ "^socketpipe: remote command 'dd' on [^ ]+ failed: exit status 1"
  status_ 125 on here socketpipe -i { helper random 20M } -l { $login } \
    -r { cat } > /dev/full 2> err || fail=1
  said_ '^socketpipe: cannot write standard output: No space left on device'
}

# One warning, which can be switched off.
warns_ ()
{
  blocked_
  command_ 0 -i - -l { $login } -r { cat } < ../data
  cmp ../data out || fail=1
  one_line_ err || fail=1
  said_ '^socketpipe: no direct connection with [^ ]+, so the data goes through the login: '
  command_ 0 -q -i - -l { $login } -r { cat } < ../data
  cmp ../data out || fail=1
  compare /dev/null err || fail=1
}

# With --no-fallback it is an error that says what was tried.
refuses_ ()
{
  blocked_
  command_ 125 --no-fallback -i { helper sit in } -l { $login } \
    -r { sh -c "echo > $PWD/ran" }
  one_line_ err || fail=1
  for what in '192\.0\.2\.1 port [0-9]+: Connection refused' \
      '192\.0\.2\.2 port [0-9]+: Connection refused'
  do
    said_ "^socketpipe: no direct connection with [^ ]+: .*$what"
  done
  # Nothing has begun.
  test ! -f ran && test ! -f in || fail=1

  # For nothing where there is a way.
  on here nft flush ruleset
  run_ 0 --no-fallback
  route_ both "$direct"
}

# Which end listens can be chosen, and then there is no other way.
listens_ ()
{
  pair_
  firewall_ here input "$tcp_reject_"
  run_ 0 --listen=local
  route_ both login
  run_ 0 --listen=remote
  route_ both local-to-remote
  on here nft flush ruleset
  run_ 0 --listen=remote
  route_ both local-to-remote
  firewall_ there input "$ssh_passes_" "$tcp_reject_"
  run_ 0 --listen=remote
  route_ both login
  run_ 0 --listen=local
  route_ both remote-to-local
  set_up_within_ 5
}

start_case_ much much_
start_case_ stops stops_
start_case_ early early_
start_case_ fails fails_
start_case_ full full_
start_case_ warns warns_
start_case_ refuses refuses_
start_case_ listens listens_
finish_cases_
no_process_left_ || fail=1

Exit $fail
