# Say which targets were met.  After results.awk.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

# WHAT is X; it has to be SIGN (">=" or "<=") LIMIT.
function target(what, x, sign, limit)
{
  if (x == "")
    return
  printf "  %-4s %7s %s %-6s %s\n",
    (sign == ">=" ? limit <= x : x <= limit) ? "met" : "NOT", short(x), sign,
    limit, what
}

function rate(workload_, c, base, limit)
{
  target(workload_ ": rate of " c " to that of " base,
         against(workload_, c, base, "rate"), ">=", limit)
}

# What is encrypted by C is faster than by OTHER, and with less work.
function encrypted(other)
{
  rate("bulk", "socketpipe-e", other, 1)
  target("bulk: CPU of socketpipe-e to that of " other,
         against("bulk", "socketpipe-e", other, "cpu"), "<=", 1)
}

# How many round trips of the long line the set-up takes.  What the processes
# take is judged without a line, so it is not counted here; but after a wait
# they take a little longer, for which there is a tenth.
function round_trips(    trip, more, processes)
{
  trip = median("link-turn", "raw", "median") / 1e6
  more = against("link-setup", "socketpipe", "ssh", "running", 1)
  processes = against("setup", "socketpipe", "ssh", "running", 1)
  if (! trip || more == "" || processes == "")
    return
  target(sprintf("link-setup: round trips more than ssh, until the commands " \
                 "run:\n%22s%.1f ms, less %.1f without a line, in trips of " \
                 "%.1f ms", "", more * 1000, processes * 1000, trip * 1000),
         (more - processes) / trip, "<=", 2.1)
}

END {
  print "targets:"
  # Two limits: what is widely used for that, and the same commands on a bare
  # connection.
  rate("bulk", "socketpipe", "iperf3", 0.97)
  rate("bulk", "socketpipe", "raw", 0.97)
  rate("bulk", "socketpipe", "socketpipe-1.10", 1)
  rate("bulk", "socketpipe", "ssh", 3)
  rate("bulk", "socketpipe-e", "ssh", 2.5)
  encrypted("ssh-gcm")
  encrypted("socat-openssl")
  encrypted("ncat-ssl")
  rate("progress", "socketpipe-p", "socketpipe", 0.99)
  target("progress: CPU of socketpipe-p to that of socketpipe",
         against("progress", "socketpipe-p", "socketpipe", "cpu"), "<=", 1.01)
  target("setup: until the commands run, to a login with ssh",
         against("setup", "socketpipe", "ssh", "running"), "<=", 1.25)
  target("setup: a whole run of nothing, to a login with ssh",
         against("setup", "socketpipe", "ssh", "all"), "<=", 1.25)
  round_trips()
  target("own: ms of CPU for each GiB that flows",
         median("own", "socketpipe", "flow_cpu"), "<=", 5)
  target("own: MiB of memory on this side, shared pages included",
         median("own", "socketpipe", "peak_near"), "<=", 4)
  target("own: MiB of memory on the other side",
         median("own", "socketpipe", "peak_far"), "<=", 4)
  median("many-256", "socketpipe", "failures")
  target("many-256: failures", high, "<=", 0)
}
