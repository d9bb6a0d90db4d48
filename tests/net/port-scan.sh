#!/bin/sh
# --listen, -4 and -6 hold for what another host makes this one connect to.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
. "$srcdir/tests/sshd.sh"
. "$srcdir/tests/hosts.sh"
print_ver_ socketpipe
hosts_need_ networks
test -f /proc/net/if_inet6 || skip_ "no IPv6 here"

# A login to a host that makes this one look for a third one.
cat > bin/hostile <<'EOF' && chmod +x bin/hostile || framework_failure_
#!/bin/sh
echo '=socketpipe-agent 1 1 2.0'
cat words
# What this one tells that it tried.
tee heard | helper until refused
EOF
MESSAGE_OFFER=7
KEY_LINK=2 KEY_PORT4=25 KEY_PORT6=26 KEY_ADDRESS=27 KEY_SSH=29

# knocks_ EXPECTED OPTION...: with that, it is looked for by these families.
knocks_ ()
{
  expected_=$1
  shift
  came_=
  on here socketpipe -v -t 1 "$@" -l { hostile } -r { cat } -o - \
    > out 2> err
  for end_ in '192.0.2.2 port 40004' '2001:db8::2 port 40006'; do
    tr '\0' '\n' < heard | grep -a "$end_: Connection refused" > /dev/null \
      || continue
    came_="$came_${end_##*0}"
  done
  test "$came_" = "$expected_" && return
  warn_ "'$came_' instead of '$expected_': $*"
  cat err
  fail=1
}

scan_ ()
{
  host_ here
  host_ other
  cable_ here eth0 192.0.2.1/24,2001:db8::1/64 \
    other eth0 192.0.2.2/24,2001:db8::2/64
  helper message $MESSAGE_OFFER $KEY_LINK:0 $KEY_PORT4:40004 $KEY_PORT6:40006 \
    $KEY_ADDRESS=192.0.2.2 $KEY_ADDRESS=2001:db8::2 \
    "$KEY_SSH=x 1 192.0.2.2 1" > words || framework_failure_
  knocks_ 46
  knocks_ 46 --listen=remote
  knocks_ 4 -4
  knocks_ 6 -6
  knocks_ '' --listen=local
}

start_case_ scan scan_
finish_cases_
no_process_left_ || fail=1

Exit $fail
