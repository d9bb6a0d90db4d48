# bench/local.mk: the benchmarks.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

# They take from ten minutes to an hour, and want a machine that does nothing
# else, so they are no part of 'make check'.  One test, run/bench-smoke.sh of
# tests/, runs all of them as small as possible, to see that they work.

# What the scripts run, besides tests/helper.
bench_programs =				\
  bench/delay-link				\
  bench/gauge

check_PROGRAMS += $(bench_programs)

# Plain POSIX, without gnulib: the gauge is copied to other hosts.
bench_gauge_SOURCES =				\
  bench/gauge-crowd.c				\
  bench/gauge-tcp.c				\
  bench/gauge-time.c				\
  bench/gauge-turn.c				\
  bench/gauge-watch.c				\
  bench/gauge.c					\
  bench/gauge.h
bench_gauge_CPPFLAGS =
bench_gauge_LDADD =

bench_delay_link_SOURCES =			\
  bench/delay-cut.c				\
  bench/delay-link.c				\
  bench/delay-link.h
bench_delay_link_CPPFLAGS =
bench_delay_link_LDADD =

# What 'make bench-publish' has put there; it leaves no white space at ends.
bench_plots =					\
  cpu.svg					\
  duplex.svg					\
  link-setup.svg				\
  link.svg					\
  scaling-memory.svg				\
  scaling.svg					\
  setup.svg					\
  throughput.svg
EXTRA_DIST +=					\
  doc/bench/cpu.svg				\
  doc/bench/duplex.svg				\
  doc/bench/link-setup.svg			\
  doc/bench/link.svg				\
  doc/bench/scaling-memory.svg			\
  doc/bench/scaling.svg				\
  doc/bench/setup.svg				\
  doc/bench/summary.csv				\
  doc/bench/table.txt				\
  doc/bench/throughput.svg

EXTRA_DIST +=					\
  bench/bench.sh				\
  bench/contenders.sh				\
  bench/frame.sh				\
  bench/looks.sh				\
  bench/places.sh				\
  bench/plot.sh					\
  bench/report.awk				\
  bench/results.awk				\
  bench/targets.awk				\
  bench/watched.awk				\
  bench/workloads-link.sh			\
  bench/workloads-own.sh			\
  bench/workloads.sh

# Of these, what is given to make comes to the scripts; bench/bench.sh says
# what each means.
bench_environment =				\
  srcdir='$(srcdir)'				\
  abs_top_builddir='$(abs_top_builddir)'	\
  MODE='$(MODE)'				\
  WORKLOADS='$(WORKLOADS)'			\
  CONTENDERS='$(CONTENDERS)'			\
  ROUNDS='$(ROUNDS)'				\
  SIZE='$(SIZE)'				\
  TREE='$(TREE)'				\
  RESULTS='$(RESULTS)'				\
  SOCKETPIPE_1_10='$(SOCKETPIPE_1_10)'

bench: src/socketpipe tests/helper $(bench_programs)
	$(AM_V_at)$(bench_environment) BENCH_COMMAND='make bench'	\
	  $(SHELL) $(srcdir)/bench/bench.sh

# Shells may have a variable HOST of their own, so only this one looks at it.
bench-remote: src/socketpipe tests/helper $(bench_programs)
	$(AM_V_at)test -n '$(HOST)' || {				\
	  echo 'say which host: make bench-remote HOST=...' >&2; exit 2; }
	$(AM_V_at)$(bench_environment) BENCH_COMMAND='make bench-remote' \
	  HOST='$(HOST)' ADDRESS='$(ADDRESS)' SSH='$(SSH)'		\
	  FAR_SOCKETPIPE='$(FAR_SOCKETPIPE)'				\
	  $(SHELL) $(srcdir)/bench/bench.sh

# The results that README and the manual tell of, with the machine and the
# command.
bench-publish:
	$(AM_V_at)test -s bench/results/throughput.svg || {		\
	  echo 'there are no results; make bench comes first' >&2; exit 2; }
	$(MKDIR_P) $(srcdir)/doc/bench
	cp bench/results/summary.csv $(srcdir)/doc/bench
	for f in table.txt $(bench_plots); do				\
	  awk '{ sub (/[ \t]+$$/, "") }					\
	       $$0 == "" { empty++; next }				\
	       { for (; empty; empty--) print ""; print }'		\
	    bench/results/$$f >$(srcdir)/doc/bench/$$f || exit 1;	\
	done

# The cost of looking for the holders of a stream: two minutes.
bench-looks: src/socketpipe tests/helper bench/gauge
	$(AM_V_at)srcdir='$(srcdir)' abs_top_builddir='$(abs_top_builddir)' \
	  PROCESSES='$(PROCESSES)' $(SHELL) $(srcdir)/bench/looks.sh

.PHONY: bench bench-looks bench-publish bench-remote

clean-local: clean-bench
clean-bench:
	rm -rf bench/results
.PHONY: clean-bench
