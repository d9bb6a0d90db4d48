# Hosts of a test's own, with cables, routers, firewalls and real servers for
# ssh.  Source it after lib.sh and sshd.sh.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

# A host is a network namespace, and a name, that a sleeping process keeps;
# nothing on the machine itself is changed.  Each case of a test has hosts of
# its own, so that cases can go on at the same time and use the same addresses.
# Linux only; for root, or a user that may make a user name space.

# hosts_need_; sshd_prepare_hosts_     once, in the test; `hosts_need_ networks'
#                                      if it makes no firewalls
# start_case_ NAME FUNCTION [ARG]...   FUNCTION runs beside the others, in the
#                                      directory NAME; fail=1 fails the test
# finish_cases_
#
# In a case:
# host_ NAME, router_ NAME             make a host; one that forwards
# on NAME COMMAND...                   run a command there (a program: it can
#                                      also be a login)
# cable_ NAME INTERFACE ADDRESS[,ADDRESS]... NAME INTERFACE ADDRESS...
# firewall_ NAME input|forward|output RULE...
# sshd_on_ NAME                        then "ssh ADDRESS" works

# What a user's PATH may lack.
PATH=$PATH:/usr/sbin:/sbin
export PATH

# The port of every host's sshd.
sshd_port_=2222

# ----------------------------------------------------------------------
# Before and after.

# hosts_need_ [networks]: skip the test where no hosts can be made (with
# "networks", where only firewalls cannot, go on), and where the program cannot
# do what these tests show.
hosts_need_ ()
{
  require_program_ unshare nsenter ip
  test "$#" != 0 || require_program_ nft
  grep '^#define HAVE_GETIFADDRS 1' "$CONFIG_HEADER" > /dev/null \
    || skip_ "this build cannot list interfaces"
  at_exit_ hosts_kill_all_
  hosts_become_root_
  $hosts_as_root_ unshare --net sh -c '
    ip link add left type veth peer name right \
      && { test "$#" = 0 || exit 0; } \
      && nft add table inet t \
      && nft "add chain inet t c { type filter hook input priority 0; }" \
      && nft add rule inet t c ct state new reject with tcp reset \
      && nft add table ip n \
      && nft "add chain ip n c { type nat hook postrouting priority 100; }" \
      && nft add rule ip n c masquerade' sh "$@" 2> /dev/null \
    || skip_ "no networks or firewalls can be made here"

  cat > "$test_dir_/bin/on" <<END
#!/bin/sh
host=\$1
shift
become_root='$hosts_as_root_'
# A process cannot become again what it is.
test "\$(readlink /proc/self/ns/user)" != '$hosts_user_' || become_root=
exec \$become_root nsenter -t "\$(cat "\$HOSTS/\$host")" -n -u "\$@"
END
  chmod +x "$test_dir_/bin/on" || framework_failure_
}

# Another user can be root in a user name space.
hosts_become_root_ ()
{
  hosts_as_root_= hosts_as_user_= hosts_user_=
  test "$(id -u)" = 0 && return
  unshare --user --map-root-user helper sit hosts-root 2> /dev/null &
  hosts_root_=$!
  hosts_root_answers_ ()
  {
    test -f hosts-root || ! kill -0 $hosts_root_ 2> /dev/null
  }
  wait_for_ hosts_root_answers_
  test -f hosts-root || skip_ "no user name space can be made here"
  hosts_user_=$(readlink /proc/$hosts_root_/ns/user)
  hosts_as_root_="nsenter -t $hosts_root_ --user --preserve-credentials"
  # sshd would try what this root may not do.
  hosts_as_user_="unshare --user --map-user=$(id -u) --map-group=$(id -g)"
}

# sshd_prepare_hosts_: make ready what all hosts' servers share; skip the test
# where they do not work.
sshd_prepare_hosts_ ()
{
  sshd_more_config_='MaxStartups 100
ClientAliveInterval 5'
  sshd_prepare_
  sshd_configure_client_ '*' $sshd_port_
  mkdir try try/hosts || framework_failure_
  HOSTS=$test_dir_/try/hosts
  export HOSTS
  host_ there
  sshd_on_ there
  sshd_try_ 127.0.0.1 on there
  hosts_end_ || framework_failure_ "hosts do not end"
}

