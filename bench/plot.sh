# Plots of the results: plot_all_ writes $results/NAME.svg.  bench.sh sources
# it.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

# Every plot says below it with what and by which command it was made.
plot_head_ ()
{
  # A label's lines are as long as the plot is wide.
  below=$(grep -v '^command' about \
            | fold -s -w 100 | sed 's/ *$//; s/["\\@{}^_]/ /g' \
            | awk '{ printf "%s%s", sep, $0; sep = "\\n" }')
  cat <<END
set terminal svg size 720,$2 dynamic font "sans-serif,13"
set output "$results/$1.svg"
set style fill solid 0.8 noborder
set border 3
set tics nomirror out
set grid y linecolor "#dddddd"
set bmargin at screen 0.34
set label 1 "$below\\ncommand: $(sed -n 's/^command: //p' about)" \
  at screen 0.02,screen 0.165 font ",9" textcolor "#555555"
END
}

# plot_rows_ WORKLOAD METRIC up|down: print a line for each contender, "NAME"
# MEDIAN MIN MAX COLOUR, in that order of medians; socketpipe stands out.
plot_rows_ ()
{
  order=
  test "$3" = up || order=r
  awk -F, -v w="$1" -v m="$2" '
    $1 == w && $3 == m {
      colour = $2 ~ /^socketpipe/ ? "0xd95f02" : $2 == "raw" ? "0x777777" \
        : "0x3a75a8"
      printf "\"%s\" %s %s %s %s\n", $2, $6, $7, $8, colour
    }' "$results/summary.csv" | sort -k2,2g$order
}

# plot_bars_ NAME WORKLOAD METRIC up|down TITLE YLABEL FACTOR
plot_bars_ ()
{
  plot_rows_ $2 $3 $4 > "$test_dir_/rows"
  test -s "$test_dir_/rows" || return 0
  {
    plot_head_ $1 440
    cat <<END
set title "$5\\n{/*0.8 $(sed -n 's/^# //p;q' "$results/$2.csv")}" noenhanced
set ylabel "$6"
set yrange [0:*]
set xtics rotate by 30 right noenhanced font ",11"
unset key
\$rows << EOD
$(cat "$test_dir_/rows")
EOD
plot \$rows using 0:(\$2*$7):(\$3*$7):(\$4*$7):(0.7):5:xticlabels(1) \
  with boxerrorbars linecolor rgb variable
END
  } | sed 's|\\n{/\*0\.8 \(.*\)}" noenhanced|\\n\1" noenhanced|' \
    > "$test_dir_/plot" && gnuplot "$test_dir_/plot"
}

# plot_lines_ NAME METRIC TITLE YLABEL: over the number of runs at once.
plot_lines_ ()
{
  names=$(awk -F, -v m="$2" '$1 ~ /^many-/ && $3 == m && ! ($2 in seen) {
            seen[$2] = 1; print $2 }' "$results/summary.csv")
  test -n "$names" || return 0
  {
    plot_head_ $1 440
    cat <<END
set title "$3" noenhanced
set xlabel "runs at once" offset 0,0.5
set ylabel "$4"
set logscale x 2
set xtics ($(printf '%s, ' $MANY | sed 's/, $//'))
set xrange [0.8:*]
set yrange [0:*]
set key outside right top noenhanced
END
    plots= comma=
    for name in $names; do
      block=$(printf %s $name | tr -cd a-z0-9)
      echo "\$$block << EOD"
      awk -F, -v m="$2" -v c=$name '$1 ~ /^many-/ && $3 == m && $2 == c {
        sub (/many-/, "", $1); print $1, $6, $7, $8 }' "$results/summary.csv" \
        | sort -n
      echo EOD
      plots="$plots$comma \$$block using 1:2:3:4 with yerrorlines"
      plots="$plots title '$name' lw 2"
      comma=,
    done
    echo "plot $plots"
  } > "$test_dir_/plot" && gnuplot "$test_dir_/plot"
}

plot_all_ ()
{
  command -v gnuplot > /dev/null \
    || { say_ 'no plots: there is no gnuplot'; return 0; }
  plot_bars_ throughput bulk rate up 'Throughput' 'MB/s' 1 \
    && plot_bars_ cpu bulk cpu down \
         'CPU of the whole machine for each GiB' 's/GiB' 1 \
    && plot_bars_ duplex duplex rate up 'Both directions at once' \
         'MB/s' 1 \
    && plot_bars_ setup setup running down 'Time until the commands run' 'ms' 1000 \
    && plot_bars_ link-setup link-setup running down \
         'Time until the commands run, on a long line' 'ms' 1000 \
    && plot_bars_ link link rate up 'Throughput on a long line' 'MB/s' 1 \
    && plot_lines_ scaling rate 'Many runs at once: throughput of all' MB/s \
    && plot_lines_ scaling-memory memory_near \
         'Many runs at once: memory of all on this side' MiB
}
