/* Test one end of a channel against the kernel: writers that are killed or
   cut, and readers that leave early.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "data/end.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "channel-pair.h"
#include "test-macros.h"

/* Return what comes of writing to FD until that fails: an errno, or GOES when
   it does not fail for long.  SIGPIPE is ignored.  */
static int
write_on (int fd)
{
  for (int i = 0; i < 10000; i++)
    {
      char byte = 'x';
      if (write (fd, &byte, 1) != 1)
        return errno;
      /* The answer to the first byte may still be on its way.  */
      poll (NULL, 0, 1);
    }
  return GOES;
}

/* The ways in which a writing end goes wrong.  */
enum wrong
{
  FAILED,                       /* the command was killed */
  CUT,                          /* the worker aborts */
  CUT_THEN_ENDED,               /* and the command ends after that */
  CUT_BY_READER,                /* the reader's worker aborts */
  ALL_DEAD                      /* all holders of the socket are gone */
};

struct wrong_row
{
  char const *name;
  enum wrong wrong;
  enum channel_outcome writer;
};

static struct wrong_row const wrong_rows[] =
{
  { "the writer is killed", FAILED, OUTCOME_ABORTED },
  { "the channel is cut", CUT, OUTCOME_OPEN },
  { "the channel is cut, then the writer ends", CUT_THEN_ENDED,
    OUTCOME_ABORTED },
  { "the reader's side cuts", CUT_BY_READER, OUTCOME_OPEN },
  { "all holders of the writing end die", ALL_DEAD, OUTCOME_OPEN },
};

static void
check_wrong (struct wrong_row const *row, bool connector_writes, size_t size)
{
  struct pair pair;
  row_is ("%s, after %zu bytes, %s writes", row->name, size,
          connector_writes ? "connector" : "listener");
  begin (&pair, connector_writes);
  transfer (&pair, size);
  switch (row->wrong)
    {
    case FAILED:
      close_command (&pair.write_command);
      stage_ends (&pair.writer, true, false);
      break;
    case CUT:
      end_cut (&pair.writer);
      break;
    case CUT_THEN_ENDED:
      end_cut (&pair.writer);
      close_command (&pair.write_command);
      stage_ends (&pair.writer, false, false);
      break;
    case CUT_BY_READER:
      end_cut (&pair.reader);
      break;
    case ALL_DEAD:
      close_command (&pair.write_command);
      /* As the kernel does when a process dies.  */
      close (pair.writer.channel.fd);
      pair.writer.channel.fd = -1;
      break;
    }
  CHECK_NUMBER (pair.writer.channel.own.outcome, row->writer);
  if (metered || row->wrong == FAILED || row->wrong == ALL_DEAD)
    CHECK_NUMBER (read_all (pair.read_command, NULL), ECONNRESET);
  close_command (&pair.read_command);
  stage_ends (&pair.reader, true, false);
  leave (&pair.reader);
  CHECK (pair.reader.channel.own.outcome == OUTCOME_BROKEN
         || (!metered && pair.reader.channel.own.outcome == OUTCOME_EARLY));
  /* Where the kernel does not tell, the other side does.  */
  pair.writer.channel.own.outcome = OUTCOME_ABORTED;
  end_peer (&pair.reader, &pair.writer.channel.own);
  CHECK (channel_input_cut (&pair.reader.channel));
  end (&pair);
}

/* The data that a killed writer left in its socket need not arrive, but there
   must be no end of file behind it.  */
static void
check_killed_full (void)
{
  struct pair pair;
  row_is ("the writer is killed with unread data");
  begin (&pair, true);
  put (pair.write_command, 100000);
  close_command (&pair.write_command);
  stage_ends (&pair.writer, true, false);
  CHECK_NUMBER (pair.writer.channel.own.outcome, OUTCOME_ABORTED);
  CHECK_NUMBER (read_all (pair.read_command, NULL), ECONNRESET);
  end (&pair);
}

/* Cutting comes too late for a reader that has all.  */
static void
check_late_cut (void)
{
  for (int cutter = 0; cutter < 2; cutter++)
    {
      struct pair pair;
      uint64_t count = 0;
      row_is ("the %s's side cuts after the clean end",
              cutter ? "writer" : "reader");
      begin (&pair, true);
      put (pair.write_command, 5000);
      close_command (&pair.write_command);
      stage_ends (&pair.writer, false, false);
      if (cutter == 0)
        {
          /* Until the end has arrived.  */
          get (pair.read_command, 5000);
          count = 5000;
          NEED (wait_ready (pair.read_command, POLLIN));
          if (metered)
            end_cut (&pair.reader);
        }
      else
        end_cut (&pair.writer);
      CHECK_NUMBER (read_all (pair.read_command, &count), ENDS);
      CHECK_NUMBER (count, 5000);
      close_command (&pair.read_command);
      stage_ends (&pair.reader, false, false);
      leave (&pair.reader);
      CHECK_NUMBER (pair.reader.channel.own.outcome, OUTCOME_COMPLETE);
      check_count (&pair.reader.channel.own, 5000);
      end (&pair);
    }
}

/* How much is written, and how much of it read, before the reader ends.  */
struct early_row
{
  size_t written;
  size_t read;
};

static struct early_row const early_rows[] =
{
  { 0, 0 }, { 1, 0 }, { 1000, 1000 }, { 1000, 999 }, { 100000, 10 },
};

