# What is measured.  bench.sh sources it.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

# Each workload is a function do_NAME.

# ----------------------------------------------------------------------
# Bulk data.

# zeros_ MIB: dd sends so much of it; dd receives it.
zeros_ ()
{
  size=$1
  near_script_ produce <<END
exec dd if=/dev/zero bs=128k count=$((size * 8)) 2> /dev/null
END
  far_script_ consume <<END
exec gauge flow $far/flow.\$1 dd of=/dev/null bs=128k 2> $far/count.\$1
END
}

way_once_ ()
{
  call_ way || return
  fetch_ flow.$id
  if test "$contender" != iperf3; then
    fetch_ count.$id
    arrived_ $((size * 1048576)) "$near/count.$id" || return
  fi
  flow_ $((size * 1048576)) "$near/flow.$id"
  took_ wall
}

do_bulk ()
{
  workload_ bulk "$SIZE MiB from dd bs=128k here to dd bs=128k there"
  among_ raw iperf3 socketpipe socketpipe-e socketpipe-1.10 ssh ssh-gcm rsh \
    nc socat socat-openssl ncat-ssl mbuffer
  zeros_ $SIZE
  in_rounds_ $ROUNDS way_once_
}
