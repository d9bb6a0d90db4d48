# Where a benchmark runs: two hosts of its own on this machine, or this host
# and another one.  bench.sh sources it.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

# What the rest has from a place, however it is made:
#
# near_ COMMAND...    run COMMAND on this side
# far_ TEXT           have a shell run TEXT on the other side
# $near, $far         a directory for scripts and results on each side
# $login              the words that log in to the other side
# $address            its address
# $far_socketpipe     the program there
# far_script_ NAME    make standard input the script $far/NAME there;
# near_script_ NAME   $near/NAME here
# fetch_ NAME         copy $far/NAME to $near, if it is not there already

# ----------------------------------------------------------------------
# What the files of tests/ that are used here expect of their surroundings.

warn_ ()
{
  printf '%s\n' "$*" >&2
}

Exit ()
{
  exit $1
}

skip_ ()
{
  warn_ "bench: skipped: $*"
  exit 77
}

framework_failure_ ()
{
  warn_ "bench: set-up failure: $*"
  exit 99
}

path_prepend_ ()
{
  PATH=$1:$PATH
  export PATH
}

require_program_ ()
{
  for program_ in "$@"; do
    command -v $program_ > /dev/null || skip_ "there is no $program_"
  done
}

require_root_ ()
{
  test "$(id -u)" = 0 || skip_ "this needs root"
}

# ----------------------------------------------------------------------
# Scripts.

# The start of each script, for shells with any PATH.
script_head_ ()
{
  printf '#!/bin/sh\nPATH="%s"\nexport PATH\n' "$1"
}

near_script_ ()
{
  { script_head_ "$PATH"; cat; } > "$near/$1" && chmod +x "$near/$1" \
    || framework_failure_ "cannot write $near/$1"
}

# ----------------------------------------------------------------------
# Two hosts in network name spaces, next to each other.

# hosts_place_: all pairs of hosts share keys and programs.
hosts_place_ ()
{
  hosts_need_
  sshd_prepare_hosts_
  # The logins of hundreds of runs at once come at once, too.
  printf '%s\n' 'MaxStartups 1000' 'LoginGraceTime 600' \
    | cat - "$sshd_dir_/sshd_config" > config \
    && grep -v '^MaxStartups 100$' config > "$sshd_dir_/sshd_config"
  sed 's/^ *ConnectTimeout .*/  ConnectTimeout 600/' "$sshd_dir_/ssh_config" \
    > config && cp config "$sshd_dir_/ssh_config"
  plain_home_
  mkdir near far || framework_failure_
  near=$test_dir_/near far=$test_dir_/far far_socketpipe=socketpipe
  far_path=$PATH
}

# plain_home_: each login has an empty home and the plainest shell.  A user's
# start-up files would be measured with everything that goes through a login.
plain_home_ ()
{
  unshare --mount true 2> /dev/null && ! in_user_namespace_ || return 0
  mkdir home \
    && awk -F: -v OFS=: -v user="$sshd_user_" -v home="$test_dir_/home" '
         $1 == user { $6 = home; $7 = "/bin/sh" } { print }' /etc/passwd \
         > passwd \
    && printf '#!/bin/sh\nmount --bind %s /etc/passwd && exec "$@"\n' \
         "$test_dir_/passwd" > with-home && chmod +x with-home \
    || framework_failure_ "cannot make a home"
  sshd_prefix_="unshare --mount $test_dir_/with-home $sshd_prefix_"
}

# pair_of_hosts_ NAME: make the hosts HERE and THERE of the pair NAME.
pair_of_hosts_ ()
{
  mkdir "$1" "$1/hosts" || framework_failure_
  HOSTS=$test_dir_/$1/hosts
  export HOSTS
  host_ here
  host_ there
}

# use_hosts_ NAME ADDRESS: go on with this pair.
use_hosts_ ()
{
  HOSTS=$test_dir_/$1/hosts address=$2
  export HOSTS
  login="ssh $address"
}

