/* Test what comes in of channels that go through the login, byte by byte.
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

#include "../fuzz/fuzz.h"
#include "minmax.h"
#include "mux-pair.h"
#include "test-macros.h"

/* The local side, and what comes to it as bytes.  */
struct raw
{
  struct pair pair;
  struct stage_play reader, writer;
  int to;
  int from;
};

/* Channel 0 is for reading, and 1 for writing, if OPEN.  */
static void
begin_raw (struct raw *raw, bool open)
{
  char const banner[] = BANNER_AGENT "1 1 2.0\n";
  int in[2], out[2];
  NEED (pipe (in) == 0 && pipe (out) == 0);
  raw->pair = (struct pair) { .joined = PIPES };
  raw->to = in[1];
  raw->from = out[0];
  raw->reader.fd = raw->writer.fd = -1;
  events_init (&raw->pair.events);
  struct side *side = &raw->pair.sides[LOCAL];
  open_side (&raw->pair, LOCAL, in[0], out[1]);
  NEED (write (raw->to, banner, sizeof banner - 1)
        == (ssize_t) (sizeof banner - 1));
  while (!side->ready)
    events_step (&raw->pair.events);
  if (open)
    {
      begin_stage (&raw->reader, side, 0, false, 0, PATTERN);
      begin_stage (&raw->writer, side, 1, true, 1000, PATTERN);
      pause_stage (&raw->writer);
    }
}

static void
end_raw (struct raw *raw)
{
  struct side *side = &raw->pair.sides[LOCAL];
  control_close (&side->control);
  mux_close (&side->mux);
  if (0 <= raw->reader.fd)
    finish_stage (&raw->reader);
  if (0 <= raw->writer.fd)
    finish_stage (&raw->writer);
  if (0 <= side->opened)
    close (side->opened);
  events_free (&raw->pair.events);
  close (raw->to);
  close (raw->from);
}

static bool
is_readable (int fd)
{
  struct pollfd ready = { .fd = fd, .events = POLLIN };
  return poll (&ready, 1, 0) == 1;
}

/* Give it the LENGTH bytes at BYTES, and let it read them.  */
static void
give (struct raw *raw, void const *bytes, size_t length)
{
  struct side *side = &raw->pair.sides[LOCAL];
  unsigned char const *at = bytes;
  while (0 < length && side->end == NULL)
    {
      size_t some = MIN (length, 4096);
      NEED (write (raw->to, at, some) == (ssize_t) some);
      while (0 <= side->control.in && is_readable (side->control.in))
        events_step (&raw->pair.events);
      at += some;
      length -= some;
    }
}

/* Write a message with LENGTH bytes from the pattern at OFFSET to BYTES.
   Return how many it is.  */
static size_t
put_data (unsigned char *bytes, uint64_t channel, size_t length,
          size_t offset)
{
  message_put_data (bytes, channel, length);
  for (size_t i = 0; i < length; i++)
    bytes[DATA_PREFIX + i] = pattern[(offset + i) % PATTERN];
  bytes[DATA_PREFIX + length] = MESSAGE_LAST;
  return DATA_PREFIX + length + 1;
}

static unsigned char frame[DATA_PREFIX + DATA_MAX + 1];

/* A prefix that makes the connection end as garbled.  */
struct refused_row
{
  char const *name;
  bool open;
  uint64_t channel;
  size_t length;
  unsigned place;               /* of a byte of the prefix ... */
  unsigned char change;         /* ... that is changed by this */
};

static struct refused_row const refused_rows[] =
{
  { "before anything is carried", false, 0, 100, 0, 0 },
  { "for a writing end", true, 1, 100, 0, 0 },
  { "for no channel", true, 2, 100, 0, 0 },
  { "for channel 2^32", true, (uint64_t) 1 << 32, 100, 0, 0 },
  { "for channel 2^63", true, (uint64_t) 1 << 63, 100, 0, 0 },
  { "without bytes", true, 0, 0, 0, 0 },
  { "too long", true, 0, DATA_MAX + 1, 0, 0 },
  { "another length of the body", true, 0, 100, 3, 1 },
  { "a long body", true, 0, 100, 0, 1 },
  { "another key for the channel", true, 0, 100, 6, 1 },
  { "another length of the channel", true, 0, 100, 10, 1 },
  { "another key for the bytes", true, 0, 100, 20, 1 },
  { "another length of the bytes", true, 0, 100, 24, 1 },
  { "a great length of the bytes", true, 0, 100, 21, 128 },
};

