/* Test how channels that go through the login end.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "data/mux.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fake-splice.h"
#include "ignore-value.h"
#include "minmax.h"
#include "mux-pair.h"
#include "test-macros.h"

/* Return whether this system resets a local socket whose other end is closed
   with something unread.  */
static bool
resets (void)
{
  int pair[2];
  char byte;
  NEED (socketpair (AF_UNIX, SOCK_STREAM, 0, pair) == 0
        && write (pair[0], "", 1) == 1 && close (pair[1]) == 0);
  bool reset = read (pair[0], &byte, 1) == -1 && errno == ECONNRESET;
  close (pair[0]);
  return reset;
}

/* A reader whose input was cut meets an error, not the end of file: when the
   owner stops it, and when all that we have is closed at once.  */
static void
check_cut (int joined, bool die)
{
  struct pair pair;
  struct stream there;
  row_is ("%s, %s", die ? "sudden death" : "cut", stage_pipe_names[joined]);
  if (!resets ())
    return;
  begin (&pair, joined);
  begin_stream (&there, &pair, 0, LOCAL, 100000000, PATTERN);
  while (there.reader.done < 5000000)
    events_step (&pair.events);
  pause_stage (&there.reader);
  if (die)
    for (int i = 0; i < SIDES; i++)
      {
        control_close (&pair.sides[i].control);
        mux_close (&pair.sides[i].mux);
      }
  else
    mux_stop (&pair.sides[AGENT].mux, 0);
  /* Not by the loop: a poll that is made of select and recv, where there is
     none, takes the error for itself.  */
  char byte;
  ssize_t got;
  do
    got = read (there.reader.fd, &byte, 1);
  while (0 < got);
  CHECK (got == -1 && errno == ECONNRESET);
  CHECK (!mux_delivered (&pair.sides[AGENT].mux, 0));
  finish_stage (&there.reader);
  finish_stage (&there.writer);
  end (&pair);
}

/* Return whether this system tells what is unread in a local socket.  */
static bool
tells_unread (void)
{
#ifdef __linux__
  return true;
#else
  return false;
#endif
}

/* A reader that has its end of file is gone when it has read all.  */
static void
check_reads_all (int joined)
{
  struct pair pair;
  struct stream there;
  unsigned char got[2000];
  row_is ("a reader that reads all, %s", stage_pipe_names[joined]);
  begin (&pair, joined);
  begin_stream (&there, &pair, 0, LOCAL, 1000, PATTERN);
  pause_stage (&there.reader);
  struct mux *mux = &pair.sides[AGENT].mux;
  while (!mux_delivered (mux, 0))
    events_step (&pair.events);
  CHECK (mux_reader_gone (mux, 0) == !tells_unread ());
  CHECK_NUMBER (read (there.reader.fd, got, 999), 999);
  CHECK (mux_reader_gone (mux, 0) == !tells_unread ());
  CHECK_NUMBER (read (there.reader.fd, got, sizeof got), 1);
  CHECK (mux_reader_gone (mux, 0));
  close (there.reader.fd);
  CHECK (mux_reader_gone (mux, 0));
  CHECK (mux_delivered (mux, 0));
  end (&pair);
}

/* A stage that ends with something unread is known to have left, though it
   could have read all and its end.  */
static void
check_unread (int joined)
{
  struct pair pair;
  struct stream there;
  row_is ("a reader that leaves the rest, %s", stage_pipe_names[joined]);
  begin (&pair, joined);
  begin_stream (&there, &pair, 0, LOCAL, 1000, PATTERN);
  pause_stage (&there.reader);
  while (pair.sides[LOCAL].drained[0] == 0
         || !mux_delivered (&pair.sides[AGENT].mux, 0))
    events_step (&pair.events);
  CHECK_NUMBER (mux_bytes (&pair.sides[AGENT].mux, 0), 1000);
  CHECK (mux_reader_gone (&pair.sides[AGENT].mux, 0) == !tells_unread ());
  finish_stage (&there.reader);
  CHECK (mux_reader_gone (&pair.sides[AGENT].mux, 0));
  CHECK (mux_delivered (&pair.sides[AGENT].mux, 0) == !resets ());
  CHECK (mux_delivered (&pair.sides[AGENT].mux, 0) == !resets ());
  end (&pair);
}

