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

END {
  print "targets:"
  # The limit is what iperf3 reaches, and our own program only where that is
  # missing.
  if (median("bulk", "iperf3", "rate") != "")
    rate("bulk", "socketpipe", "iperf3", 0.97)
  else
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
  x = against("link-setup", "socketpipe", "ssh", "running", 1)
  target("link-setup: round trips more than ssh, until the commands run",
         x == "" ? "" : x / 0.04, "<=", 2)
  target("own: ms of CPU for each GiB that flows",
         median("own", "socketpipe", "flow_cpu"), "<=", 5)
  target("own: MiB of memory on this side, shared pages included",
         median("own", "socketpipe", "peak_near"), "<=", 4)
  target("own: MiB of memory on the other side",
         median("own", "socketpipe", "peak_far"), "<=", 4)
  median("many-256", "socketpipe", "failures")
  target("many-256: failures", high, "<=", 0)
}
