/* Shared by the parts of the gauge, which measures for the benchmarks.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

/* Plain POSIX, without gnulib and without <config.h>: it is copied to the
   other host, and it must not depend on what it measures.  */

#ifndef SOCKETPIPE_BENCH_GAUGE_H
#define SOCKETPIPE_BENCH_GAUGE_H

#define _XOPEN_SOURCE 700

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define STREQ(a, b) (strcmp (a, b) == 0)

/* Exit status when the gauge itself fails, and not the command that it
   runs.  */
enum { EXIT_GAUGE = 125 };

/* Print "gauge: WHAT: strerror (errno)" and exit with EXIT_GAUGE.  */
void fail (char const *what);

/* The number that TEXT stands for, within MIN to MAX.  Exit when it is
   none.  */
long long number (char const *text, long long min, long long max);

/* Nanoseconds of a clock that is never set, the same for all processes of a
   machine.  */
int64_t now_ns (void);

/* Execute ARGV, or exit 126 or 127 with a message as a shell does.  */
void execute (char **argv);

/* End as the process with wait status STATUS did: exit alike, or with 128
   and the signal's number.  */
int status_like (int status);

/* The subcommands.  Each gets its own arguments as ARGV[1] up to
   ARGV[ARGC - 1] and returns the exit status.  */

/* gauge-crowd.c */
int cmd_crowd (int argc, char **argv);

/* gauge-time.c */
int cmd_flow (int argc, char **argv);
int cmd_time (int argc, char **argv);

/* gauge-tcp.c */
int cmd_connect (int argc, char **argv);
int cmd_listen (int argc, char **argv);

/* gauge-turn.c */
int cmd_echo (int argc, char **argv);
int cmd_give (int argc, char **argv);
int cmd_turn (int argc, char **argv);

/* gauge-watch.c */
int cmd_watch (int argc, char **argv);

#endif /* SOCKETPIPE_BENCH_GAUGE_H */