static void
check_refused (void)
{
  for (size_t i = 0; i < SIZEOF (refused_rows); i++)
    for (size_t cut = 0; cut <= DATA_PREFIX; cut++)
      {
        struct refused_row const *row = &refused_rows[i];
        struct raw raw;
        row_is ("refused: %s, cut at %d", row->name, (int) cut);
        begin_raw (&raw, row->open);
        put_data (frame, row->channel, MIN (row->length, 100), 0);
        message_put_data (frame, row->channel, row->length);
        frame[row->place] ^= row->change;
        give (&raw, frame, cut);
        give (&raw, frame + cut, DATA_PREFIX - cut);
        CHECK_TEXT (raw.pair.sides[LOCAL].end, "garbled");
        end_raw (&raw);
      }
}

/* More than the window is refused, and all of the window taken, while the
   stage reads nothing.  */
static void
check_window (void)
{
  struct raw raw;
  row_is ("more than the window");
  begin_raw (&raw, true);
  pause_stage (&raw.reader);
  struct side *side = &raw.pair.sides[LOCAL];
  uint64_t given = 0;
  while (side->end == NULL && given < 4 * (uint64_t) MUX_WINDOW)
    {
      uint64_t allowed = side->mux.in.ends[0]->allowed;
      size_t length = put_data (frame, 0, DATA_MAX, given);
      give (&raw, frame, length);
      CHECK ((side->end == NULL) == (given + DATA_MAX <= allowed));
      if (side->end == NULL)
        given += DATA_MAX;
    }
  CHECK_TEXT (side->end, "garbled");
  CHECK_NUMBER (given, side->mux.in.ends[0]->allowed);
  CHECK_NUMBER (mux_bytes (&side->mux, 0), given);
  /* Nothing of it is lost.  */
  go_on (&raw.reader);
  while (raw.reader.done < given)
    events_step (&raw.pair.events);
  CHECK (!raw.reader.wrong && !raw.reader.at_end);
  end_raw (&raw);
}

/* Frames cut anywhere, between other messages; and an end anywhere.  */
static void
check_cuts (void)
{
  unsigned char bytes[512];
  struct message_builder ping;
  size_t length = 0, good[2];
  for (int i = 0; i < 2; i++)
    {
      message_begin (&ping, i ? MESSAGE_STARTED : MESSAGE_PING);
      if (i)
        message_add_text (&ping, KEY_TEXT, "longer than a prefix, and so on");
      message_finish (&ping);
      memcpy (bytes + length, ping.bytes, ping.length);
      length += ping.length;
      message_wipe (&ping);
      length += put_data (bytes + length, 0, 1 + 99 * i, i);
      good[i] = length;
    }
  for (size_t cut = 0; cut <= length; cut++)
    {
      struct raw raw;
      struct side *side = &raw.pair.sides[LOCAL];
      row_is ("frames cut at %d", (int) cut);
      begin_raw (&raw, true);
      give (&raw, bytes, cut);
      give (&raw, bytes + cut, length - cut);
      while (raw.reader.done < 101)
        events_step (&raw.pair.events);
      CHECK (!raw.reader.wrong && side->end == NULL);
      CHECK_NUMBER (side->texts, 1);
      end_raw (&raw);

      row_is ("end after %d bytes of frames", (int) cut);
      begin_raw (&raw, true);
      give (&raw, bytes, cut);
      close (raw.to);
      raw.to = open ("/dev/null", O_WRONLY);
      while (side->end == NULL)
        events_step (&raw.pair.events);
      CHECK_TEXT (side->end, "eof");
      CHECK (0 <= raw.reader.fd && !raw.reader.at_end);
      uint64_t bytes_in = mux_bytes (&side->mux, 0);
      /* Of each message, the last byte is the newline.  */
      size_t last = length - 1, second = last - 100;
      CHECK (bytes_in == (cut < good[0] - 1 ? 0 : cut < second ? 1
                          : 1 + MIN (cut, last) - second));
      end_raw (&raw);
    }
}

