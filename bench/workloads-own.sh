# What is measured of the processes in between.  bench.sh sources it.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

# processes_of_ CONTENDER: print what the processes are called that it puts in
# between.  A login that only stands by is not one of them.
processes_of_ ()
{
  case $1 in
    socketpipe*) echo socketpipe ;;
    ssh*) echo ssh sshd ;;
    rsh) echo rsh in.rshd ;;
    nc) echo nc nc.openbsd ;;
    ncat-ssl) echo ncat ;;
    socat*) echo socat ;;
    *) echo $1 ;;
  esac
}

# network_ TEXT: print the number of a network, as the gauge does, of what
# readlink says.
network_ ()
{
  printf %s "$1" | tr -cd 0-9
}

# watch_ MILLISECONDS: look at the processes of $contender.
watch_ ()
{
  names=$(processes_of_ $contender)
  if test -n "${HOST-}"; then
    near_network=$(network_ "$(readlink /proc/self/ns/net)")
    far_network=$(network_ "$(far_ 'readlink /proc/self/ns/net')")
    far_watcher=$(far_ "gauge watch $far/watched-far $1 $names < /dev/null \
      > /dev/null 2>&1 & echo \$!")
  else
    near_network=$(network_ "$(readlink \
      "/proc/$(cat "$HOSTS/here")/ns/net")")
    far_network=$(network_ "$(readlink \
      "/proc/$(cat "$HOSTS/there")/ns/net")")
  fi
  gauge watch "$near/watched" $1 $names &
  watcher=$!
  # What is there from the start has to be seen at the start.
  wait_for_ test -f "$near/watched"
  helper nap 50
}

# watched_ GIB [FILE]: stop looking, and put the sums into $near/sums.  FILE
# says when the data flowed.
watched_ ()
{
  kill $watcher
  wait $watcher
  flow_begin=0 flow_end=0
  test ! -s "${2-}" || flow_begin=$(value_ "$2" begin) \
                       flow_end=$(value_ "$2" end)
  if test -n "${HOST-}"; then
    far_ "kill $far_watcher"
    helper nap 100
    fetch_ watched-far
    {
      sums_ "$near/watched" $1 $near_network - | grep _near
      sums_ "$near/watched-far" $1 - $far_network | grep _far
    } > "$near/sums"
  else
    sums_ "$near/watched" $1 $near_network $far_network > "$near/sums"
  fi
}

# sums_ FILE GIB NEAR FAR: print them, of the processes in these networks.
sums_ ()
{
  awk -v BEGIN_=$flow_begin -v END_=$flow_end -v GIB=$2 -v NEAR=$3 -v FAR=$4 \
    -f "$srcdir/bench/watched.awk" "$1"
}

# sum_ KEY UNIT: record it, if it is known.
sum_ ()
{
  sum=$(value_ "$near/sums" $1)
  test -z "$sum" || record_ $1 $2 $sum
}

# ----------------------------------------------------------------------

own_once_ ()
{
  watch_ 20
  call_ way
  own_status=$?
  fetch_ flow.$id
  fetch_ count.$id
  watched_ $(awk -v mib=$size 'BEGIN { print mib / 1024 }') \
    "$near/flow.$id"
  test $own_status = 0 || return $own_status
  arrived_ $((size * 1048576)) "$near/count.$id" || return
  sum_ flow_cpu ms/GiB
  sum_ all_cpu ms
  sum_ memory_near MiB
  sum_ memory_far MiB
  sum_ peak_near MiB
  sum_ peak_far MiB
}

do_own ()
{
  workload_ own "the processes in between, while $SIZE MiB flow from dd to \
dd, and in all; memory of each side: as pages shared by n processes count 1/n, \
and the sum of what each process had at most, shared pages included"
  among_ socketpipe socketpipe-e socketpipe-p ssh ssh-gcm rsh nc socat \
    socat-openssl ncat-ssl mbuffer
  zeros_ $SIZE
  in_rounds_ $((ROUNDS < 3 ? ROUNDS : 3)) own_once_
}

# ----------------------------------------------------------------------
# Many at once.

# No producer begins before all consumers are there: so all of them really are
# there at once, whatever their logins took.
gated_ ()
{
  rm -f "$near/gate"
  mkfifo "$near/gate" || framework_failure_ "cannot make a gate"
  near_script_ produce <<END
: < $near/gate
exec dd if=/dev/zero bs=128k count=$((size * 8)) 2> /dev/null
END
  far_script_ consume <<END
: > $far/ready.\$1
exec gauge flow $far/flow.\$1 dd of=/dev/null bs=128k 2> $far/count.\$1
END
}

# all_ready_ N: are there so many consumers, or will there never be?
all_ready_ ()
{
  test "$(far_ "ls $far | grep -c '^ready'")" = $1 && return
  for job in $jobs; do
    kill -0 $job 2> /dev/null || return 0
  done
  return 1
}

# at_once_ N: run as many, with what each says kept.
at_once_ ()
{
  far_ "rm -f $far/ready.* $far/flow.*"
  jobs=
  id=0
  while test $id -lt $1; do
    port=$((port + 2))
    call_ way &
    jobs="$jobs $!"
    id=$((id + 1))
  done
  tries=0
  until all_ready_ $1 || test $tries = $((limit * 5)); do
    tries=$((tries + 1))
    helper nap 200
  done
  # It stays open until the last one has gone through.
  exec 6<> "$near/gate"
  lost=0
  for job in $jobs; do
    wait $job || lost=$((lost + 1))
  done
  exec 6>&-
}

# all_arrived_ N: count those of which not all data has come.
all_arrived_ ()
{
  id=0
  while test $id -lt $1; do
    fetch_ count.$id
    fetch_ flow.$id
    arrived_ $((size * 1048576)) "$near/count.$id" 2> /dev/null \
      || lost=$((lost + 1))
    id=$((id + 1))
  done
}

many_once_ ()
{
  watch_ $many_interval
  at_once_ $many
  watched_ 1
  failed=$lost lost=0
  all_arrived_ $many
  test $lost -le $failed || failed=$lost
  awk -v mib=$((size * many)) '
    FILENAME ~ /client/ && $1 == "begin" && (start == "" || $2 < start) {
      start = $2
    }
    FILENAME !~ /flow/ { next }
    $1 == "begin" && (begin == "" || $2 < begin) { begin = $2 }
    $1 == "end" && end < $2 { end = $2 }
    END {
      if (begin == "")
        exit 1
      printf "setup %.3f\n", (begin - start) / 1e9
      printf "rate %.2f\n", mib * 1.048576 / ((end - begin) / 1e9)
    }' "$near"/client.* "$near"/flow.* > "$near/many" || return
  record_ rate MB/s $(value_ "$near/many" rate)
  record_ setup s $(value_ "$near/many" setup)
  test $contender = raw || {
    sum_ memory_near MiB
    sum_ memory_far MiB
  }
  record_ failures runs $failed
  test $failed = 0 && return
  cat "$near"/err.* > "$near/errors"
  rm -f "$near"/err.*
  mv "$near/errors" "$near/err.0"
  return 1
}

do_many ()
{
  for many in $MANY; do
    size=$((MANY_SIZE / many))
    test $size != 0 || size=1
    many_interval=$((many * 8 < 20 ? 20 : many * 8))
    workload_ many-$many "$many runs at once, each with $size MiB, from \
dd to dd; setup: until all of them are there"
    among_ socketpipe raw ssh ssh-gcm
    gated_
    in_rounds_ $MANY_ROUNDS many_once_
  done
}