/* The writer meets SIGPIPE (which is ignored here, and so EPIPE).  */
static void
check_early (struct early_row const *row, bool connector_writes, bool told)
{
  struct pair pair;
  row_is ("the reader ends after %zu of %zu bytes, %s writes, %s",
          row->read, row->written,
          connector_writes ? "connector" : "listener",
          told ? "its end is told" : "its end is not told");
  begin (&pair, connector_writes);
  put (pair.write_command, row->written);
  get (pair.read_command, row->read);
  close_command (&pair.read_command);
  stage_ends (&pair.reader, false, false);
  leave (&pair.reader);
  CHECK_NUMBER (pair.reader.channel.own.outcome, OUTCOME_EARLY);
  CHECK (pair.reader.channel.fd == -1);
  CHECK (!channel_input_cut (&pair.reader.channel));
  if (told)
    end_peer (&pair.writer, &pair.reader.channel.own);
  CHECK_NUMBER (write_on (pair.write_command), EPIPE);
  CHECK_NUMBER (write_on (pair.write_command), EPIPE);
  close_command (&pair.write_command);
  stage_ends (&pair.writer, true, true);
  CHECK_NUMBER (pair.writer.channel.own.outcome, OUTCOME_READER_LEFT);
  end (&pair);
}

/* A writer whose socket is full when its reader ends.  */
static void
check_early_full (void)
{
  struct pair pair;
  row_is ("the reader ends while the writer waits");
  begin (&pair, true);
  int flags = fcntl (pair.write_command, F_GETFL);
  NEED (fcntl (pair.write_command, F_SETFL, flags | O_NONBLOCK) == 0);
  static char block[65536];
  while (0 < write (pair.write_command, block, sizeof block))
    continue;
  NEED (errno == EAGAIN);
  NEED (fcntl (pair.write_command, F_SETFL, flags) == 0);
  pid_t child = fork ();
  NEED (0 <= child);
  if (child == 0)
    {
      /* Or it would keep the other end open itself.  */
      close (pair.read_command);
      close (pair.reader.channel.fd);
      _exit (write (pair.write_command, block, sizeof block) < 0
             && errno == EPIPE ? 0 : 1);
    }
  get (pair.read_command, 10);
  close_command (&pair.read_command);
  stage_ends (&pair.reader, false, false);
  leave (&pair.reader);
  int status;
  /* A part of its block may have found room; then the next one fails.  */
  NEED (waitpid (child, &status, 0) == child);
  CHECK (status == 0 || write_on (pair.write_command) == EPIPE);
  close_command (&pair.write_command);
  stage_ends (&pair.writer, true, true);
  CHECK_NUMBER (pair.writer.channel.own.outcome, OUTCOME_READER_LEFT);
  end (&pair);
}

/* The writer fails, or ends well, after its reader left, without a byte
   written since: the meter tells, or the reader's side does.  */
static void
check_reader_left (void)
{
  for (int i = 0; i < 4; i++)
    {
      bool failed = i & 1, told = i & 2;
      struct pair pair;
      row_is ("the writer ends %s after its reader, %s",
              failed ? "badly" : "well", told ? "told" : "not told");
      if (!told && !metered)
        continue;
      begin (&pair, true);
      transfer (&pair, 100);
      close_command (&pair.read_command);
      stage_ends (&pair.reader, false, false);
      leave (&pair.reader);
      if (told)
        end_peer (&pair.writer, &pair.reader.channel.own);
      else
        NEED (wait_ready (pair.write_command, POLLIN));
      close_command (&pair.write_command);
      stage_ends (&pair.writer, failed, false);
      CHECK_NUMBER (pair.writer.channel.own.outcome, OUTCOME_READER_LEFT);
      end (&pair);
    }

  row_is ("a writer that dies of SIGPIPE of its own while the reader reads");
  if (metered)
    {
      struct pair pair;
      begin (&pair, true);
      transfer (&pair, 100);
      close_command (&pair.write_command);
      stage_ends (&pair.writer, true, true);
      CHECK_NUMBER (pair.writer.channel.own.outcome, OUTCOME_ABORTED);
      CHECK_NUMBER (read_all (pair.read_command, NULL), ECONNRESET);
      end (&pair);
    }
}

/* Word of the reader's end comes before the connection.  */
static void
check_early_word (void)
{
  struct pair pair;
  row_is ("the reader's end is known before the connection");
  int ends[2];
  connect_pair (ends);
  struct connection connection;
  struct channel_end early = { .outcome = OUTCOME_EARLY };
  describe (&connection, ends[0], 0, 0, sent_at_first (ends[0]));
  end_init (&pair.writer, 0, true);
  end_peer (&pair.writer, &early);
  NEED (take (&pair.writer, &connection, 120) == 0);
  CHECK_NUMBER (write_on (pair.writer.channel.fd), EPIPE);
  stage_ends (&pair.writer, true, true);
  CHECK_NUMBER (pair.writer.channel.own.outcome, OUTCOME_READER_LEFT);
  channel_close (&pair.writer.channel);
  close (ends[1]);
}

int
main (void)
{
  channel_test ();
  for (int writes = 0; writes < 2; writes++)
    {
      for (size_t i = 0; i < SIZEOF (wrong_rows); i++)
        {
          check_wrong (&wrong_rows[i], writes, 0);
          check_wrong (&wrong_rows[i], writes, 100000);
        }
      for (size_t i = 0; i < SIZEOF (early_rows); i++)
        {
          check_early (&early_rows[i], writes, false);
          check_early (&early_rows[i], writes, true);
        }
    }
  check_killed_full ();
  check_late_cut ();
  check_early_full ();
  check_reader_left ();
  check_early_word ();
  return test_result ();
}