/* What stands behind the bytes of a channel must be a newline.  */
static void
check_last (void)
{
  for (size_t cut = 0; cut <= 2; cut++)
    for (int last = 0; last < 256; last += last == '\n' - 1 ? 2 : 1)
      {
        struct raw raw;
        struct side *side = &raw.pair.sides[LOCAL];
        row_is ("byte %d behind the data, cut %zu before the end", last, cut);
        begin_raw (&raw, true);
        size_t length = put_data (frame, 0, 10, 0);
        frame[length - 1] = last;
        give (&raw, frame, length - cut);
        CHECK (cut == 0 || side->end == NULL);
        give (&raw, frame + length - cut, cut);
        CHECK_TEXT (side->end, "garbled");
        CHECK_NUMBER (mux_bytes (&side->mux, 0), 10);
        end_raw (&raw);
      }
}

/* All of a message is sent at once, the newline too, though nothing follows;
   and all of it once only, though something does.  */
static void
check_sent (void)
{
  struct raw raw;
  struct side *side = &raw.pair.sides[LOCAL];
  begin_raw (&raw, false);
  int stage;
  NEED (mux_open (&side->mux, 1, STAGE_PIPE_WRITER, &stage) == 0);
  NEED (mux_out_credit (&side->mux.out, 1, 1000));
  for (size_t round = 0; round < 3; round++)
    {
      unsigned char got[1024];
      row_is ("sent in round %d", (int) round);
      while (is_readable (raw.from)
             || send_queue_is_busy (&side->control.queue))
        {
          if (is_readable (raw.from))
            NEED (0 < read (raw.from, got, sizeof got));
          else
            events_step (&raw.pair.events);
        }
      NEED (write (stage, pattern, 10 + round) == (ssize_t) (10 + round));
      size_t length = put_data (frame, 1, 10 + round, 0);
      for (size_t have = 0; have < length; )
        {
          while (!is_readable (raw.from))
            events_step (&raw.pair.events);
          ssize_t some = read (raw.from, got + have, sizeof got - have);
          NEED (0 < some);
          have += some;
          CHECK (have <= length && memcmp (got, frame, have) == 0);
        }
    }
  close (stage);
  end_raw (&raw);
}

/* Frames that come right behind the message that opens the channel have been
   read with it.  */
static void
check_switch (void)
{
  static unsigned char bytes[4096];
  struct raw raw;
  struct side *side = &raw.pair.sides[LOCAL];
  struct message_builder started;
  row_is ("frames right behind the opening");
  message_begin (&started, MESSAGE_STARTED);
  message_finish (&started);
  size_t length = started.length;
  memcpy (bytes, started.bytes, length);
  message_wipe (&started);
  length += put_data (bytes + length, 0, 1000, 0);
  length += put_data (bytes + length, 0, 1000, 1000);
  length += put_data (bytes + length, 0, 500, 2000);
  begin_raw (&raw, false);
  side->open_on_text = true;
  give (&raw, bytes, length);
  NEED (0 <= side->opened);
  CHECK_NUMBER (mux_bytes (&side->mux, 0), 2500);
  unsigned char got[4096];
  CHECK_NUMBER (read (side->opened, got, sizeof got), 2500);
  CHECK (memcmp (got, pattern, 2500) == 0);
  CHECK (side->end == NULL);
  end_raw (&raw);
}

