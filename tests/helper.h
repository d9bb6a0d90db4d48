/* What the parts of the helper program of the tests share.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

/* The helper is plain POSIX, without gnulib and without <config.h>: the
   tests must not depend on what they test, nor on what gnulib replaces.  */

#ifndef SOCKETPIPE_TESTS_HELPER_H
#define SOCKETPIPE_TESTS_HELPER_H

#define _XOPEN_SOURCE 700

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define STREQ(a, b) (strcmp (a, b) == 0)

/* Exit status of a helper that was called wrongly or whose set-up failed:
   what Automake takes for a hard error, and no status that the tests ask a
   command for.  A command that fails to read or write exits 1, as other
   commands do.  */
enum { EXIT_HARD = 99 };

/* Print "helper: WHAT: strerror (errno)" and exit with STATUS.  */
void fail (int status, char const *what);

/* Print "helper: WHAT: DETAIL" and exit with EXIT_HARD.  */
void fail_usage (char const *what, char const *detail);

/* The number that TEXT stands for, within MIN to MAX; a "k" or "M" after it
   means 1024 or 1024 * 1024.  Exit when it is none.  */
long long number (char const *text, long long min, long long max);

/* The signal that TEXT names ("TERM" or "15").  Exit when it is none.  */
int signal_number (char const *text);

/* Write the N bytes at BUF to FD, or exit 1 with a message.  */
void write_all (int fd, void const *buf, size_t n);

/* Read up to N bytes, through interruptions; exit 1 with a message when that
   fails.  Return 0 at the end of the file only.  */
size_t read_some (int fd, void *buf, size_t n);

/* Make FILE with the line WHAT VALUE in it, so that it is complete as soon as
   it is there: tests wait for it.  */
void announce (char const *file, char const *what, long value);

/* Wait MILLISECONDS.  */
void pause_ms (long milliseconds);

/* Milliseconds from a clock that nobody sets.  */
long long now_ms (void);

/* Execute ARGV, or exit 126 or 127 with a message as a shell does.  */
void execute (char **argv);

/* Wait until process PID has ended.  Return its wait status.  */
int wait_for (pid_t pid);

/* Die of signal SIG, without a dump.  */
void die_of (int sig);

/* End as the process with wait status STATUS did: exit, or die likewise.  */
void end_like (int status);

/* The subcommands.  Each gets its own arguments as ARGV[1] up to
   ARGV[ARGC - 1] and returns the exit status.  */

/* helper-messages.c */
int cmd_message_types (int argc, char **argv);

/* helper-channel.c */
int cmd_drain (int argc, char **argv);
int cmd_no_delay (int argc, char **argv);
int cmd_fill (int argc, char **argv);
int cmd_flood (int argc, char **argv);
int cmd_message_field (int argc, char **argv);
int cmd_message (int argc, char **argv);
int cmd_run_message (int argc, char **argv);
int cmd_without (int argc, char **argv);

/* helper-data.c */
int cmd_eat (int argc, char **argv);
int cmd_lines (int argc, char **argv);
int cmd_random (int argc, char **argv);
int cmd_read_whole (int argc, char **argv);
int cmd_slow (int argc, char **argv);
int cmd_sum (int argc, char **argv);

/* helper-mitm.c */
int cmd_mitm (int argc, char **argv);

/* helper-old.c */
int cmd_old_socketpipe (int argc, char **argv);

/* helper-process.c */
int cmd_args (int argc, char **argv);
int cmd_defaults (int argc, char **argv);
int cmd_die (int argc, char **argv);
int cmd_exit (int argc, char **argv);
int cmd_fds (int argc, char **argv);
int cmd_ids (int argc, char **argv);
int cmd_marked (int argc, char **argv);
int cmd_memory (int argc, char **argv);
int cmd_nap (int argc, char **argv);
int cmd_setsid (int argc, char **argv);
int cmd_sit (int argc, char **argv);
int cmd_until (int argc, char **argv);
int cmd_wait_gone (int argc, char **argv);
int cmd_within (int argc, char **argv);

/* helper-pty.c */
int cmd_pty (int argc, char **argv);

/* helper-stuck.c */
int cmd_stuck (int argc, char **argv);

/* helper-tcp.c */
int cmd_tcp_flood (int argc, char **argv);
int cmd_tcp_late (int argc, char **argv);
int cmd_tcp_serve (int argc, char **argv);

#endif /* SOCKETPIPE_TESTS_HELPER_H */
