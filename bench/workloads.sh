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
  # It tells here how it went.
  if test "$contender" != iperf3; then
    fetch_ flow.$id
    fetch_ count.$id
    arrived_ $((size * 1048576)) "$near/count.$id" || return
  fi
  flow_ $((size * 1048576)) "$near/flow.$id"
  took_ wall
}

do_bulk ()
{
  workload_ bulk "$BULK_SIZE MiB from dd bs=128k here to dd bs=128k there"
  among_ raw iperf3 socketpipe socketpipe-e socketpipe-1.10 ssh ssh-gcm rsh \
    nc socat socat-openssl ncat-ssl mbuffer
  zeros_ $BULK_SIZE
  in_rounds_ $ROUNDS way_once_
}

# ----------------------------------------------------------------------
# Small jobs, and questions.

setup_once_ ()
{
  call_ setup || return
  # A login that does nothing else has ended when its command has.
  running=$(value_ "$near/client.$id" end)
  test ! -f "$near/running.$id" \
    || running=$(value_ "$near/running.$id" begin)
  record_ running s $(awk -v begin=$(value_ "$near/client.$id" begin) \
    -v running=$running 'BEGIN { printf "%.4f", (running - begin) / 1e9 }')
  took_ all
}

do_setup ()
{
  workload_ setup "a run of 'true' on both sides: until the commands run, \
and in all; of ssh and rsh, a login that runs 'true'"
  among_ ssh socketpipe socketpipe-e socketpipe-1.10 rsh
  in_rounds_ $SETUPS setup_once_
}

turn_once_ ()
{
  rm -f "$near/asker"
  call_ round || return
  record_ median us $(($(value_ "$near/turn.$id" median_ns) / 1000))
  record_ slowest us $(($(value_ "$near/turn.$id" slowest_ns) / 1000))
}

# questions_: the commands for $TURNS of them, but for no more than 10 s.
questions_ ()
{
  near_script_ produce <<END
exec gauge give $near/asker
END
  near_script_ collect <<END
exec gauge turn $near/asker $near/turn.\$1 $TURNS 10
END
  far_script_ serve <<END
exec gauge echo
END
}

do_turnaround ()
{
  workload_ turnaround "one byte there and one byte back, $TURNS times"
  among_ raw socketpipe socketpipe-e socketpipe-1.10 ssh ssh-gcm rsh nc socat
  questions_
  in_rounds_ $ROUNDS turn_once_
}

# ----------------------------------------------------------------------
# Data both ways.

round_once_ ()
{
  call_ round || return
  fetch_ count.$id
  arrived_ $((size * 1048576)) "$near/count.$id" \
    && arrived_ $((size * 1048576)) "$near/back.$id" || return
  fetch_ flow.$id
  both_ "$near/flow.$id" "$near/flow-back.$id"
  took_ wall
}

# both_ FILE FILE: make one flow of these two.
both_ ()
{
  awk -v bytes=$((2 * size * 1048576)) '
    $1 == "begin" && (begin == "" || $2 < begin) { begin = $2 }
    $1 == "end" && end < $2 { end = $2 }
    $1 == "begin" { from = $2 }
    $1 == "end" { length_ = $2 - from }
    # The longer one has seen nearly all of it.
    $1 == "busy" && longest < length_ { longest = length_; busy = $2 }
    END {
      printf "begin %.0f\nend %.0f\nbusy %.0f\nbytes %.0f\n",
        begin, end, busy, bytes
    }' "$1" "$2" > "$near/flows.$id"
  flow_ 0 "$near/flows.$id"
}

do_duplex ()
{
  size=$((SIZE / 2))
  workload_ duplex "$size MiB each way at once, dd bs=128k at all four ends"
  among_ raw socketpipe socketpipe-e socketpipe-1.10 ssh ssh-gcm rsh nc socat
  zeros_ $size
  far_script_ serve <<END
exec 3<&0
$far/consume \$1 <&3 &
exec 3<&-
dd if=/dev/zero bs=128k count=$((size * 8)) 2> /dev/null && wait \$!
END
  near_script_ collect <<END
exec gauge flow $near/flow-back.\$1 dd of=/dev/null bs=128k \
  2> $near/back.\$1
END
  in_rounds_ $ROUNDS round_once_
}

