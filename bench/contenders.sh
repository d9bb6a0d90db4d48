# The ways to get data from a command here to a command there, and back.
# bench.sh sources it.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

# One way, a contender joins $near/produce to $far/consume.  As a round, it
# joins $near/produce to $far/serve, and that to $near/collect.  Each of these
# takes the run's number, $id, as its argument.  What such a function runs
# last decides the status.

# ----------------------------------------------------------------------
# What they use.

# client_ COMMAND...: what the user would wait for.
client_ ()
{
  near_ helper within $limit gauge time "$near/client.$id" "$@"
}

# server_ TEXT: what has to listen there on $port before the client begins.
server_ ()
{
  far_ "$1" > "$near/server.$id" 2>&1 &
  server=$!
  port_hex=$(printf %04X $port)
  for server_tries in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    far_ "grep ' [0-9A-F]*:$port_hex [0-9A-F]*:0000 0A ' \
      /proc/net/tcp /proc/net/tcp6 > /dev/null" 2> /dev/null && return
    kill -0 $server 2> /dev/null || return
    helper nap $((server_tries * 10))
  done
}

# ended_ STATUS: the client exited with STATUS; wait for the server as well.
ended_ ()
{
  # A server whose client never came waits forever.
  test $1 = 0 || kill $server 2> /dev/null
  helper wait-gone $limit $server 2> /dev/null || kill $server
  wait $server
  server_status=$?
  test $1 = 0 || return $1
  return $server_status
}

# piped_ COMMAND: "produce | COMMAND" here.
piped_ ()
{
  client_ sh -c "$near/produce $id | $1"
}

# turned_ COMMAND: "produce | COMMAND | collect" here.
turned_ ()
{
  client_ sh -c "$near/produce $id | $1 | $near/collect $id"
}

# ----------------------------------------------------------------------
# socketpipe itself.

socketpipe_way_ ()
{
  client_ "$@" --remote-path="$far_socketpipe" -i { "$near/produce" $id } \
    -l { $login } -r { "$far/consume" $id }
}

socketpipe_round_ ()
{
  client_ "$@" --remote-path="$far_socketpipe" -i { "$near/produce" $id } \
    -l { $login } -r { "$far/serve" $id } -o { "$near/collect" $id }
}

way_socketpipe () { socketpipe_way_ socketpipe; }
round_socketpipe () { socketpipe_round_ socketpipe; }

way_socketpipe_e () { socketpipe_way_ socketpipe --encrypt; }
round_socketpipe_e () { socketpipe_round_ socketpipe --encrypt; }

# Progress that is shown nowhere is still measured.
way_socketpipe_p ()
{
  socketpipe_way_ socketpipe --progress --stats-file="$near/stats.$id" \
    2> "$near/progress.$id"
}

# 1.10 does not know --remote-path.  Its login is a script that calls it there
# by its full name.
old_login_ ()
{
  near_script_ old-login <<END
case \${1##*/} in
  socketpipe) shift; set -- $SOCKETPIPE_1_10 "\$@" ;;
esac
exec $login "\$@"
END
}

way_socketpipe_1_10 ()
{
  old_login_
  client_ $SOCKETPIPE_1_10 -i { "$near/produce" $id } \
    -l { "$near/old-login" } -r { "$far/consume" $id }
}

round_socketpipe_1_10 ()
{
  old_login_
  client_ $SOCKETPIPE_1_10 -i { "$near/produce" $id } \
    -l { "$near/old-login" } -r { "$far/serve" $id } \
    -o { "$near/collect" $id }
}

# ----------------------------------------------------------------------
# The limit: the commands on bare connections, and iperf3.

way_raw ()
{
  server_ "exec gauge listen $port - $far/consume $id"
  client_ gauge connect out $address $port "$near/produce" $id
  ended_ $?
}

round_raw ()
{
  server_ "exec gauge listen $port $((port + 1)) $far/serve $id"
  client_ sh -c "
    gauge connect out $address $port $near/produce $id &
    gauge connect in $address $((port + 1)) $near/collect $id && wait \$!"
  ended_ $?
}

