/* Test the relays that take the place of commands, also with a splice that
   does not work as that of Linux.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "data/relay.h"
#include "data/stage-pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fake-splice.h"
#include "ignore-value.h"
#include "test-macros.h"

enum { PIECES = 20, PIECE = 3000, TOTAL = PIECES * PIECE };
static unsigned char pattern[TOTAL];

/* What is said goes here.  */
static int said_fd;

/* What the user gave us on that side which is not the channel.  */
enum kind { PIPE, LOCAL, FILE_KIND, KINDS };
static char const *const kind_names[] = { "pipe", "socket", "file" };

/* A relay, and our ends of what it has.  */
struct play
{
  pid_t pid;
  int to;                       /* -1: it reads a file */
  int from;                     /* -1: it writes to a file */
  int file;
};

static void
nap (int ms)
{
  struct timespec const pause = { .tv_nsec = ms * 1000000L };
  nanosleep (&pause, NULL);
}

/* Make what the relay has on a side, and our end of that, which is the WRITING
   one or not.  A file is FILE.  */
static void
make_side (enum kind kind, bool writing, int file, int *its, int *ours)
{
  int pair[2];
  *its = file;
  *ours = -1;
  if (kind == FILE_KIND)
    return;
  NEED (kind == PIPE ? pipe (pair) == 0
        : socketpair (AF_UNIX, SOCK_STREAM, 0, pair) == 0);
  *its = pair[!writing];
  *ours = pair[writing];
  NEED (fcntl (*ours, F_SETFD, FD_CLOEXEC) == 0);
}

/* Start a relay in a child: from KIND to the channel if INPUT, else from the
   channel to KIND.  */
static void
begin (struct play *play, bool input, enum kind kind)
{
  int in, out;
  FILE *file = tmpfile ();
  NEED (file != NULL);
  play->file = fileno (file);
  if (input)
    NEED (write (play->file, pattern, TOTAL) == TOTAL
          && lseek (play->file, 0, SEEK_SET) == 0);
  make_side (input ? kind : LOCAL, true, play->file, &in, &play->to);
  make_side (input ? LOCAL : kind, false, play->file, &out, &play->from);
  play->pid = fork ();
  if (play->pid == 0)
    {
      dup2 (said_fd, STDERR_FILENO);
      close (play->to);
      close (play->from);
      _exit (input ? relay_input (in, out) : relay_output (in, out));
    }
  NEED (0 < play->pid);
  if (in != play->file)
    close (in);
  if (out != play->file)
    close (out);
}

/* Wait for the relay's end.  Return its wait status, and set *BUSY to the ms
   that it used of the processor.  */
static int
finish (struct play *play, long *busy)
{
  int status;
  struct rusage usage;
  NEED (wait4 (play->pid, &status, 0, &usage) == play->pid);
  *busy = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000
          + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
  if (0 <= play->to)
    close (play->to);
  if (0 <= play->from)
    close (play->from);
  close (play->file);
  return status;
}

/* Take LENGTH bytes from the relay, which are the pattern from AT on.  Return
   whether they came.  */
static bool
take (struct play *play, size_t at, size_t length)
{
  unsigned char bytes[PIECE];
  while (0 < length)
    {
      ssize_t got = read (play->from, bytes, length < PIECE ? length : PIECE);
      if (got <= 0 || memcmp (bytes, pattern + at, got) != 0)
        return false;
      at += got;
      length -= got;
    }
  return true;
}

/* Check the messages: a line with TEXT in it, or none if that is NULL.  */
static void
check_said (char const *text)
{
  char bytes[1024];
  ssize_t got = pread (said_fd, bytes, sizeof bytes - 1, 0);
  NEED (0 <= got && ftruncate (said_fd, 0) == 0
        && lseek (said_fd, 0, SEEK_SET) == 0);
  bytes[got] = '\0';
  if (text == NULL)
    CHECK_TEXT (bytes, "");
  else if (!CHECK (strstr (bytes, text) != NULL))
    fprintf (stderr, "  said: %s\n", bytes);
}

/* What comes in pieces goes on at once, and all of it, without work in
   between.  */
static void
check_copy (enum fake_splice how, bool input, enum kind kind)
{
  struct play play;
  long busy;
  row_is ("%s, %s, splice %u", input ? "input" : "output", kind_names[kind],
          how);
  fake_splice (how, -1);
  begin (&play, input, kind);
  bool good = true;
  for (int i = 0; i < PIECES && good; i++)
    {
      if (0 <= play.to)
        good = write (play.to, pattern + i * PIECE, PIECE) == PIECE;
      if (good && 0 <= play.from)
        good = take (&play, i * PIECE, PIECE);
      if (0 <= play.to)
        nap (10);
    }
  CHECK (good);
  if (0 <= play.to)
    close (play.to);
  play.to = -1;
  char byte;
  if (0 <= play.from)
    CHECK_NUMBER (read (play.from, &byte, 1), 0);
  int copy = dup (play.file);
  CHECK_NUMBER (finish (&play, &busy), 0);
  CHECK (busy < 100);
  unsigned char bytes[TOTAL + 1];
  CHECK_NUMBER (pread (copy, bytes, sizeof bytes, 0),
                input || kind == FILE_KIND ? TOTAL : 0);
  if (kind == FILE_KIND)
    CHECK (memcmp (bytes, pattern, TOTAL) == 0);
  close (copy);
  check_said (NULL);
}

