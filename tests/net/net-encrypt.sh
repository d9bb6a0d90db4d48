#!/bin/sh
# With --encrypt, paths that lose large packets are detected as usual; through
# the login, its encryption has to do; and with one that has none, the data does
# not go there.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
. "$srcdir/tests/sshd.sh"
. "$srcdir/tests/hosts.sh"
print_ver_ socketpipe
encrypt_need_
hosts_need_
sshd_prepare_hosts_
helper random 5M > data || framework_failure_
# A login that is called like one that does not encrypt.
{ echo '#!/bin/sh'; echo 'exec on "$@"'; } > bin/rsh && chmod +x bin/rsh \
  || framework_failure_

blocked_ ()
{
  pair_
  firewall_ here input "$tcp_reject_"
  firewall_ there input "$ssh_passes_" "$tcp_reject_"
}

# Through the login, with a warning, and no relays of encryption.
login_ ()
{
  blocked_
  command_ 0 -v -e -i { cat ../data } -l { $login } -r { cat } -o { cat }
  cmp ../data out || fail=1
  route_ both login
  grep 'encrypted by' err && wrong_
}

# Not where that does not encrypt, or where the kernels were to do it.
open_login_ ()
{
  blocked_
  command_ 125 -e -i { helper sit in } -l { rsh there } -r { cat } -o { cat }
  said_ 'the login command .rsh. sends in clear what it carries'
  said_ 'no direct connection with there: '
  test ! -f in || wrong_
}

# With a direct connection, it is used, after a warning.
warned_ ()
{
  pair_
  command_ 0 -v -e -i { cat ../data } -l { rsh there } -r { cat } -o { cat }
  cmp ../data out || fail=1
  said_ 'the login command .rsh. sends in clear what it carries'
  said_ 'encrypted by'
}

# A path that loses large packets without a word.
hole_ ()
{
  host_ here
  router_ router
  host_ there
  cable_ here eth0 10.0.0.2/24 router lan 10.0.0.1/24
  cable_ router wan 192.0.2.1/24 there eth0 192.0.2.2/24
  gateway_ here 10.0.0.1
  gateway_ there 192.0.2.1
  for i in here there; do
    # What the rules see must be what would go over a wire.
    on $i ip link set eth0 gso_max_segs 1 || fail=1
  done
  on router nft "table ip hole {
      chain on {
        type filter hook forward priority 0
        meta length > 1300 drop
      }
    }" || framework_failure_
  login='on there'
  command_ 0 -v -e -i { cat ../data } -l { $login } -r { cat } -o { cat }
  cmp ../data out || fail=1
  said_ 'large packets are lost on the way'
  said_ 'encrypted by'
}

start_case_ login login_
start_case_ open-login open_login_
start_case_ warned warned_
start_case_ hole hole_
finish_cases_
no_process_left_ || fail=1

Exit $fail