# iperf3 makes its own data and counts for itself.
way_iperf3 ()
{
  server_ "exec iperf3 -s -1 -p $port"
  client_ iperf3 -c $address -p $port -n ${size}M -l 128K -J \
    > "$near/iperf3.$id"
  ended_ $? || return
  {
    awk '/"sum_received"/ { sum = 1 }
         sum && /"seconds"/ { sub (/.*:/, ""); s = $0 + 0 }
         sum && /"bytes"/ { sub (/.*:/, ""); bytes = $0 + 0; sum = 0 }
         END {
           if (! bytes || ! s) exit 1
           # More than was asked for.
           printf "begin 0\nend %.0f\nbytes %.0f\n", s * 1e9, bytes
         }' "$near/iperf3.$id" \
      && sed -n '/^busy /p' "$near/client.$id"
  } > "$near/flow.$id"
}

# ----------------------------------------------------------------------
# Through the login.

way_ssh () { piped_ "$login $far/consume $id"; }
round_ssh () { turned_ "$login $far/serve $id"; }

gcm='-c aes128-gcm@openssh.com'
way_ssh_gcm () { piped_ "$login $gcm $far/consume $id"; }
round_ssh_gcm () { turned_ "$login $gcm $far/serve $id"; }

way_rsh () { piped_ "$rsh $far/consume $id"; }
round_rsh () { turned_ "$rsh $far/serve $id"; }

# ----------------------------------------------------------------------
# A connection and two processes that copy.

# served_ SERVER CLIENT: SERVER listens and writes what comes.
served_ ()
{
  server_ "$1 | $far/consume $id"
  piped_ "$2"
  ended_ $?
}

way_nc () { served_ "nc -l $port" "nc -N $address $port"; }

round_nc ()
{
  server_ "rm -f $far/back.$id && mkfifo $far/back.$id \
    && $far/serve $id < $far/back.$id | nc -N -l $port > $far/back.$id"
  turned_ "nc -N $address $port"
  ended_ $?
}

# Its own block size is 8 KiB.
socat='socat -b 131072'

way_socat ()
{
  served_ "$socat -u TCP-LISTEN:$port,reuseaddr -" \
    "$socat -u - TCP:$address:$port"
}

round_socat ()
{
  server_ "$socat -t 60 TCP-LISTEN:$port,reuseaddr \
    EXEC:'$far/serve $id'"
  turned_ "$socat -t 60 - TCP:$address:$port"
  ended_ $?
}

way_socat_openssl ()
{
  served_ "$socat -u OPENSSL-LISTEN:$port,reuseaddr,verify=0,cert=$far/pem -" \
    "$socat -u - OPENSSL:$address:$port,verify=0"
}

# With TLS 1.3, ncat 7.93 loses the end of the data: the sender closes its
# connection with something unread in it, which the receiver has sent behind
# the handshake, and is reset.
ncat='ncat --ssl'

way_ncat_ssl ()
{
  served_ "OPENSSL_CONF=$far/tls12 $ncat --ssl-cert $far/pem \
    --ssl-key $far/pem --recv-only -l $port" \
    "OPENSSL_CONF=$near/tls12 $ncat --send-only $address $port"
}

way_mbuffer ()
{
  served_ "mbuffer -q -s 128k -I $port" \
    "mbuffer -q -s 128k -O $address:$port"
}

# ----------------------------------------------------------------------
# socketpipe, with something in the pipeline that shows how it goes.

way_socketpipe_pv ()
{
  client_ socketpipe --remote-path="$far_socketpipe" \
    -i { sh -c "$near/produce $id | pv -f 2> $near/progress.$id" } \
    -l { $login } -r { "$far/consume" $id }
}

way_socketpipe_mbuffer ()
{
  client_ socketpipe --remote-path="$far_socketpipe" \
    -i { sh -c "$near/produce $id | mbuffer -s 128k 2> $near/progress.$id" } \
    -l { $login } -r { "$far/consume" $id }
}

# ----------------------------------------------------------------------
# Nothing but a login, and a run that does nothing.

setup_ssh () { client_ $login true; }
setup_rsh () { client_ $rsh true; }

# setup_by_ SOCKETPIPE...: the input command notes when it begins, which is
# when all is set up.
setup_by_ ()
{
  client_ "$@" -i { gauge time "$near/running.$id" true } -l { $login } \
    -r { true }
}

