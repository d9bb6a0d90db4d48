# What "gauge watch" has seen of one run, in numbers.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

# BEGIN_ and END_ are when the data began and ended to flow, and GIB how much
# it was.  NEAR and FAR are the networks of the two sides.  Processes that
# were there at first do not belong to the run.

{ time = $1; pid = $2; network = $4; cpu = $5; now = $6; peak = $7 }

$0 ~ /^[0-9]+$/ {
  looks++
  memory["near"] = memory["far"] = 0
  next
}

looks == 1 { other[pid] = 1 }
pid in other { next }
network == NEAR { side = "near" }
network == FAR { side = "far" }
network != NEAR && network != FAR { next }

{
  memory[side] += now
  if (most[side] < memory[side])
    most[side] = memory[side]
  if (peaks[pid] < peak)
    peaks[pid] = peak
  side_of[pid] = side
  if (0 <= cpu)
    used[pid] = cpu
  if (time < BEGIN_)
    before[pid] = cpu
  else if (time <= END_)
    during[pid] = cpu
}

END {
  for (pid in during)
    flow += during[pid] - before[pid]
  for (pid in used)
    all += used[pid]
  for (pid in peaks)
    sum[side_of[pid]] += peaks[pid]
  printf "flow_cpu %.3f\nall_cpu %.3f\n", flow / 1e6 / GIB, all / 1e6
  for (side in most)
    printf "memory_%s %.3f\npeak_%s %.3f\n", side, most[side] / 1024,
      side, sum[side] / 1024
}