/* Nothing may follow the end.  */
static void
check_after_end (void)
{
  struct raw raw;
  struct side *side = &raw.pair.sides[LOCAL];
  row_is ("data after the end");
  begin_raw (&raw, true);
  mux_end_reader (&side->mux, 0);
  CHECK (mux_delivered (&side->mux, 0));
  size_t length = put_data (frame, 0, 10, 0);
  give (&raw, frame, length);
  CHECK_TEXT (side->end, "garbled");
  end_raw (&raw);

  /* But what was under way to a reader that was stopped is nothing bad.  */
  row_is ("data after the stop");
  begin_raw (&raw, true);
  mux_stop (&side->mux, 0);
  CHECK (!mux_delivered (&side->mux, 0));
  give (&raw, frame, length);
  CHECK (side->end == NULL);
  CHECK_NUMBER (mux_bytes (&side->mux, 0), 10);
  end_raw (&raw);
}

/* What mux_credit makes of channel and number.  */
struct credit_row
{
  char const *name;
  uint64_t channel;             /* 77: none */
  uint64_t bytes;               /* 77: none */
  bool good;
};

static struct credit_row const credit_rows[] =
{
  { "good", 1, 1000, true },
  { "nothing", 1, 0, true },
  { "no channel", 77, 1000, false },
  { "no number", 1, 77, false },
  { "a number that no channel has", CHANNEL_NUMBER_MAX + 1, 1000, false },
  { "channel 2^32 + 1", ((uint64_t) 1 << 32) + 1, 1000, false },
  { "a reader", 0, 1000, false },
  { "more than anything", 1, UINT64_MAX, false },
  { "too much", 1, (uint64_t) INT64_MAX + 1, false },
  { "too much the second time", 1, INT64_MAX, true },
};

/* Return how much of CHANNEL may be sent.  */
static uint64_t
allowed_on (struct mux const *mux, unsigned channel)
{
  for (size_t i = 0; i < mux->out.count; i++)
    if (mux->out.ends[i]->channel == channel)
      return mux->out.ends[i]->allowed;
  return 0;
}

static void
check_credit (void)
{
  for (size_t i = 0; i < SIZEOF (credit_rows); i++)
    {
      struct credit_row const *row = &credit_rows[i];
      struct raw raw;
      struct mux *mux = &raw.pair.sides[LOCAL].mux;
      row_is ("credit: %s", row->name);
      begin_raw (&raw, true);
      struct message_builder builder;
      message_begin (&builder, MESSAGE_CREDIT);
      if (row->channel != 77)
        message_add_number (&builder, KEY_CHANNEL, row->channel);
      if (row->bytes != 77)
        message_add_number (&builder, KEY_BYTES, row->bytes);
      message_finish (&builder);
      struct message message;
      NEED (0 < message_parse (builder.bytes, builder.length, &message));
      CHECK (mux_credit (mux, &message) == row->good);
      CHECK_NUMBER (allowed_on (mux, 1),
                    row->good ? row->bytes : 0);
      CHECK (mux_credit (mux, &message)
             == (row->good && row->bytes != INT64_MAX));
      message_wipe (&builder);
      end_raw (&raw);
    }
}

/* No bytes make it go wrong; the fuzzer aborts where some do.  */
static void
check_any_bytes (void)
{
  row_is ("any bytes");
  unsigned char sample[256] = { 7 };
  size_t length = 1;
  length += put_data (sample + length, 0, 20, 0);
  struct message_builder credit;
  message_begin (&credit, MESSAGE_CREDIT);
  message_add_number (&credit, KEY_CHANNEL, 1);
  message_add_number (&credit, KEY_BYTES, 100);
  message_finish (&credit);
  memcpy (sample + length, credit.bytes, credit.length);
  length += credit.length;
  message_wipe (&credit);
  length += put_data (sample + length, 0, 30, 20);
  fuzz_run (sample, length, 5000, 1);
}

int
main (void)
{
  alarm (300);
  signal (SIGPIPE, SIG_IGN);
  make_pattern ();
  check_refused ();
  check_window ();
  check_cuts ();
  check_last ();
  check_sent ();
  check_switch ();
  check_after_end ();
  check_credit ();
  check_any_bytes ();
  return test_result ();
}