setup_socketpipe ()
{
  setup_by_ socketpipe --remote-path="$far_socketpipe"
}

setup_socketpipe_e ()
{
  setup_by_ socketpipe --encrypt --remote-path="$far_socketpipe"
}

setup_socketpipe_1_10 ()
{
  old_login_
  client_ $SOCKETPIPE_1_10 -i { gauge time "$near/running.$id" true } \
    -l { "$near/old-login" } -r { true }
}

# ----------------------------------------------------------------------
# Which there are.

# here_and_there_ PROGRAM...: each is on both sides.
here_and_there_ ()
{
  for program in "$@"; do
    command -v $program > /dev/null \
      || { reason="there is no $program"; return 1; }
    far_ "command -v $program" > /dev/null 2>&1 \
      || { reason="there is no $program on the other host"; return 1; }
  done
}

# knows_ OPTION: socketpipe has it, and can do it here.
knows_ ()
{
  reason="this socketpipe has no $1"
  socketpipe --help | grep -e "$1" > /dev/null || return
  reason="$1 does not work here"
  near_ helper within 20 socketpipe $1 --remote-path=socketpipe \
    -i { true } -l { env } -r { true } > knows.out 2>&1
}

# available_ CONTENDER: or say why not in $reason.
available_ ()
{
  reason=
  case $1 in
    raw | socketpipe | ssh) ;;
    ssh-gcm)
      reason='this ssh has no aes128-gcm@openssh.com'
      ssh -Q cipher | grep '^aes128-gcm@openssh.com$' > /dev/null ;;
    socketpipe-e) knows_ --encrypt ;;
    socketpipe-p) knows_ --progress && knows_ --stats ;;
    socketpipe-1.10)
      reason='SOCKETPIPE_1_10 is not set'
      test -n "${SOCKETPIPE_1_10-}" ;;
    socketpipe-pv) here_and_there_ pv ;;
    socketpipe-mbuffer) here_and_there_ mbuffer ;;
    rsh) reason=$no_rsh; test -n "$rsh" ;;
    nc)
      here_and_there_ nc || return
      reason='this nc has no -N'
      nc -h 2>&1 | grep -e '-N' > /dev/null ;;
    socat-openssl) here_and_there_ socat && has_certificate_ ;;
    ncat-ssl) here_and_there_ ncat && has_certificate_ ;;
    iperf3 | socat | mbuffer) here_and_there_ $1 ;;
    *) reason='no such contender'; return 1 ;;
  esac
}

has_certificate_ ()
{
  reason='there is no openssl to make a certificate'
  test -s pem && return
  openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=bench \
    -keyout key.pem -out cert.pem > openssl.out 2>&1 \
    && cat key.pem cert.pem > pem && put_ pem || return
  cat > "$near/tls12" <<END && cp "$near/tls12" . && put_ tls12
openssl_conf = conf
[conf]
ssl_conf = ssl
[ssl]
system_default = defaults
[defaults]
MaxProtocol = TLSv1.2
END
}

# version_ CONTENDER: print a line.
version_ ()
{
  case $1 in
    raw) ;;
    socketpipe) socketpipe --version | sed 1q ;;
    # It does not tell.
    socketpipe-1.10) echo socketpipe 1.10 ;;
    ssh) ssh -V 2>&1 | sed 's/[ ,].*//; s/_/ /' ;;
    rsh) rsh_version_ ;;
    nc) nc -h 2>&1 | sed -n '1s/^\(OpenBSD netcat\).* \([0-9][^ )]*\).*/\1 \2/p' ;;
    socat) socat -V | sed -n 's/^socat version \([^ ]*\).*/socat \1/p' ;;
    ncat-ssl) ncat --version 2>&1 | sed -n 's/^Ncat: Version \([^ ]*\).*/ncat \1/p' ;;
    mbuffer) mbuffer --version 2>&1 | sed -n 's/ version//; 1p' ;;
    iperf3) iperf3 --version | sed -n '1s/ (.*//p' ;;
    socketpipe-pv) pv --version | sed -n '1s/ -.*//p' ;;
    *) ;;
  esac
}

rsh_version_ ()
{
  dpkg-query -W -f '${Package} ${Version}' rsh-redone-client 2> /dev/null
}
