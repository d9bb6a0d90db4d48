/* Test channels that go through the login: what is written arrives.
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

#include "minmax.h"
#include "mux-pair.h"
#include "test-macros.h"

static void
check_both_ways (int joined, uint64_t total, size_t chunk)
{
  struct pair pair;
  struct stream there, back;
  row_is ("both ways, %s, %d bytes at once", stage_pipe_names[joined],
          (int) chunk);
  begin (&pair, joined);
  begin_stream (&there, &pair, 0, LOCAL, total, chunk);
  begin_stream (&back, &pair, 1, AGENT, total, chunk);
  while (stream_goes_on (&there) || stream_goes_on (&back))
    events_step (&pair.events);
  check_whole (&there);
  check_whole (&back);
  end (&pair);
}

/* Two channels in the same direction take turns.  */
static void
check_same_way (int joined)
{
  struct pair pair;
  struct stream one, two;
  row_is ("the same way, %s", stage_pipe_names[joined]);
  begin (&pair, joined);
  begin_stream (&one, &pair, 0, LOCAL, 20000000, PATTERN);
  begin_stream (&two, &pair, 1, LOCAL, 20000000, PATTERN);
  while (stream_goes_on (&one) && stream_goes_on (&two))
    events_step (&pair.events);
  /* Neither was far ahead of the other.  */
  CHECK (15000000 < one.reader.done && 15000000 < two.reader.done);
  while (stream_goes_on (&one) || stream_goes_on (&two))
    events_step (&pair.events);
  check_whole (&one);
  check_whole (&two);
  end (&pair);
}

/* A reader that stops for a while stops its writer, in time, and nothing
   else.  */
static void
check_pause (int joined)
{
  struct pair pair;
  struct stream there, back;
  row_is ("a reader that pauses, %s", stage_pipe_names[joined]);
  begin (&pair, joined);
  begin_stream (&there, &pair, 0, LOCAL, 30000000, PATTERN);
  pause_stage (&there.reader);
  settle (&pair, 100, &there.writer.done);
  CHECK (there.writer.done < there.writer.total);
  uint64_t sent = mux_bytes (&pair.sides[LOCAL].mux, 0);
  /* The window, and what the stage's socket had room for, which may be more
     than its size where big pages of a socket's are moved to it.  */
  CHECK (MUX_WINDOW <= sent && sent <= 4 * MUX_WINDOW);

  begin_stream (&back, &pair, 1, AGENT, 30000000, PATTERN);
  int texts = pair.sides[AGENT].texts;
  send_number (&pair.sides[LOCAL], MESSAGE_STARTED, 0);
  while (stream_goes_on (&back))
    events_step (&pair.events);
  check_whole (&back);
  CHECK_NUMBER (pair.sides[AGENT].texts, texts + 1);
  control_heartbeat (&pair.sides[LOCAL].control, 20);
  settle (&pair, 200, &there.writer.done);
  CHECK (control_silence (&pair.sides[AGENT].control) < 150);

  go_on (&there.reader);
  while (stream_goes_on (&there))
    events_step (&pair.events);
  check_whole (&there);
  end (&pair);
}

/* A reading stage that closes its standard input: the writer gets no more
   credit, and SIGPIPE when it is told to stop.  */