/* One that has its end of file keeps it, whatever is closed then.  */
static void
check_close_after_end (int joined)
{
  struct pair pair;
  struct stream there;
  unsigned char got[2000];
  row_is ("closed after the end, %s", stage_pipe_names[joined]);
  begin (&pair, joined);
  begin_stream (&there, &pair, 0, LOCAL, 1000, PATTERN);
  pause_stage (&there.reader);
  while (!mux_delivered (&pair.sides[AGENT].mux, 0))
    events_step (&pair.events);
  end (&pair);
  CHECK_NUMBER (read (there.reader.fd, got, sizeof got), 1000);
  CHECK_NUMBER (read (there.reader.fd, got, sizeof got), 0);
  close (there.reader.fd);
}

/* Begin as a stage that has written LENGTH bytes, in any way that it can be
   joined, and goes on at the will of the test.  */
static void
begin_left (struct pair *pair, struct stream *there, int joined,
            size_t length, bool socket)
{
  begin (pair, joined);
  begin_stream (there, pair, 0, LOCAL, length, socket ? PATTERN : 1000);
  pause_stage (&there->writer);
  if (0 < length)
    NEED (write (there->writer.fd, pattern, length) == (ssize_t) length);
  there->writer.done = length;
}

/* The stage is over, but a descendant has its standard output still: what that
   writes belongs to the stream, which ends when it closes it.  */
static void
check_left_behind (int joined, size_t length, bool socket)
{
  struct pair pair;
  struct stream there;
  row_is ("%d bytes left in the pipe, %s, %d", (int) length,
          stage_pipe_names[joined], socket);
  begin_left (&pair, &there, joined, length, socket);
  struct side *side = &pair.sides[LOCAL];
  mux_end_writer (&side->mux, 0);
  while (there.reader.done < length)
    events_step (&pair.events);
  settle (&pair, 20, &there.reader.done);
  CHECK (side->drained[0] == 0 && side->closed[0] == 0
         && !mux_closed (&side->mux, 0) && 0 <= there.reader.fd);
  NEED (write (there.writer.fd, pattern + length % PATTERN, 4) == 4);
  there.writer.total = there.writer.done = length + 4;
  while (there.reader.done < length + 4)
    events_step (&pair.events);
  CHECK (side->drained[0] == 0 && 0 <= there.reader.fd);
  finish_stage (&there.writer);
  while (stream_goes_on (&there))
    events_step (&pair.events);
  check_whole (&there);
  CHECK_NUMBER (side->closed[0], 1);
  end (&pair);
}

/* A stream that is to be cut: what was written comes, whoever else may write
   on, who meets SIGPIPE then.  */
static void
check_flush (int joined, size_t length, bool socket, bool after_end)
{
  struct pair pair;
  struct stream there;
  row_is ("%d bytes to be flushed, %s, %d, %d", (int) length,
          stage_pipe_names[joined], socket, after_end);
  begin_left (&pair, &there, joined, length, socket);
  struct side *side = &pair.sides[LOCAL];
  if (after_end)
    mux_end_writer (&side->mux, 0);
  CHECK_NUMBER (side->drained[0], 0);
  uint64_t sent = mux_bytes (&side->mux, 0);
  mux_flush_writer (&side->mux, 0);
  mux_flush_writer (&side->mux, 0);
  /* With no credit yet, only the empty one can be through.  */
  CHECK_NUMBER (side->drained[0], length == sent);
  bool more = write (there.writer.fd, "late", 4) == 4;
  CHECK (more == (length != sent));
  while (stream_goes_on (&there))
    {
      if (0 <= there.writer.fd)
        ignore_value (write (there.writer.fd, "late", 4));
      events_step (&pair.events);
    }
  check_whole (&there);
  CHECK_NUMBER (side->closed[0], 0);
  CHECK (write (there.writer.fd, "late", 4) == -1 && errno == EPIPE);
  finish_stage (&there.writer);
  end (&pair);
}

/* A stage that reads from its standard output gets the end of file, and
   SIGPIPE when our end is closed while it waits in a write of SIZE bytes.  */