# plain_hosts_: one cable between them.
plain_hosts_ ()
{
  pair_of_hosts_ plain
  cable_ here eth0 192.0.2.1/24,2001:db8::1/64 \
    there eth0 192.0.2.2/24,2001:db8::2/64
  sshd_on_ there
  use_hosts_ plain 192.0.2.2
  far_processes_=$(readlink "/proc/$(cat "$HOSTS/there")/ns/net")
}

hosts_functions_ ()
{
  near_ ()
  {
    on here "$@"
  }

  far_ ()
  {
    on there sh -c "$1"
  }

  far_script_ ()
  {
    { script_head_ "$PATH"; cat; } > "$far/$1" && chmod +x "$far/$1" \
      || framework_failure_ "cannot write $far/$1"
  }

  fetch_ ()
  {
    test ! -f "$far/$1" || mv "$far/$1" "$near/$1"
  }
}

# ----------------------------------------------------------------------
# This host and another one.

# remote_place_ HOST: HOST is what ssh calls it.
remote_place_ ()
{
  require_program_ ssh
  login="${SSH-ssh} $1"
  near=$test_dir_/near
  mkdir near || framework_failure_
  address=${ADDRESS-$(${SSH-ssh} -G "$1" | sed -n 's/^hostname //p')}
  far=$($login 'mktemp -d /tmp/socketpipe-bench.XXXXXX') && test -n "$far" \
    || framework_failure_ "cannot log in to $1"
  at_exit_ 'far_ "rm -rf $far"'
  far_socketpipe=$($login "command -v ${FAR_SOCKETPIPE-socketpipe}") \
    || framework_failure_ "$1 has no ${FAR_SOCKETPIPE-socketpipe};" \
         "set FAR_SOCKETPIPE"
  $login "cat > $far/gauge && chmod +x $far/gauge" \
    < "$(command -v gauge)" \
    && $login "$far/gauge echo < /dev/null" \
    || framework_failure_ "the gauge of this machine does not run on $1"
  far_path=$far:$($login 'echo $PATH')
}

remote_functions_ ()
{
  near_ ()
  {
    "$@"
  }

  far_ ()
  {
    $login "PATH=$far_path; export PATH; $1"
  }

  far_script_ ()
  {
    { script_head_ "$far_path"; cat; } \
      | $login "cat > $far/$1 && chmod +x $far/$1" \
      || framework_failure_ "cannot write $far/$1"
  }

  fetch_ ()
  {
    $login "cat $far/$1 && rm $far/$1" > "$near/$1" 2> /dev/null \
      || rm -f "$near/$1"
  }
}

# rsh_between_hosts_ FROM TO: set $rsh to the words that log in by rsh from
# one address to the other
# , or say in $no_rsh why not.
rsh_between_hosts_ ()
{
  no_rsh=$( (rsh_require_) 2>&1 ) || return
  rsh_require_
  rsh_configure_
  echo "near $rsh_user_" >> "$rsh_dir_/home/.rhosts"
  # It wants a name for every address.
  echo "$1 near" > "$rsh_dir_/hosts"
  printf '#!/bin/sh\nmount --bind %s /etc/hosts && exec "$@"\n' \
    "$rsh_dir_/hosts" > "$rsh_dir_/with-hosts"
  chmod +x "$rsh_dir_/with-hosts"
  # The daemon sees another /etc/passwd, and it is not marked as ours.
  on there env -i PATH="$PATH" unshare --mount "$rsh_dir_/with-mounts" \
    "$rsh_dir_/with-hosts" helper tcp-serve -a 0 "$rsh_dir_/port" "$rsh_daemon_" &
  wait_for_ test -f "$rsh_dir_/port" \
    || framework_failure_ "no listener for in.rshd"
  rsh="$rsh_client_ -p $(cat "$rsh_dir_/port") $2"
  near_ helper within 20 $rsh true && return
  rsh= no_rsh='its daemon refuses every login'
}