# start_case_ NAME FUNCTION [ARGUMENT]...: run FUNCTION beside the others, in
# a directory of its own.
start_case_ ()
{
  case_name_=$1
  shift
  mkdir "$case_name_" "$case_name_/hosts" || framework_failure_
  (
    exec > "$case_name_/log" 2>&1
    own_log_
    cd "$case_name_" || exit 99
    trace_ trace
    HOSTS=$PWD/hosts
    export HOSTS
    "$@"
    hosts_end_ || fail=1
    exit $fail
  ) &
  cases_="${cases_-} $!:$case_name_"
}

# finish_cases_: wait for all of them, and show what they said.
finish_cases_ ()
{
  for case_ in $cases_; do
    wait "${case_%%:*}"
    case_status_=$?
    case_name_=${case_#*:}
    # That the hosts are killed in the end is no news.
    sed -e '/hosts\.sh: line [0-9]*: *[0-9]* Killed /d' \
      -e "s/^/$case_name_: /" "$case_name_/log" >&2
    test $case_status_ = 0 && continue
    warn_ "case $case_name_: failed with status $case_status_"
    show_trace_ "$case_name_/trace"
    fail=1
  done
  cases_=
  test -z "$hosts_as_root_" || kill -KILL $hosts_root_
}

# ----------------------------------------------------------------------
# Making hosts.

# host_ NAME: make a host that has nothing but itself.
host_ ()
{
  $hosts_as_root_ unshare --net --uts sh -c \
    'hostname "$1" 2> /dev/null; exec helper sit "$2"' \
    sh "$1" "$HOSTS/$1" &
  wait_for_ test -f "$HOSTS/$1" && on "$1" ip link set lo up \
    || framework_failure_ "cannot make host $1"
}

# router_ NAME: make one that passes on what is not for itself.
router_ ()
{
  host_ "$1"
  on "$1" sh -c 'cd /proc/sys/net && echo 1 > ipv4/ip_forward \
    && { ! test -d ipv6 || echo 1 > ipv6/conf/all/forwarding; }' \
    || framework_failure_ "cannot make a router"
}

# cable_ HOST INTERFACE ADDRESSES HOST INTERFACE ADDRESSES: join two hosts.
# ADDRESSES are written with the length of their prefixes, and separated by
# commas.
cable_ ()
{
  on "$1" ip link add "$2" type veth peer name "$5" netns "$(cat "$HOSTS/$4")" \
    && interface_ "$1" "$2" "$3" && interface_ "$4" "$5" "$6" \
    || framework_failure_ "cannot join $1 and $4"
}

# interface_ HOST INTERFACE ADDRESSES: give it these addresses.
interface_ ()
{
  # No other host has them, so no conflict has to be looked for.
  printf '%s\n' "$3" | tr , '\n' \
    | sed -e "s/.*/address add & dev $2/" -e '/:/s/$/ nodad/' \
          -e "\$a\\
link set $2 up" \
    | on "$1" ip -batch -
}

# gateway_ HOST ADDRESS...: send there what is for other networks.
gateway_ ()
{
  gateway_of_=$1
  shift
  for gateway_ in "$@"; do
    on "$gateway_of_" ip route add default via "$gateway_" \
      || framework_failure_ "$gateway_of_ has no way to $gateway_"
  done
}

# firewall_ HOST HOOK RULE...: let in (HOOK input), on (forward) or out
# (output) what belongs to a connection, then go by the RULEs, as nft writes
# them.  What none of them matches may pass.
firewall_ ()
{
  wall_of_=$1 wall_=$2
  shift 2
  {
    echo "table inet $wall_ {"
    echo "  chain $wall_ {"
    echo "    type filter hook $wall_ priority 0"
    echo "    iif lo accept"
    echo "    ct state established,related accept"
    printf '    %s\n' "$@"
    echo "  }"
    echo "}"
  } > "$HOSTS/$wall_of_.nft"
  on "$wall_of_" nft -f "$HOSTS/$wall_of_.nft" \
    || framework_failure_ "no firewall for $wall_of_"
}

# The RULEs of most tests.
ssh_passes_="tcp dport $sshd_port_ accept"
tcp_drop_='meta l4proto tcp drop'
tcp_reject_='meta l4proto tcp reject with tcp reset'

# masquerade_ ROUTER INTERFACE: what ROUTER sends out there comes from itself.
masquerade_ ()
{
  on "$1" nft "table ip nat {
      chain out {
        type nat hook postrouting priority 100
        oifname $2 masquerade
      }
    }" || framework_failure_ "no masquerade on $1"
}

