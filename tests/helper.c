/* helper - what the tests need and no standard command does everywhere.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include "helper.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct command
{
  char const *name;
  int min_args;                 /* arguments needed */
  int max_args;                 /* arguments allowed; -1 for any number */
  char const *synopsis;
  int (*run) (int, char **);
};

static struct command const commands[] = {
  { "args", 0, -1, "[ARG]...: print each argument, escaped", cmd_args },
  { "defaults", 1, -1, "COMMAND...: run it with all signals at their"
    " defaults and standard descriptors only", cmd_defaults },
  { "die", 1, 1, "SIGNAL: die of SIGNAL", cmd_die },
  { "no-delay", 1, 1, "FD: say whether this connection sends at once",
    cmd_no_delay },
  { "drain", 1, 1, "FILE: read all; write to FILE how the input ended",
    cmd_drain },
  { "eat", 1, 2, "BYTES [STATUS]: read BYTES, then exit", cmd_eat },
  { "exit", 1, 1, "STATUS: exit with STATUS", cmd_exit },
  { "fds", 0, 1, "[FILE]: print each open descriptor and what it is",
    cmd_fds },
  { "fill", 1, 2, "FILE [BYTES]: write on and on; write to FILE what ended"
    " it", cmd_fill },
  { "flood", 2, 2, "offer|tried|beats COUNT: write an agent's message with"
    " COUNT addresses, or COUNT texts, or so many messages", cmd_flood },
  { "ids", 0, 0, ": print process, group, session and terminal", cmd_ids },
  { "lines", 0, 0, ": copy, each line once it is whole, and the rest at the"
    " end", cmd_lines },
  { "marked", 1, 1, "NAME=VALUE: print processes that have it in their"
    " environment", cmd_marked },
  { "memory", 2, 2, "PID FILE: print where in the memory of PID the bytes of"
    " FILE are; exit 1 if anywhere, 77 if it cannot be looked at",
    cmd_memory },
  { "message", 1, -1, "TYPE [[COUNT*]KEY=TEXT | [COUNT*]KEY:NUMBER]...: write"
    " a message", cmd_message },
  { "message-field", 1, 2, "KEY[/KEY]... [number]: print a field of the first"
    " message of a control connection", cmd_message_field },
  { "message-types", 0, 0, ": print the types of the messages of one direction"
    " of a control connection, but for PING", cmd_message_types },
  { "mitm", 4, 5, "ADDRESS PORT FILE ACTION [RECORD]: pass on what comes to"
    " PORT to ADDRESS, and do ACTION at the RECORDth record of a direction:"
    " delay, drop, fin, fin-inside, flip, header, inject, reorder, replay,"
    " rst, rst-inside, rst-writer or swap; fin-end, at the last one after it;"
    " rst-turn, when the ends would speak for the RECORDth time, by turns;"
    " keep all in FILE.kept; write it to FILE, before that the port to"
    " FILE.ready",
    cmd_mitm },
  { "nap", 1, 1, "MILLISECONDS: sleep", cmd_nap },
  { "old-socketpipe", 0, -1, "ARG...: be the client of 1.10",
    cmd_old_socketpipe },
  { "pty", 1, -1, "COMMAND...: run it on a terminal of its own: standard"
    " input is typed there, what it prints is copied", cmd_pty },
  { "random", 1, 2, "BYTES [SEED]: write data that looks random",
    cmd_random },
  { "read-whole", 1, 1, "FILE: copy the input to FILE.part, and give it the"
    " name FILE at a clean end of the input only", cmd_read_whole },
  { "run-message", 4, -1, "HOST PORT MILLISECONDS COMMAND...: say what the"
    " local side says to an agent", cmd_run_message },
  { "setsid", 1, -1, "COMMAND...: run it without a terminal", cmd_setsid },
  { "sit", 1, -1, "FILE [SIGNAL]...: write the process id to FILE, ignore"
    " each SIGNAL, wait for ever", cmd_sit },
  { "slow", 2, 2, "BYTES MILLISECONDS: copy, with a pause after each BYTES",
    cmd_slow },
  { "stuck", 1, 1, "FILE: write to FILE the process id of a child of ours, and"
    " be out of reach of signals until that is killed; 77 where we cannot",
    cmd_stuck },
  { "sum", 0, 0, ": print count and checksum of the input", cmd_sum },
  { "tcp-flood", 5, 5, "HOST PORT COUNT silent|rubbish|echo|close|input"
    " SECONDS: connect COUNT times at once", cmd_tcp_flood },
  { "tcp-late", 3, -1, "MILLISECONDS FILE COMMAND...: run COMMAND on one"
    " connection to loopback, which nobody can make for that long; the port"
    " is written to FILE", cmd_tcp_late },
  { "tcp-serve", 3, -1, "[-a] PORT|0 FILE COMMAND...: run COMMAND on each"
    " connection to loopback (-a: to any address); the port is written to"
    " FILE", cmd_tcp_serve },
  { "until", 1, 1, "TEXT: read until that has come; 1 if it does not",
    cmd_until },
  { "wait-gone", 2, -1, "SECONDS PID...: wait until all PIDs have ended",
    cmd_wait_gone },
  { "within", 2, -1, "[-s FILE] SECONDS COMMAND...: end COMMAND after"
    " SECONDS and exit 124; write how it ended to FILE", cmd_within },
  { "without", 1, 2, "TYPE [KEY]: pass on what an agent says, but no message"
    " of TYPE, or no field KEY in one", cmd_without },
};

