/* Test the control connection over pipes.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "wire/control.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "../fuzz/fuzz.h"
#include "control-pipes.h"
#include "minmax.h"
#include "test-macros.h"

/* All that a side may receive, with some messages in it, of one kind or
   another.  */
struct stream
{
  unsigned char bytes[4096];
  size_t length;
  size_t part[8];               /* where the parts end, from the banner on */
  size_t parts;
  char const *heard[8];         /* after that many parts */
};

static void
end_part (struct stream *stream, char const *more)
{
  stream->part[stream->parts] = stream->length;
  stream->heard[stream->parts++] = more;
}

static void
make_stream (struct stream *stream, bool local)
{
  unsigned char *bytes = stream->bytes;
  stream->parts = 0;
  stream->length = put_text (bytes, 0, local ? BANNER_AGENT "1 1 2.0\n"
                             : BANNER_LOCAL "1 1 2.0\n");
  end_part (stream, "B1-1:2.0;");
  if (local)
    stream->length = put_message (bytes, stream->length, MESSAGE_HELLO,
                                  "a\n=socketpipe-local ");
  else
    stream->length = put_line (bytes, stream->length,
                               "a\n=socketpipe-local ");
  end_part (stream, local ? "B1-1:2.0;M4:a\n=socketpipe-local ;"
            : "B1-1:2.0;M1:a\n=socketpipe-local ;");
  stream->length = put_message (bytes, stream->length, MESSAGE_PING, NULL);
  end_part (stream, stream->heard[1]);
  stream->length = put_message (bytes, stream->length, MESSAGE_BYE, NULL);
  end_part (stream, local
            ? "B1-1:2.0;M4:a\n=socketpipe-local ;M20:;"
            : "B1-1:2.0;M1:a\n=socketpipe-local ;M20:;");
  stream->length = put_message (bytes, stream->length, MESSAGE_STOP, "x");
  end_part (stream, local
            ? "B1-1:2.0;M4:a\n=socketpipe-local ;M20:;M18:x;"
            : "B1-1:2.0;M1:a\n=socketpipe-local ;M20:;M18:x;");
}

/* What is to be heard of the first LENGTH bytes of STREAM.  */
static char const *
heard_of (struct stream const *stream, size_t length)
{
  char const *so_far = "";
  for (size_t i = 0; i < stream->parts && stream->part[i] <= length; i++)
    so_far = stream->heard[i];
  return so_far;
}

/* Cut everywhere, and end everywhere; bytes one by one, and all at once.  */
static void
check_stream (bool local)
{
  struct stream stream;
  struct fixture f;
  char wanted[256];
  make_stream (&stream, local);
  for (size_t cut = 0; cut <= stream.length; cut++)
    {
      row_is ("%s, messages cut at %zu", local ? "local" : "agent", cut);
      begin (&f, local);
      give (&f, stream.bytes, cut);
      CHECK_TEXT (heard, heard_of (&stream, cut));
      give (&f, stream.bytes + cut, stream.length - cut);
      CHECK_TEXT (heard, heard_of (&stream, stream.length));
      end (&f);

      row_is ("%s, end after %zu", local ? "local" : "agent", cut);
      begin (&f, local);
      catch_noise ();
      give (&f, stream.bytes, cut);
      close_to (&f);
      let_read (&f);
      char const *noise = caught_noise ();
      /* What was no banner after all is shown.  */
      size_t shown = local && cut < stream.part[0] ? cut : 0;
      CHECK_NUMBER (strlen (noise), shown);
      CHECK (memcmp (noise, stream.bytes, shown) == 0);
      snprintf (wanted, sizeof wanted, "%seof;", heard_of (&stream, cut));
      CHECK_TEXT (heard, wanted);
      end (&f);
    }

  row_is ("%s, byte by byte", local ? "local" : "agent");
  begin (&f, local);
  for (size_t i = 0; i < stream.length; i++)
    give (&f, stream.bytes + i, 1);
  CHECK_TEXT (heard, heard_of (&stream, stream.length));
  end (&f);
}