/* An error that says nothing of either side.  */
static void
check_fails (bool input, enum kind kind, char const *text)
{
  struct play play;
  long busy;
  row_is ("%s, %s, failing splice", input ? "input" : "output",
          kind_names[kind]);
  fake_splice (SPLICE_FAILS, -1);
  begin (&play, input, kind);
  /* It may be over already.  */
  if (0 <= play.to)
    ignore_value (write (play.to, pattern, PIECE));
  int status = finish (&play, &busy);
  CHECK (WIFEXITED (status) && WEXITSTATUS (status) == RELAY_FAILED);
  check_said (text);
}

/* The reader has gone.  */
static void
check_ends (enum kind kind)
{
  struct play play;
  long busy;
  fake_splice (SPLICE_REAL, -1);
  row_is ("output, %s, reader gone", kind_names[kind]);
  begin (&play, false, kind);
  close (play.from);
  play.from = -1;
  ignore_value (write (play.to, pattern, PIECE));
  int status = finish (&play, &busy);
  CHECK (WIFSIGNALED (status) && WTERMSIG (status) == SIGPIPE);
  check_said (NULL);

  row_is ("input, %s, reader gone", kind_names[kind]);
  begin (&play, true, kind);
  close (play.from);
  play.from = -1;
  ignore_value (write (play.to, pattern, PIECE));
  status = finish (&play, &busy);
  CHECK (WIFSIGNALED (status) && WTERMSIG (status) == SIGPIPE);
  check_said (NULL);
}

/* The channel is reset, of which it is not for the relay to speak.  */
static void
check_reset (enum kind kind)
{
  int channel[2], in, out;
  row_is ("reset, %s", kind_names[kind]);
  NEED (socketpair (AF_UNIX, SOCK_STREAM, 0, channel) == 0);
  FILE *file = tmpfile ();
  NEED (file != NULL);
  make_side (kind, false, fileno (file), &out, &in);
  /* With a byte from it unread in the end that is closed.  */
  NEED (write (channel[0], "", 1) == 1 && close (channel[1]) == 0);
  pid_t pid = fork ();
  if (pid == 0)
    {
      dup2 (said_fd, STDERR_FILENO);
      _exit (relay_output (channel[0], out));
    }
  int status;
  NEED (0 < pid && waitpid (pid, &status, 0) == pid);
  /* Not each system resets it.  */
  CHECK (WIFEXITED (status) && (WEXITSTATUS (status) == RELAY_READ_FAILED
                                || !stage_pipe_resets ()));
  check_said (NULL);
  close (channel[0]);
  if (kind != FILE_KIND)
    {
      close (in);
      close (out);
    }
  fclose (file);
}

/* What cannot be read is said: a directory.  */
static void
check_directory (void)
{
  int pair[2];
  row_is ("a directory");
  fake_splice (SPLICE_REAL, -1);
  int in = open (".", O_RDONLY);
  NEED (0 <= in && socketpair (AF_UNIX, SOCK_STREAM, 0, pair) == 0);
  pid_t pid = fork ();
  if (pid == 0)
    {
      dup2 (said_fd, STDERR_FILENO);
      _exit (relay_input (in, pair[0]));
    }
  int status;
  NEED (0 < pid && waitpid (pid, &status, 0) == pid);
  CHECK (WIFEXITED (status) && WEXITSTATUS (status) == RELAY_FAILED);
  check_said ("cannot read standard input: ");
  close (in);
  close (pair[0]);
  close (pair[1]);
}

int
main (void)
{
  alarm (120);
  signal (SIGPIPE, SIG_IGN);
  for (size_t i = 0; i < TOTAL; i++)
    pattern[i] = i * 7 + i / 251;
  FILE *said = tmpfile ();
  NEED (said != NULL);
  said_fd = fileno (said);
  for (int kind = 0; kind < KINDS; kind++)
    for (int input = 0; input < 2; input++)
      {
        check_copy (SPLICE_REAL, input, kind);
#if HAVE_SPLICE
        check_copy (SPLICE_ZERO, input, kind);
        check_copy (SPLICE_AGAIN, input, kind);
#endif
      }
#if HAVE_SPLICE
  for (int i = 0; i < 2; i++)
    {
      enum kind kind = i ? FILE_KIND : PIPE;
      check_fails (true, kind, "cannot copy standard input to the channel: ");
      check_fails (false, kind,
                   "cannot copy the channel to standard output: ");
    }
#endif
  check_ends (PIPE);
  check_ends (LOCAL);
  for (int kind = 0; kind < KINDS; kind++)
    check_reset (kind);
  check_directory ();
  return test_result ();
}
