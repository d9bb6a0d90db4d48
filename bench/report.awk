# Make a table of the results, and the file SUMMARY.  After results.awk.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

# One table for each workload, one line for each contender, and for each
# metric the median and, in brackets, the least and the greatest value.  The
# ratio is that of the contender's value to socketpipe's.

# Where there are more, the ranges would make the lines too long.
BEGIN { MANY_METRICS = 3 }

# MID in a table, with n, low, high and RATIO; if it is NARROW, without the
# range.
function cell(narrow, mid, ratio,    range)
{
  if (! n)
    return sprintf(narrow ? " %12s %5s" : " %8s %-17s %5s", "-", "", "")
  ratio = ratio == "" ? "" : sprintf("%.2f", ratio)
  range = n == 1 ? "" : "[" short(low) ", " short(high) "]"
  return narrow ? sprintf(" %12s %5s", short(mid), ratio) \
    : sprintf(" %8s %-17s %5s", short(mid), range, ratio)
}

function line(file, c,    m, n_m, i, text, w, mid, ratio)
{
  w = workload[file]
  text = sprintf("  %-18s", c)
  n_m = split(metrics[file], m, " ")
  for (i = 1; i <= n_m; i++)
    if (m[i] != "failed") {
      mid = median(w, c, m[i])
      ratio = against(w, c, "socketpipe", m[i])
      text = text cell(MANY_METRICS < n_m, mid, ratio)
      if (n)
        print w, c, m[i], unit[w, m[i]], n, mid, low, high, ratio > summary
    }
  median(w, c, "failed")
  if (n)
    text = text "  failed " n " times"
  sub(/ +$/, "", text)
  print text
}

function head(file,    m, n_m, i, text, units)
{
  print workload[file] ": " title[file]
  text = units = sprintf("  %-18s", "")
  n_m = split(metrics[file], m, " ")
  for (i = 1; i <= n_m; i++)
    if (m[i] != "failed") {
      text = text sprintf(MANY_METRICS < n_m ? " %12s %5s" : "    %-23s %5s",
                          m[i], "ratio")
      units = units sprintf(MANY_METRICS < n_m ? " %12s %5s" \
                            : "    %-23s %5s", unit[workload[file], m[i]], "")
    }
  sub(/ +$/, "", units)
  print text
  print units
}

function table(file,    c, n_c, i)
{
  head(file)
  n_c = split(contenders[file], c, " ")
  for (i = 1; i <= n_c; i++)
    line(file, c[i])
  printf "%s\n", left_out[file]
}

END {
  print "workload,contender,metric,unit,rounds,median,min,max,ratio" > summary
  for (i_file = 1; i_file <= n_files; i_file++)
    if (workload[files[i_file]] != "")
      table(files[i_file])
}