/* After any good part, what is no message ends it, however it is cut.  */
static void
check_garbled (bool local)
{
  /* A type that there is not, type 0, a body too long, a field that is longer
     than its body, another byte in the place of the newline, text.  */
  static struct { char const *name; size_t length; char const *bytes; }
  const rows[] = {
    { "unknown type", 5, "\0\0\0\0\377" },
    { "type 0", 5, "\0\0\0\0\0" },
    { "body too long", 5, "\377\0\0\0\2" },
    { "field too long", 12, "\0\0\0\6\2" "\0\2\0\0\0\1" "\n" },
    { "no newline", 6, "\0\0\0\0\12" "\r" },
    { "text", 14, "Last login: no" },
  };
  struct stream stream;
  make_stream (&stream, local);
  for (size_t i = 0; i < SIZEOF (rows); i++)
    for (size_t part = 1; part < stream.parts; part++)
      for (size_t cut = 0; cut <= rows[i].length; cut++)
        {
          struct fixture f;
          char wanted[256];
          row_is ("%s, garbled after part %zu: %s, cut at %zu",
                  local ? "local" : "agent", part, rows[i].name, cut);
          begin (&f, local);
          give (&f, stream.bytes, stream.part[part]);
          give_split (&f, rows[i].bytes, rows[i].length, cut);
          snprintf (wanted, sizeof wanted, "%sgarbled;",
                    stream.heard[part]);
          CHECK_TEXT (heard, wanted);
          end (&f);
        }
}

/* A message of an agent may have AGENT_MESSAGE_MAX bytes, and is refused
   before they have come when it would have more; one to the agent may
   have MESSAGE_MAX.  */
static void
check_longest (bool local)
{
  size_t const most = local ? AGENT_MESSAGE_MAX : MESSAGE_MAX;
  static unsigned char block[4096];
  for (size_t over = 0; over < 2; over++)
    {
      struct fixture f;
      struct stream stream;
      size_t size = most + over;
      row_is ("%s, %zu more than the longest", local ? "local" : "agent",
              over);
      make_stream (&stream, local);
      begin (&f, local);
      give (&f, stream.bytes, stream.length);
      heard_length = 0;
      *heard = '\0';
      give (&f, (unsigned char[]) { size >> 24, size >> 16 & 255,
                                    size >> 8 & 255, size & 255,
                                    MESSAGE_ERROR }, 5);
      CHECK_TEXT (heard, over ? "garbled;" : "");
      if (over == 0)
        {
          /* One unknown field fills it.  */
          size -= 6;
          give (&f, (unsigned char[]) { 255, 255, size >> 24,
                                        size >> 16 & 255, size >> 8 & 255,
                                        size & 255 }, 6);
          while (0 < size)
            {
              size_t some = MIN (size, sizeof block);
              give (&f, block, some);
              size -= some;
            }
          CHECK_TEXT (heard, "");
          give (&f, "\n", 1);
          CHECK_TEXT (heard, "M5:;");
        }
      end (&f);
    }
}

/* Messages without end, of which always one has come in part, need no more
   room than some.  */
static void
check_many (void)
{
  enum { COUNT = 682, ROUNDS = 300 };
  static unsigned char beats[6 * COUNT];
  struct fixture f;
  row_is ("many messages");
  begin (&f, LOCAL);
  char const *banner = BANNER_AGENT "1 1 2.0\n";
  give (&f, banner, strlen (banner));
  size_t length = 0;
  for (int i = 0; i < COUNT; i++)
    length = put_message (beats, length, MESSAGE_PING, NULL);
  give (&f, beats, 1);
  for (int i = 0; i < ROUNDS; i++)
    give (&f, beats + 1, length - 6);
  CHECK_TEXT (heard, "B1-1:2.0;");
  CHECK (f.control.received.size < 16 * sizeof beats);
  give (&f, "rubbish, and more of it", 23);
  CHECK_TEXT (heard, "B1-1:2.0;garbled;");
  end (&f);
}