static void
check_filter (int joined, size_t size)
{
  struct pair pair;
  struct stream there;
  char byte;
  row_is ("a filter that writes %d bytes, %s", (int) size,
          stage_pipe_names[joined]);
  begin_left (&pair, &there, joined, 0, true);
  int fd = there.writer.fd;
  NEED (fcntl (fd, F_SETFL, fcntl (fd, F_GETFL) & ~O_NONBLOCK) == 0);
  CHECK_NUMBER (read (fd, &byte, 1), 0);
  fflush (NULL);
  pid_t pid = fork ();
  if (pid == 0)
    {
      signal (SIGPIPE, SIG_DFL);
      while (0 < write (fd, pattern, size))
        continue;
      if (errno == EPIPE)
        ignore_value (write (fd, pattern, size));
      _exit (1);
    }
  NEED (0 < pid);
  /* It waits for room.  */
  struct timespec const pause = { .tv_nsec = 20000000 };
  ssize_t before, contents = -1;
  do
    {
      before = contents;
      nanosleep (&pause, NULL);
      contents = pipe_contents (pair.sides[LOCAL].mux.out.ends[0]->fd);
    }
  while (contents == 0 || contents != before);
  mux_stop (&pair.sides[LOCAL].mux, 0);
  int status;
  NEED (waitpid (pid, &status, 0) == pid);
  CHECK (WIFSIGNALED (status) && WTERMSIG (status) == SIGPIPE);
  end (&pair);
}

#if HAVE_SPLICE
/* Let the writer's bytes meet a splice that works as HOW says; PIECES writes,
   with a pause for each to be read.  */
static void
check_splice (enum fake_splice how, bool socket)
{
  enum { PIECES = 10 };
  struct pair pair;
  struct stream there;
  row_is ("splice %u, %s", how, socket ? "a socket" : "a pipe");
  begin_left (&pair, &there, PIPES, 0, socket);
  struct side *side = &pair.sides[LOCAL];
  CHECK (0 <= side->mux.out.staging[0]);
  fake_splice (how, side->mux.out.ends[0]->fd);
  mux_end_writer (&side->mux, 0);
  int steps = 0;
  for (int i = 0; i < PIECES && side->failed == 0; i++)
    {
      NEED (write (there.writer.fd, pattern + 1000 * i, 1000) == 1000);
      there.writer.total = there.writer.done += 1000;
      while (there.reader.done < there.writer.done && side->failed == 0
             && ++steps < 1000)
        events_step (&pair.events);
    }
  CHECK (0 < fake_splices () && steps < 20 * PIECES);
  if (how == SPLICE_FAILS)
    {
      CHECK_NUMBER (side->failed, ENOMEM);
      CHECK (side->drained[0] == 0 && side->closed[0] == 0);
      CHECK (write (there.writer.fd, "", 1) == -1 && errno == EPIPE);
      finish_stage (&there.writer);
      finish_stage (&there.reader);
    }
  else
    {
      finish_stage (&there.writer);
      while (stream_goes_on (&there) && ++steps < 2000)
        events_step (&pair.events);
      check_whole (&there);
    }
  fake_splice (SPLICE_REAL, -1);
  end (&pair);
}
#endif

int
main (void)
{
  alarm (300);
  signal (SIGPIPE, SIG_IGN);
  make_pattern ();
  for (int joined = 0; joined < JOINTS; joined++)
    {
      check_cut (joined, false);
      check_cut (joined, true);
      check_unread (joined);
      check_close_after_end (joined);
      check_reads_all (joined);
      for (int socket = 0; socket < 2; socket++)
        {
          check_left_behind (joined, 0, socket);
          check_left_behind (joined, 1, socket);
          check_left_behind (joined, 60000, socket);
          for (int after_end = 0; after_end < 2; after_end++)
            {
              check_flush (joined, 0, socket, after_end);
              check_flush (joined, 1, socket, after_end);
              check_flush (joined, 60000, socket, after_end);
            }
        }
      check_filter (joined, PATTERN);
      check_filter (joined, 4096);
      check_filter (joined, 1);
    }
#if HAVE_SPLICE
  for (int socket = 0; socket < 2; socket++)
    {
      check_splice (SPLICE_ZERO, socket);
      check_splice (SPLICE_AGAIN, socket);
      check_splice (SPLICE_FAILS, socket);
    }
#endif
  return test_result ();
}