# port_forward_ ROUTER INTERFACE PORT ADDRESS: what comes in there for PORT is
# for ADDRESS.
port_forward_ ()
{
  on "$1" nft "table ip nat {
      chain in {
        type nat hook prerouting priority -100
        iifname $2 tcp dport $3 dnat to $4
      }
    }" || framework_failure_ "no port is forwarded on $1"
}

# sshd_on_ HOST: run an sshd there.  The file HOST.names, if it exists, is
# what its sessions see as /etc/hosts.
sshd_on_ ()
{
  sshd_host_=$1 sshd_log_=$HOSTS/$1.log
  # Not marked as the test's: what it runs for the sessions is.
  set -- $hosts_as_user_ env -i PATH="$PATH" $sshd_prefix_ "$sshd_program_" \
    -D -f "$sshd_dir_/sshd_config" -p $sshd_port_ \
    -o AllowTcpForwarding=local -o PidFile="$HOSTS/$1.sshd" \
    -E "$sshd_log_"
  test ! -f "$sshd_host_.names" \
    || set -- unshare --mount sh -c \
         'mount --bind "$0" /etc/hosts && exec "$@"' \
         "$PWD/$sshd_host_.names" "$@"
  on "$sshd_host_" "$@" 2> "$sshd_log_.errors" &
  if ! wait_for_ test -s "$HOSTS/$sshd_host_.sshd"; then
    cat "$sshd_log_.errors" "$sshd_log_"
    framework_failure_ "no sshd on $sshd_host_"
  fi
}

# ----------------------------------------------------------------------
# Ending hosts.

# Print the processes on the hosts of $HOSTS.
hosts_processes_ ()
{
  for host_ in "$HOSTS"/*; do
    case ${host_##*/} in
      *.*) ;;
      *) readlink "/proc/$(cat "$host_")/ns/net" ;;
    esac
  done > "$HOSTS/name.spaces"
  ls -l /proc/[0-9]*/ns/net 2> /dev/null \
    | grep -F -f "$HOSTS/name.spaces" \
    | sed 's|.* /proc/\([0-9]*\)/ns/net -> .*|\1|'
}

# Is nothing of the test left there, but what keeps the hosts?
hosts_quiet_ ()
{
  hosts_processes_ > "$HOSTS/now.left"
  marked_processes_ | grep -v ' sit ' > "$HOSTS/now.marked"
  while read -r pid_ rest_; do
    if grep -x "$pid_" "$HOSTS/now.left" > /dev/null; then
      return 1
    fi
  done < "$HOSTS/now.marked"
}

# End the hosts, after having looked whether the runs left something there.
hosts_end_ ()
{
  hosts_status_=0
  wait_for_ hosts_quiet_ || { hosts_status_=1; cat "$HOSTS/now.marked" >&2; }
  hosts_kill_
  return $hosts_status_
}

# End all that is on the hosts.
hosts_kill_ ()
{
  # What is born in the meantime, too.
  hosts_tries_=0
  while :; do
    hosts_left_=$(hosts_processes_)
    test -n "$hosts_left_" || break
    kill -KILL $hosts_left_ 2> /dev/null
    hosts_tries_=$((hosts_tries_ + 1))
    test $hosts_tries_ -lt 100 || break
  done
  rm -rf "$HOSTS"
}