/* The banner, the first message as a line, and others as they are.  */
static void
check_sending (bool local)
{
  struct fixture f;
  unsigned char got[4096], wanted[4096];
  row_is ("sending, %s", local ? "local" : "agent");
  begin (&f, local);
  struct message_builder builder;
  size_t length = put_text (wanted, 0, local ? BANNER_LOCAL : BANNER_AGENT);
  length += snprintf ((char *) wanted + length, sizeof wanted - length,
                      "%d %d %s\n", PROTOCOL_MIN, PROTOCOL_MAX,
                      PACKAGE_VERSION);
  if (local)
    {
      message_begin (&builder, MESSAGE_TASK);
      message_add_text (&builder, KEY_TEXT, "secret");
      control_send_first (&f.control, &builder);
      CHECK (builder.bytes == NULL && builder.length == 0);
      length = put_line (wanted, length, "secret");
    }
  message_begin (&builder, MESSAGE_STARTED);
  message_add_text (&builder, KEY_TEXT, "more");
  control_send (&f.control, &builder);
  CHECK (builder.bytes == NULL && builder.length == 0);
  length = put_message (wanted, length, MESSAGE_STARTED, "more");
  CHECK_NUMBER (take (&f, got, sizeof got), length);
  CHECK (memcmp (got, wanted, length) == 0);
  end (&f);
}

/* Fill the pipe that leads from it.  Return with how much.  */
static size_t
fill (struct fixture *f)
{
  static char block[65536];
  size_t filled = 0;
  int fd = control_output (&f->control);
  int flags = fcntl (fd, F_GETFL);
  no_wait (fd);
  for (size_t size = sizeof block; 0 < size; size /= 2)
    for (ssize_t some; 0 < (some = write (fd, block, size)); )
      filled += some;
  NEED (fcntl (fd, F_SETFL, flags) == 0);
  return filled;
}

/* Let the loop run for MS milliseconds at least.  */
static void
ring (void *context)
{
  *(bool *) context = true;
}

static void
run_for (struct fixture *f, int64_t ms)
{
  bool over = false;
  struct timer timer;
  memset (&timer, 0, sizeof timer);
  timer_set (&f->events, &timer, ms, ring, &over);
  while (!over)
    events_step (&f->events);
}

/* Take what was sent; return the number of heartbeats, or -1 when there is
   anything else but messages of the type OTHER.  */
static int
take_beats (struct fixture *f, enum message_type other)
{
  unsigned char bytes[65536];
  size_t length = take (f, bytes, sizeof bytes);
  int beats = 0;
  struct message message;
  for (size_t at = 0; at < length; )
    {
      ssize_t size = message_parse (bytes + at, length - at, &message);
      if (size <= 0
          || (message.type != MESSAGE_PING && message.type != other))
        return -1;
      beats += message.type == MESSAGE_PING;
      at += size;
    }
  return beats;
}

static void
check_heartbeat (void)
{
  /* Long enough for a busy machine to speak in between.  */
  enum { BEAT = 300 };
  struct fixture f;
  unsigned char bytes[4096];
  begin (&f, LOCAL);
  take (&f, bytes, sizeof bytes);

  row_is ("no heartbeat unless asked for");
  run_for (&f, 50);
  CHECK_NUMBER (take_beats (&f, MESSAGE_PING), 0);

  row_is ("heartbeats when quiet");
  int64_t start = events_now (&f.events);
  control_heartbeat (&f.control, BEAT);
  run_for (&f, 7 * BEAT / 2);
  /* Later is not wrong, earlier is.  */
  int64_t most = (events_now (&f.events) - start) / BEAT;
  int beats = take_beats (&f, MESSAGE_PING);
  CHECK (1 <= beats && beats <= most);

  row_is ("no heartbeat when talking");
  int64_t longest = 0, last = events_now (&f.events);
  for (int i = 0; i < 30; i++)
    {
      struct message_builder builder;
      message_begin (&builder, MESSAGE_STARTED);
      control_send (&f.control, &builder);
      run_for (&f, BEAT / 10);
      int64_t now = events_now (&f.events);
      longest = MAX (longest, now - last);
      last = now;
    }
  beats = take_beats (&f, MESSAGE_STARTED);
  CHECK (beats == 0 || (0 < beats && BEAT / 2 < longest));

  row_is ("no heartbeats when the pipe is full");
  size_t filled = fill (&f);
  run_for (&f, 5 * BEAT);
  /* One may be waiting; not more.  */
  CHECK (f.control.queue.bytes.length <= 6);
  while (0 < filled)
    {
      ssize_t some = read (f.from, bytes, MIN (filled, sizeof bytes));
      NEED (0 < some);
      filled -= some;
    }
  beats = take_beats (&f, MESSAGE_PING);
  CHECK (0 <= beats && beats <= 1);

  row_is ("heartbeats again");
  run_for (&f, 3 * BEAT);
  CHECK (1 <= take_beats (&f, MESSAGE_PING));

  row_is ("no heartbeat after the end");
  control_finish (&f.control);
  run_for (&f, 2 * BEAT);
  CHECK_NUMBER (take_beats (&f, MESSAGE_PING), 0);
  CHECK (control_output (&f.control) == -1);
  end (&f);
}