void
fail (int status, char const *what)
{
  fprintf (stderr, "helper: %s: %s\n", what, strerror (errno));
  exit (status);
}

void
fail_usage (char const *what, char const *detail)
{
  fprintf (stderr, "helper: %s: %s\n", what, detail);
  exit (EXIT_HARD);
}

long long
number (char const *text, long long min, long long max)
{
  char *end;
  errno = 0;
  long long n = strtoll (text, &end, 10);
  if (end == text || errno)
    fail_usage (text, "not a number");

  long long unit = 1;
  if (*end == 'k' || *end == 'M')
    unit = *end++ == 'k' ? 1024 : 1024 * 1024;
  if (*end)
    fail_usage (text, "not a number");
  if (n < min / unit || max / unit < n)
    fail_usage (text, "number out of range");
  return n * unit;
}

int
signal_number (char const *text)
{
  static struct { char const *name; int number; } const names[] = {
    { "ABRT", SIGABRT }, { "ALRM", SIGALRM }, { "CHLD", SIGCHLD },
    { "CONT", SIGCONT }, { "HUP", SIGHUP }, { "INT", SIGINT },
    { "KILL", SIGKILL }, { "PIPE", SIGPIPE }, { "QUIT", SIGQUIT },
    { "SEGV", SIGSEGV }, { "STOP", SIGSTOP }, { "TERM", SIGTERM },
    { "TSTP", SIGTSTP }, { "TTIN", SIGTTIN }, { "TTOU", SIGTTOU },
    { "USR1", SIGUSR1 }, { "USR2", SIGUSR2 }
  };

  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (STREQ (text, names[i].name))
      return names[i].number;
  return number (text, 1, 127);
}

void
write_all (int fd, void const *buf, size_t n)
{
  for (char const *p = buf; n;)
    {
      ssize_t written = write (fd, p, n);
      if (0 <= written)
        {
          p += written;
          n -= written;
        }
      else if (errno != EINTR)
        fail (EXIT_FAILURE, "write");
    }
}

size_t
read_some (int fd, void *buf, size_t n)
{
  for (;;)
    {
      ssize_t got = read (fd, buf, n);
      if (0 <= got)
        return got;
      if (errno != EINTR)
        fail (EXIT_FAILURE, "read");
    }
}

void
announce (char const *file, char const *what, long value)
{
  char name[1024];
  if ((int) sizeof name <= snprintf (name, sizeof name, "%s.tmp", file))
    fail_usage (file, "name too long");

  FILE *stream = fopen (name, "w");
  if (!stream)
    fail (EXIT_HARD, name);
  fprintf (stream, "%s%ld\n", what, value);
  if (fclose (stream) != 0 || rename (name, file) != 0)
    fail (EXIT_HARD, file);
}

void
pause_ms (long milliseconds)
{
  struct timespec rest;
  rest.tv_sec = milliseconds / 1000;
  rest.tv_nsec = milliseconds % 1000 * 1000000;
  while (nanosleep (&rest, &rest) != 0 && errno == EINTR)
    continue;
}

long long
now_ms (void)
{
  struct timespec now;
  if (clock_gettime (CLOCK_MONOTONIC, &now) != 0)
    fail (EXIT_HARD, "clock_gettime");
  return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

void
execute (char **argv)
{
  execvp (argv[0], argv);
  fail (errno == ENOENT ? 127 : 126, argv[0]);
}

int
wait_for (pid_t pid)
{
  int status;
  while (waitpid (pid, &status, 0) < 0)
    if (errno != EINTR)
      fail (EXIT_HARD, "waitpid");
  return status;
}

void
die_of (int sig)
{
  /* A dump of the helper would tell nobody anything.  */
  struct rlimit none = { 0, 0 };
  setrlimit (RLIMIT_CORE, &none);

  sigset_t set;
  sigemptyset (&set);
  sigaddset (&set, sig);
  signal (sig, SIG_DFL);
  sigprocmask (SIG_UNBLOCK, &set, NULL);
  kill (getpid (), sig);
  fail_usage ("die", "this signal does not end a process");
}

void
end_like (int status)
{
  if (WIFSIGNALED (status))
    die_of (WTERMSIG (status));
  exit (WEXITSTATUS (status));
}

static void
usage (void)
{
  fputs ("Usage: helper COMMAND [ARGUMENT]...\n", stderr);
  for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
    fprintf (stderr, "  %s %s\n", commands[i].name, commands[i].synopsis);
  exit (EXIT_HARD);
}

int
main (int argc, char **argv)
{
  if (argc < 2)
    usage ();
  for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
    {
      struct command const *c = &commands[i];
      int args = argc - 2;
      if (STREQ (argv[1], c->name) && c->min_args <= args
          && (c->max_args < 0 || args <= c->max_args))
        return c->run (argc - 1, argv + 1);
    }
  usage ();
}
