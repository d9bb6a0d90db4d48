# What a guest says, made into logs and a line for each case.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

# Input: what tests/guest/init says, and at the end "halt STATUS" from
# tests/guest/run.  Variables: logs (a directory), cases (all names, with
# spaces between them), verbose ("yes" to show the logs of failed cases).
# For each case, LOGS/NAME.log and LOGS/NAME.trs, like automake's, in
# directories that are there.

function base (name) { sub (/\.sh$/, "", name); return logs "/" name }

# A case ended with RESULT, for REASON.
function report (name, result, reason)
{
  print ":test-result: " result > (base(name) ".trs")
  close (base(name) ".trs")
  close (base(name) ".log")
  print result ": " name (reason == "" ? "" : " (" reason ")")
  fflush ()
  count[result]++
  seen[name] = 1
  if (result == "FAIL")
    failed[++failures] = name
}

{ sub (/\r$/, "") }

/^begin / {
  running = $2
  reason = ""
  printf "" > (base(running) ".log")
}

/^ / && running != "" {
  print substr ($0, 2) > (base(running) ".log")
  if (match ($0, /skipped test: /))
    reason = substr ($0, RSTART + RLENGTH)
}

/^end / && $2 == running {
  if ($3 == 0)
    report(running, "PASS", "")
  else if ($3 == 77)
    report(running, "SKIP", reason)
  else
    report(running, "FAIL", $3 == 124 ? "out of time" : "status " $3)
  running = ""
}

/^done$/ { complete = 1 }

/^halt / { halt = $2 }

END {
  n = split (cases, name, " ")
  for (i = 1; i <= n; i++)
    if (! (name[i] in seen))
      {
        # Also those whose turn never came.
        print "The guest ended before this case did." \
          > (base(name[i]) ".log")
        if (halt == 124)
          report(name[i], "FAIL", "no time was left for it")
        else
          report(name[i], "FAIL", "the guest ended, with status " halt)
      }
  if (!complete)
    system ("tail -n 30 '" logs "/console.log' >&2")
  for (i = 1; i <= failures; i++)
    {
      print "see " base(failed[i]) ".log"
      if (verbose == "yes")
        system ("cat '" base(failed[i]) ".log'")
    }
  printf "%d passed, %d failed, %d skipped\n",
    count["PASS"], count["FAIL"], count["SKIP"]
  exit failures != 0
}