# After a failure or an interrupt: end cases that are under way.
hosts_kill_all_ ()
{
  for case_ in ${cases_-}; do
    kill -KILL "${case_%%:*}" 2> /dev/null
  done
  for HOSTS in "$test_dir_"/*/hosts; do
    test ! -d "$HOSTS" || hosts_kill_
  done
}

# ----------------------------------------------------------------------
# What most cases have, and what they are asked for.

# pair_: this host and another one, next to each other.
pair_ ()
{
  host_ here
  host_ there
  cable_ here eth0 192.0.2.1/24 there eth0 192.0.2.2/24
  sshd_on_ there
  login='ssh 192.0.2.2'
}

# three_: this host and two others, each next to both of the others.  It sets
# what pipeline.sh wants to know.
three_ ()
{
  host_ here
  host_ one
  host_ two
  cable_ here eth0 192.0.2.1/24 one eth0 192.0.2.2/24
  cable_ here eth1 198.51.100.1/24 two eth0 198.51.100.2/24
  cable_ one eth1 203.0.113.1/24 two eth1 203.0.113.2/24
  sshd_on_ one
  sshd_on_ two
  pipeline_on_='on here'
  login_one_='ssh 192.0.2.2'
  login_two_='ssh 198.51.100.2'
  name_one_=one
  name_two_=two
}

# part_one_two_ RULE: what comes in from one to two, or from two to one, is
# treated by RULE.
part_one_two_ ()
{
  firewall_ one input "iifname eth1 $1"
  firewall_ two input "iifname eth1 $1"
}

# traffic_ HOST INTERFACE: print how many bytes it has received and sent.
traffic_ ()
{
  on "$1" cat /proc/net/dev | sed -n "s/^ *$2: *//p" | awk '{ print $1, $9 }'
}

# run_ STATUS OPTION...: the file ../data goes from here there and back,
# through the login $login, with output in "out" and "err".
run_ ()
{
  expected_=$1
  shift
  command_ $expected_ -v "$@" -i { cat ../data } -l { $login } -r { cat } \
    -o { cat } && test $expected_ = 0 || return
  cmp ../data out || fail=1
}

# command_ STATUS ARGUMENT...: run socketpipe here, and save what it says.
command_ ()
{
  expected_=$1
  shift
  shown_=
  status_ $expected_ on here socketpipe "$@" > out 2> err && return
  wrong_
}

# The last run was not as it should be: show what it said.
wrong_ ()
{
  fail=1
  test "$shown_" = yes || sed 's/^/  /' err
  shown_=yes
  return 1
}

# said_ RE: one line of standard error matches that.
said_ ()
{
  grep -E -- "$1" err > /dev/null && return
  warn_ "no line '$1'"
  wrong_
}

# The extended regular expressions of a time, of an end, and of either
# direction, where it matters only for the time.
time_re_='after [0-9]+\.[0-9]{3} s'
end_re_='[0-9a-fA-F.:]+ port [0-9]+'
direct='(remote-to-local|local-to-remote)'

# route_ CHANNEL ROUTE [FROM TO]: CHANNEL (or "both") took ROUTE, from the
# address FROM to the address TO.
route_ ()
{
  if test "$1" = both; then
    shift
    route_ input "$@"
    route_ output "$@"
    return
  fi
  case $2 in
    login) ends_re_= ;;
    *)
      ends_re_=": $end_re_ -> $end_re_"
      test $# = 2 || ends_re_=": $3 port [0-9]+ -> $4 port [0-9]+" ;;
  esac
  said_ "^socketpipe: $1 channel connected $time_re_$ends_re_ \($2\)\$" \
    || return
  # One way for each, and the warning if and only if it is the login's.
  test "$(grep -c "^socketpipe: $1 channel connected" err)" = 1 || wrong_
  warnings_=$(grep -c '^socketpipe: no direct connection with' err)
  case $2:$warnings_ in
    login:1 | *-to-*:0) ;;
    *) warn_ "$warnings_ warnings"; wrong_ ;;
  esac
}

# set_up_within_ SECONDS: so soon after the agent was there all was connected.
# Say how soon.  A machine that has much else to do may take three times as
# long.
set_up_within_ ()
{
  awk -v limit="$1" '
    /^socketpipe: agent .* answered after [0-9.]+ s$/ { login = $(NF - 1) }
    /^socketpipe: all connected after [0-9.]+ s$/ { all = $(NF - 1); n++ }
    END {
      printf "all connected after %.3f s and a login of %.3f s\n", \
        all - login, login
      exit n != 1 || 3 * limit < all - login
    }' err && return
  warn_ "not connected within $1 s"
  wrong_
}
