# Make a table of the files of results, and the file SUMMARY.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

# One table for each workload, one line for each contender, and for each
# metric the median and, in brackets, the least and the greatest value.  The
# ratio is that of the contender's value to socketpipe's in the same round, and
# again the median of all rounds.

BEGIN {
  FS = OFS = ","
  # Where there are more, the ranges would make the lines too long.
  MANY_METRICS = 3
}

/^#/ {
  if (new_file())
    title[FILENAME] = substr($0, 3)
  else if ($0 ~ /^# left out: /)
    left_out[FILENAME] = left_out[FILENAME] "  " substr($0, 3) "\n"
  next
}

$1 == "workload" { next }

{
  workload[FILENAME] = $1
  add_to_list(contenders, FILENAME, $2)
  add_to_list(metrics, FILENAME, $4)
  unit[FILENAME, $4] = $5
  value[FILENAME, $2, $4, $3] = $6
  if (rounds[FILENAME] < $3)
    rounds[FILENAME] = $3
}

# Is this the first line of a file?  Keep their order.
function new_file()
{
  if (FNR == 1)
    files[++n_files] = FILENAME
  return FNR == 1
}

# Add WORD to the words LIST[INDEX], unless it is one of them.
function add_to_list(list, index_, word)
{
  if (! ((index_, word) in listed)) {
    listed[index_, word] = 1
    list[index_] = list[index_] " " word
  }
}

# Sort V[1] to V[N].
function sort(v, n,    i, j, x)
{
  for (i = 2; i <= n; i++) {
    x = v[i]
    for (j = i - 1; 0 < j && x < v[j]; j--)
      v[j + 1] = v[j]
    v[j + 1] = x
  }
}

function median(v, n)
{
  return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
}

# Three digits, or all before the point.
function short(x)
{
  if (x < 0)
    return "-" short(-x)
  return x == 0 ? "0" : 99.95 <= x ? sprintf("%.0f", x) \
    : 9.995 <= x ? sprintf("%.1f", x) : 0.9995 <= x ? sprintf("%.2f", x) \
    : sprintf("%.3f", x)
}

# How CONTENDER did in METRIC, in FILE: set mid, low, high, ratio and n.
function look(file, contender, metric,    r, x, base, v, q, n_q)
{
  n = n_q = 0
  for (r = 1; r <= rounds[file]; r++)
    if ((file, contender, metric, r) in value) {
      x = v[++n] = value[file, contender, metric, r] + 0
      base = value[file, "socketpipe", metric, r] + 0
      if (base)
        q[++n_q] = x / base
    }
  sort(v, n)
  sort(q, n_q)
  mid = n ? median(v, n) : ""
  low = v[1]
  high = v[n]
  ratio = n_q ? median(q, n_q) : ""
}

# The text of what look has found; NARROW, without
# the range.
function cell(narrow)
{
  if (! n)
    return sprintf(narrow ? " %12s %5s" : " %8s %-17s %5s", "-", "", "")
  quotient = ratio == "" ? "" : sprintf("%.2f", ratio)
  range = n == 1 ? "" : "[" short(low) ", " short(high) "]"
  return narrow ? sprintf(" %12s %5s", short(mid), quotient) \
    : sprintf(" %8s %-17s %5s", short(mid), range, quotient)
}

function line(file, contender,    m, n_m, i, text)
{
  text = sprintf("  %-18s", contender)
  n_m = split(metrics[file], m, " ")
  for (i = 1; i <= n_m; i++)
    if (m[i] != "failed") {
      look(file, contender, m[i])
      text = text cell(MANY_METRICS < n_m)
      if (n)
        print workload[file], contender, m[i], unit[file, m[i]], n, mid, low, \
          high, ratio > summary
    }
  look(file, contender, "failed")
  if (n)
    text = text "  failed " n " times"
  sub(/ +$/, "", text)
  print text
}

function head(file,    m, n_m, i, text)
{
  print workload[file] ": " title[file]
  text = sprintf("  %-18s", "")
  n_m = split(metrics[file], m, " ")
  for (i = 1; i <= n_m; i++)
    if (m[i] != "failed")
      text = text (MANY_METRICS < n_m ? sprintf(" %12s %5s", m[i], "ratio") \
                   : sprintf(" %-26s %5s", "   " m[i] ", " unit[file, m[i]],
                             "ratio"))
  print text
  if (n_m <= MANY_METRICS)
    return
  text = sprintf("  %-18s", "")
  for (i = 1; i <= n_m; i++)
    if (m[i] != "failed")
      text = text sprintf(" %12s %5s", unit[file, m[i]], "")
  sub(/ +$/, "", text)
  print text
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
