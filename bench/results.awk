# Read files of results.  Others go on from here, in the same call of awk.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

BEGIN { FS = OFS = "," }

FNR == 1 { files[++n_files] = FILENAME }

FNR == 1 && /^#/ {
  title[FILENAME] = substr($0, 3)
  next
}

/^# left out: / { left_out[FILENAME] = left_out[FILENAME] "  " \
                    substr($0, 3) "\n" }

/^#/ || $1 == "workload" { next }

{
  workload[FILENAME] = $1
  add_to_list(contenders, FILENAME, $2)
  add_to_list(metrics, FILENAME, $4)
  unit[$1, $4] = $5
  value[$1, $2, $4, $3] = $6
  if (rounds[$1] < $3)
    rounds[$1] = $3
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

function middle(v, n)
{
  sort(v, n)
  return ! n ? "" : n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
}

# The value of contender C in WORKLOAD and METRIC: the median.  Set n to how
# many values there are, and low and high to the extremes.
function median(workload_, c, metric,    r, v, m)
{
  n = 0
  for (r = 1; r <= rounds[workload_]; r++)
    if ((workload_, c, metric, r) in value)
      v[++n] = value[workload_, c, metric, r] + 0
  m = middle(v, n)
  low = n ? v[1] : ""
  high = n ? v[n] : ""
  return m
}

# The ratio of C to BASE, or with DIFFERENCE set the difference: each round for
# itself, and the median of all of them.
function against(workload_, c, base, metric, difference,    r, k, v, x, y)
{
  k = 0
  for (r = 1; r <= rounds[workload_]; r++) {
    x = value[workload_, c, metric, r]
    y = value[workload_, base, metric, r]
    if (x != "" && y != "" && (difference || y + 0 != 0))
      v[++k] = difference ? x - y : x / y
  }
  return middle(v, k)
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