/* Silence is counted from the last byte, be it of a message or not.  */
static void
check_silence (void)
{
  struct fixture f;
  row_is ("silence");
  begin (&f, LOCAL);
  CHECK (control_silence (&f.control) < 10000);
  run_for (&f, 200);
  CHECK (200 <= control_silence (&f.control));
  int64_t before = control_silence (&f.control);
  give (&f, "=", 1);
  CHECK (control_silence (&f.control) < before);
  end (&f);
}

/* More than a pipe takes: all comes, and then the end.  */
static void
check_finish (void)
{
  enum { BIG = 300000 };
  struct fixture f;
  static char text[BIG + 1];
  static unsigned char got[BIG + 4096];
  row_is ("finish with much to send");
  memset (text, 't', BIG);
  begin (&f, AGENT);
  struct message_builder builder;
  message_begin (&builder, MESSAGE_ERROR);
  message_add_text (&builder, KEY_ARGUMENT, text);
  control_send (&f.control, &builder);
  control_finish (&f.control);
  CHECK (0 <= control_output (&f.control) && 0 < f.control.queue.bytes.length);
  /* This comes too late.  */
  message_begin (&builder, MESSAGE_STARTED);
  control_send (&f.control, &builder);
  CHECK (builder.bytes == NULL);
  size_t length = take (&f, got, sizeof got);
  CHECK_NUMBER (control_output (&f.control), -1);
  CHECK_NUMBER (read (f.from, got + length, 1), 0);
  unsigned char *newline = memchr (got, '\n', length);
  NEED (newline != NULL);
  size_t at = newline + 1 - got;
  struct message message;
  CHECK_NUMBER (message_parse (got + at, length - at, &message),
                length - at);
  CHECK_NUMBER (message.length, BIG + 6);

  /* What comes in is still heard.  */
  char const *banner = BANNER_LOCAL "1 1 2.0\n";
  give (&f, banner, strlen (banner));
  CHECK_TEXT (heard, "B1-1:2.0;");
  end (&f);

  row_is ("finish with nothing to send");
  begin (&f, AGENT);
  take (&f, got, sizeof got);
  CHECK (0 <= control_output (&f.control));
  control_finish (&f.control);
  CHECK_NUMBER (control_output (&f.control), -1);
  CHECK_NUMBER (read (f.from, got, 1), 0);
  control_finish (&f.control);
  end (&f);
}

/* Nobody reads what is sent: nothing is said about that, and what comes in is
   still heard.  */
static void
check_no_reader (void)
{
  struct fixture f;
  row_is ("no reader");
  begin (&f, LOCAL);
  close (f.from);
  f.from = -1;
  while (0 <= control_output (&f.control))
    events_step (&f.events);
  struct message_builder builder;
  message_begin (&builder, MESSAGE_STARTED);
  control_send (&f.control, &builder);
  CHECK (builder.bytes == NULL);
  CHECK_TEXT (heard, "");
  char const *banner = BANNER_AGENT "1 1 2.0\n";
  give (&f, banner, strlen (banner));
  close_to (&f);
  let_read (&f);
  CHECK_TEXT (heard, "B1-1:2.0;eof;");
  end (&f);
}

/* No bytes make it go wrong; the fuzzer aborts where some do.  */
static void
check_any_bytes (bool local)
{
  struct stream stream;
  unsigned char sample[sizeof stream.bytes + 1] = { local };
  row_is ("%s, any bytes", local ? "local" : "agent");
  make_stream (&stream, local);
  memcpy (sample + 1, stream.bytes, stream.length);
  fuzz_run (sample, stream.length + 1, 5000, 1);
}

int
main (void)
{
  /* Whatever goes wrong, not for ever.  */
  alarm (100);
  signal (SIGPIPE, SIG_IGN);
  for (int local = 0; local < 2; local++)
    {
      check_stream (local);
      check_garbled (local);
      check_longest (local);
      check_sending (local);
      check_any_bytes (local);
    }
  check_many ();
  check_heartbeat ();
  check_silence ();
  check_finish ();
  check_no_reader ();
  return test_result ();
}