# ----------------------------------------------------------------------
# Real jobs.

# The tree is read and written without a disk, where there is memory for it.
tree_place_ ()
{
  test -z "${trees-}" || return 0
  trees=$test_dir_
  test -z "${HOST-}" && test -d /dev/shm && test -w /dev/shm || return 0
  trees=$(mktemp -d /dev/shm/socketpipe-bench.XXXXXX) \
    || framework_failure_ "cannot make a directory in /dev/shm"
  at_exit_ 'rm -rf "$trees"'
}

# sources_ MIB: put copies of the tree $TREE below $trees/from, until they are
# so large or larger.
sources_ ()
{
  tree_place_
  mkdir "$trees/from" && : > "$trees/copies" || framework_failure_
  (cd "$TREE" && tar cf - --exclude=.git --exclude='*.o' .) \
    > "$trees/one.tar" || framework_failure_ "cannot read $TREE"
  one=$(($(wc -c < "$trees/one.tar")))
  copies=$((($1 * 1048576 + one - 1) / one))
  n=0
  while test $n -lt $copies; do
    n=$((n + 1))
    mkdir "$trees/from/$n" && tar xf "$trees/one.tar" -C "$trees/from/$n" \
      || framework_failure_ "cannot write to $trees"
  done
  tar cf - -C "$trees/from" . > "$trees/tar"
  size_bytes=$(($(wc -c < "$trees/tar")))
  files=$(($(tar tf "$trees/tar" | wc -l)))
}

tar_once_ ()
{
  call_ way || return
  fetch_ flow.$id
  flow_ $size_bytes "$near/flow.$id"
  took_ wall
  test "$(far_ "find $to -type f | wc -l")" \
    = "$(find "$trees/from" -type f | wc -l)" && return
  echo 'not all files have arrived' > "$near/err.$id"
  return 1
}

do_tar ()
{
  sources_ $((SIZE / 8))
  workload_ tar "tar of a source tree here ($files files in \
$((size_bytes / 1048576)) MiB) to tar xf there"
  among_ raw socketpipe socketpipe-e socketpipe-1.10 ssh ssh-gcm rsh nc socat
  to=$trees/to
  test -z "${HOST-}" || to=$far/to
  near_script_ produce <<END
exec tar cf - -C $trees/from .
END
  far_script_ consume <<END
rm -rf $to && mkdir $to && exec gauge flow $far/flow.\$1 tar xf - -C $to
END
  in_rounds_ $ROUNDS tar_once_
  rm -rf "$trees/from" "$trees/tar"
  far_ "rm -rf $to"
}

compress_once_ ()
{
  call_ round || return
  flow_ $size_bytes "$near/flow.$id"
  took_ wall
  test $(($(wc -c < "$near/flow.$id"))) != 0
}

do_compress ()
{
  sources_ $((SIZE / 16))
  compressor='gzip -1'
  here_and_there_ zstd && compressor='zstd -1 -q'
  workload_ compress "a tar of $((size_bytes / 1048576)) MiB from here to \
$compressor there and back to dd here"
  among_ raw socketpipe socketpipe-e socketpipe-1.10 ssh ssh-gcm rsh nc socat
  near_script_ produce <<END
exec dd if=$trees/tar bs=128k 2> /dev/null
END
  far_script_ serve <<END
exec $compressor
END
  near_script_ collect <<END
exec gauge flow $near/flow.\$1 dd of=$near/packed.\$1 bs=128k \
  2> $near/back.\$1
END
  in_rounds_ $ROUNDS compress_once_
  rm -rf "$trees/from" "$trees/tar"
}

# ----------------------------------------------------------------------
# Seeing how it goes.

do_progress ()
{
  workload_ progress "$SIZE MiB from dd to dd, with and without something \
that shows how it goes"
  among_ socketpipe socketpipe-p socketpipe-pv socketpipe-mbuffer
  zeros_ $SIZE
  in_rounds_ $((ROUNDS * 2)) way_once_
}