static void
check_reader_leaves (int joined)
{
  struct pair pair;
  struct stream there;
  row_is ("a reader that leaves, %s", stage_pipe_names[joined]);
  begin (&pair, joined);
  begin_stream (&there, &pair, 0, LOCAL, 100000000, PATTERN);
  while (there.reader.done < 10000000)
    events_step (&pair.events);
  CHECK (!mux_reader_gone (&pair.sides[AGENT].mux, 0));
  finish_stage (&there.reader);
  CHECK (mux_reader_gone (&pair.sides[AGENT].mux, 0));
  settle (&pair, 100, &there.writer.done);
  CHECK (mux_reader_gone (&pair.sides[AGENT].mux, 0));
  CHECK (pair.sides[AGENT].failed == 0);
  CHECK (!there.writer.refused && 0 <= there.writer.fd);
  CHECK (!mux_delivered (&pair.sides[AGENT].mux, 0));
  CHECK (mux_bytes (&pair.sides[AGENT].mux, 0)
         <= there.reader.done + MUX_WINDOW + 1024 * 1024);

  mux_stop (&pair.sides[AGENT].mux, 0);
  send_number (&pair.sides[AGENT], MESSAGE_STOP, 0);
  while (0 <= there.writer.fd)
    events_step (&pair.events);
  CHECK (there.writer.refused);
  /* The writer's end is of no importance any more.  */
  mux_end_writer (&pair.sides[LOCAL].mux, 0);
  CHECK_NUMBER (pair.sides[LOCAL].drained[0], 0);
  mux_end_reader (&pair.sides[AGENT].mux, 0);
  CHECK (!mux_delivered (&pair.sides[AGENT].mux, 0));
  CHECK (pair.sides[LOCAL].end == NULL && pair.sides[AGENT].end == NULL);
  end (&pair);
}

/* Stop both ends in full flow, with all kinds of bytes under way; the other
   channel goes on.  */
static void
check_stop (int joined)
{
  struct pair pair;
  struct stream there, back;
  row_is ("stop, %s", stage_pipe_names[joined]);
  begin (&pair, joined);
  begin_stream (&there, &pair, 0, LOCAL, 100000000, PATTERN);
  begin_stream (&back, &pair, 1, AGENT, 20000000, PATTERN);
  while (there.reader.done < 5000000)
    events_step (&pair.events);
  mux_stop (&pair.sides[AGENT].mux, 0);
  uint64_t before = mux_bytes (&pair.sides[AGENT].mux, 0);
  while (mux_bytes (&pair.sides[AGENT].mux, 0) == before)
    events_step (&pair.events);
  mux_stop (&pair.sides[LOCAL].mux, 0);
  while (stream_goes_on (&back) || 0 <= there.writer.fd
         || 0 <= there.reader.fd)
    events_step (&pair.events);
  CHECK (there.writer.refused);
  check_whole (&back);
  end (&pair);
}

/* A stage that closes its standard output and runs on: no end of file yet,
   and the loop has nothing to do.  */
static void
check_early_end (int joined)
{
  struct pair pair;
  struct stream there;
  row_is ("standard output closed, %s", stage_pipe_names[joined]);
  begin (&pair, joined);
  begin_stream (&there, &pair, 0, LOCAL, 1000, PATTERN);
  pause_stage (&there.writer);
  NEED (write (there.writer.fd, pattern, 1000) == 1000);
  there.writer.done = 1000;
  finish_stage (&there.writer);
  while (there.reader.done < 1000)
    events_step (&pair.events);
  int steps = 0;
  bool over = false;
  struct timer timer = { .set = false };
  timer_set (&pair.events, &timer, 100, ring, &over);
  while (!over)
    {
      events_step (&pair.events);
      steps++;
    }
  CHECK (steps < 10);
  CHECK (0 <= there.reader.fd && pair.sides[LOCAL].drained[0] == 0);
  CHECK (pair.sides[LOCAL].closed[0] == 1
         && mux_closed (&pair.sides[LOCAL].mux, 0));
  mux_end_writer (&pair.sides[LOCAL].mux, 0);
  mux_end_writer (&pair.sides[LOCAL].mux, 0);
  while (stream_goes_on (&there))
    events_step (&pair.events);
  check_whole (&there);
  end (&pair);
}

int
main (void)
{
  alarm (300);
  signal (SIGPIPE, SIG_IGN);
  make_pattern ();
  for (int joined = 0; joined < JOINTS; joined++)
    {
      check_both_ways (joined, 100000000, PATTERN);
      check_both_ways (joined, 20000, 1);
      check_both_ways (joined, 1, 1);
      check_same_way (joined);
      check_pause (joined);
      check_reader_leaves (joined);
      check_stop (joined);
      check_early_end (joined);
    }
  return test_result ();
}
