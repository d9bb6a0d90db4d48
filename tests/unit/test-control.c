/* Test the control connection over pipes.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "wire/control.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "base64.h"
#include "minmax.h"
#include "../fuzz/fuzz.h"
#include "test-macros.h"

/* The sides, and what to do with the input.  */
enum { AGENT = false, LOCAL = true };
enum { WHOLE = 0 };

/* What the hooks have heard, as text: "B" and a banner's MIN-MAX and version,
   "M" and a message's type and, if it has one, text, and how it ended.  */
static char heard[8192];
static size_t heard_length;

static void hear (char const *format, ...)
  ATTRIBUTE_FORMAT ((__printf__, 1, 2));

static void
hear (char const *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  int length = vsnprintf (heard + heard_length, sizeof heard - heard_length,
                          format, arguments);
  va_end (arguments);
  NEED (0 <= length && (size_t) length < sizeof heard - heard_length);
  heard_length += length;
}

static void
hear_banner (void *context, unsigned min, unsigned max, char const *version)
{
  (void) context;
  hear ("B%u-%u:%s;", min, max, version);
}

static void
hear_message (void *context, struct message const *message)
{
  (void) context;
  char *text = message_text (message, KEY_TEXT, 0);
  hear ("M%d:%s;", (int) message->type, text ? text : "");
  free (text);
}

static void
hear_end (void *context, enum control_end why)
{
  (void) context;
  hear (why == CONTROL_EOF ? "eof;" : why == CONTROL_GARBLED ? "garbled;"
        : why == CONTROL_TERMINAL ? "terminal;" : "???;");
}

/* A control connection and the other ends of its pipes.  */
struct fixture
{
  struct events events;
  struct control control;
  int to;                       /* write what it receives; -1 = closed */
  int from;                     /* read what it sends; -1 = closed */
};

static void
no_wait (int fd)
{
  int flags = fcntl (fd, F_GETFL);
  NEED (0 <= flags && fcntl (fd, F_SETFL, flags | O_NONBLOCK) == 0);
}

static void
begin (struct fixture *f, bool local)
{
  int in[2], out[2];
  struct control_hooks const hooks = {
    .context = f, .banner = hear_banner, .message = hear_message,
    .end = hear_end
  };
  NEED (pipe (in) == 0 && pipe (out) == 0);
  f->to = in[1];
  f->from = out[0];
  no_wait (f->from);
  heard_length = 0;
  *heard = '\0';
  events_init (&f->events);
  control_open (&f->control, &f->events, in[0], out[1], local, &hooks);
}

static void
close_to (struct fixture *f)
{
  close (f->to);
  f->to = -1;
}

static void
end (struct fixture *f)
{
  control_close (&f->control);
  CHECK (f->control.in == -1 && control_output (&f->control) == -1
         && f->control.received.bytes == NULL);
  CHECK (f->events.timers == NULL);
  events_free (&f->events);
  if (0 <= f->to)
    close (f->to);
  if (0 <= f->from)
    close (f->from);
}

/* Is there something to read from FD, or its end?  */
static bool
is_readable (int fd)
{
  struct pollfd ready = { .fd = fd, .events = POLLIN };
  return poll (&ready, 1, 0) == 1;
}

/* Let the connection read all that is there.  */
static void
let_read (struct fixture *f)
{
  while (0 <= f->control.in && is_readable (f->control.in))
    events_step (&f->events);
}

/* Give it the LENGTH bytes at BYTES, at once.  */
static void
give (struct fixture *f, void const *bytes, size_t length)
{
  if (0 < length)
    NEED (write (f->to, bytes, length) == (ssize_t) length);
  let_read (f);
}

/* Give it BYTES in two pieces, of which the first has CUT bytes.  */
static void
give_split (struct fixture *f, void const *bytes, size_t length, size_t cut)
{
  char const *at = bytes;
  give (f, at, cut);
  /* A connection that has ended reads no more.  */
  if (0 <= f->control.in)
    give (f, at + cut, length - cut);
}

/* What was printed to standard error, caught in a file.  */
static int noise_file = -1;
static int real_stderr = -1;

static void
catch_noise (void)
{
  char name[] = "test-control-XXXXXX";
  noise_file = mkstemp (name);
  NEED (0 <= noise_file && unlink (name) == 0);
  real_stderr = dup (STDERR_FILENO);
  NEED (0 <= real_stderr);
  fcntl (real_stderr, F_SETFD, FD_CLOEXEC);
  NEED (dup2 (noise_file, STDERR_FILENO) == STDERR_FILENO);
}

/* Give standard error back.  Return what was printed.  */
static char const *
caught_noise (void)
{
  static char noise[4096];
  dup2 (real_stderr, STDERR_FILENO);
  close (real_stderr);
  ssize_t length = pread (noise_file, noise, sizeof noise - 1, 0);
  NEED (0 <= length);
  noise[length] = '\0';
  close (noise_file);
  return noise;
}

/* Take all that it has to send.  Return the length; BYTES has room for
   SIZE.  */
static size_t
take (struct fixture *f, unsigned char *bytes, size_t size)
{
  size_t length = 0;
  for (;;)
    {
      while (0 < f->control.queue.bytes.length && !is_readable (f->from))
        events_step (&f->events);
      ssize_t some = read (f->from, bytes + length, size - length);
      if (some < 0 && errno == EAGAIN)
        return length;
      NEED (0 <= some);
      if (some == 0)
        return length;
      length += some;
    }
}

/* Add to BYTES a message of TYPE with TEXT; return the new length.  */
static size_t
put_message (unsigned char *bytes, size_t length, enum message_type type,
             char const *text)
{
  struct message_builder builder;
  message_begin (&builder, type);
  if (text)
    message_add_text (&builder, KEY_TEXT, text);
  message_finish (&builder);
  memcpy (bytes + length, builder.bytes, builder.length);
  length += builder.length;
  message_wipe (&builder);
  return length;
}

/* Add to BYTES a message as a line.  */
static size_t
put_line (unsigned char *bytes, size_t length, char const *text)
{
  unsigned char message[1024];
  size_t size = put_message (message, 0, MESSAGE_TASK, text);
  base64_encode ((char const *) message, size, (char *) bytes + length,
                 BASE64_LENGTH (size) + 1);
  length += BASE64_LENGTH (size);
  bytes[length++] = '\n';
  return length;
}

static size_t
put_text (unsigned char *bytes, size_t length, char const *text)
{
  memcpy (bytes + length, text, strlen (text));
  return length + strlen (text);
}

/* A banner, and what stands before it, on the way to the local side.  */
struct noise_row
{
  char const *name;
  char const *sent;
  char const *noise;
  char const *heard;
};

#define LONG_VERSION \
  "2.0-0123456789012345678901234567890123456789012345678901234567890123456789"
#define FIFTY "01234567890123456789012345678901234567890123456789"

static struct noise_row const noise_rows[] =
{
  { "no noise", BANNER_AGENT "1 1 2.0\n", "", "B1-1:2.0;eof;" },
  { "versions", BANNER_AGENT "2 31 2.0-rc1\n", "", "B2-31:2.0-rc1;eof;" },
  { "a line before", "Welcome!\n" BANNER_AGENT "1 1 2.0\n", "Welcome!\n",
    "B1-1:2.0;eof;" },
  { "no newline before", "Welcome! " BANNER_AGENT "1 1 2.0\n", "Welcome! ",
    "B1-1:2.0;eof;" },
  { "beginnings of a banner before",
    "==socket=socketpipe=socketpipe-=socketpipe-agen =socketpipe-agent"
    BANNER_AGENT "1 1 2.0\n",
    "==socket=socketpipe=socketpipe-=socketpipe-agen =socketpipe-agent",
    "B1-1:2.0;eof;" },
  { "beginnings of our banner before",
    "=socketpipe-l=socketpipe-loca\n" BANNER_AGENT "1 1 2.0\n",
    "=socketpipe-l=socketpipe-loca\n", "B1-1:2.0;eof;" },
  { "odd bytes before", "\001\377\r\n\033[0m\b" BANNER_AGENT "1 1 2.0\n",
    "\001\377\r\n\033[0m\b", "B1-1:2.0;eof;" },
  { "nothing", "", "", "eof;" },
  { "no banner", "sh: socketpipe: not found\n",
    "sh: socketpipe: not found\n", "eof;" },
  { "the beginning of a banner", "oops\n=socketpipe-age",
    "oops\n=socketpipe-age", "eof;" },
  { "a banner cut short", BANNER_AGENT "1 1 2.", BANNER_AGENT "1 1 2.",
    "eof;" },
  { "an echo", BANNER_LOCAL "1 1 2.0\n", "", "terminal;" },
  { "an echo after noise", "% " BANNER_LOCAL "1 1 2.0\r\n", "% ",
    "terminal;" },
  { "an echo, then a banner",
    BANNER_LOCAL "1 1 2.0\r\n" BANNER_AGENT "1 1 2.0\r\n", "", "terminal;" },
  { "CR and LF", BANNER_AGENT "1 1 2.0\r\n", "", "terminal;" },
  { "CR and LF after noise", "motd\r\n" BANNER_AGENT "1 1 2.0\r\n",
    "motd\r\n", "terminal;" },
  { "no versions", BANNER_AGENT "\n", "", "garbled;" },
  { "CR and no versions", BANNER_AGENT "\r\n", "", "terminal;" },
  { "no number", BANNER_AGENT "1 x 2.0\n", "", "garbled;" },
  { "no program version", BANNER_AGENT "1 1\n", "", "garbled;" },
  { "least above greatest", BANNER_AGENT "2 1 2.0\n", "", "garbled;" },
  { "a line without end",
    BANNER_AGENT "1 1 " FIFTY FIFTY FIFTY FIFTY, "", "garbled;" },
};

/* Send ROW to the local side in pieces of CHUNK bytes, or in two pieces, the
   first of CUT bytes.  */
static void
check_noise (struct noise_row const *row, size_t chunk, size_t cut)
{
  struct fixture f;
  size_t length = strlen (row->sent);
  row_is ("noise: %s, in pieces of %zu, cut at %zu", row->name, chunk, cut);
  begin (&f, LOCAL);
  catch_noise ();
  if (chunk == WHOLE)
    give_split (&f, row->sent, length, cut);
  else
    for (size_t at = 0; at < length && 0 <= f.control.in; at += chunk)
      give (&f, row->sent + at, MIN (chunk, length - at));
  close_to (&f);
  let_read (&f);
  char const *noise = caught_noise ();
  CHECK_TEXT (noise, row->noise);
  CHECK_TEXT (heard, row->heard);
  end (&f);
}

/* The agent, and a local side that is told to, show no noise.  */
static void
check_silent (void)
{
  for (int local = 0; local < 2; local++)
    {
      struct fixture f;
      row_is ("no noise shown, %s", local ? "local side" : "agent");
      begin (&f, local);
      if (local)
        control_hide_noise (&f.control);
      catch_noise ();
      char const *sent = (local ? "noise " BANNER_AGENT "1 1 2.0\n"
                          : "noise " BANNER_LOCAL "1 1 2.0\n");
      give (&f, sent, strlen (sent));
      CHECK_TEXT (caught_noise (), "");
      CHECK_TEXT (heard, "B1-1:2.0;");
      end (&f);
    }
}

/* An agent has its own words back, too.  */
static void
check_agent_echo (void)
{
  struct fixture f;
  row_is ("the agent's echo");
  begin (&f, AGENT);
  char const *sent = BANNER_AGENT "1 1 2.0\n";
  give (&f, sent, strlen (sent));
  CHECK_TEXT (heard, "terminal;");
  end (&f);
}

/* What the agent gets after the banner: lines, of which the first is to be a
   message, and then messages.  */
struct line_row
{
  char const *name;
  char const *sent;             /* instead of the line */
  char const *heard;
};

static struct line_row const line_rows[] =
{
  { "an empty line", "\n", "garbled;" },
  { "no base64", "this is no message\n", "garbled;" },
  { "one digit", "A\n", "garbled;" },
  { "CR and LF", "AAAAAAkK\r\n", "garbled;" },
  { "a message cut short", "AAAA\n", "garbled;" },
  { "unknown type", "AAAAAP8K\n", "garbled;" },
  { "two messages on a line", "AAAAAAkKAAAAAAkK\n", "garbled;" },
  { "a message without its end", "AAAAAAk=\n", "garbled;" },
  { "a message with another end", "AAAAAAkg\n", "garbled;" },
  { "a line cut short", "AAAAAAkK", "eof;" },
  { "nothing", "", "eof;" },
};

static void
check_lines (void)
{
  for (size_t i = 0; i < SIZEOF (line_rows); i++)
    {
      struct line_row const *row = &line_rows[i];
      size_t length = strlen (row->sent);
      for (size_t cut = 0; cut <= length; cut++)
        {
          struct fixture f;
          row_is ("line: %s, cut at %zu", row->name, cut);
          begin (&f, AGENT);
          char const *banner = BANNER_LOCAL "1 1 2.0\n";
          give (&f, banner, strlen (banner));
          CHECK_TEXT (heard, "B1-1:2.0;");
          heard_length = 0;
          give_split (&f, row->sent, length, cut);
          close_to (&f);
          let_read (&f);
          CHECK_TEXT (heard, row->heard);
          end (&f);
        }
    }
}

/* A line that never ends is refused at some time.  */
static void
check_endless_line (void)
{
  struct fixture f;
  static char block[65536];
  row_is ("a line without end");
  memset (block, 'A', sizeof block);
  begin (&f, AGENT);
  char const *banner = BANNER_LOCAL "1 1 2.0\n";
  give (&f, banner, strlen (banner));
  heard_length = 0;
  size_t given = 0;
  while (0 <= f.control.in && given < 2 * (size_t) MESSAGE_MAX)
    {
      give (&f, block, 4096);
      given += 4096;
    }
  CHECK_TEXT (heard, "garbled;");
  CHECK (MESSAGE_MAX < given);
  end (&f);
}

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

/* No opening makes it go wrong; the fuzzer aborts where one does.  */
static void
check_any_bytes (void)
{
  row_is ("any bytes");
  unsigned char sample[256];
  size_t length = put_text (sample, 0, "\1motd\n" BANNER_AGENT "1 1 2.0\n");
  fuzz_run (sample, length, 20000, 1);
  length = put_text (sample, 0, "\2" BANNER_LOCAL "1 1 2.0\n");
  length = put_line (sample, length, "text");
  fuzz_run (sample, length, 20000, 2);
}

int
main (void)
{
  /* Whatever goes wrong, not for ever.  */
  alarm (100);
  signal (SIGPIPE, SIG_IGN);
  for (size_t i = 0; i < SIZEOF (noise_rows); i++)
    {
      struct noise_row const *row = &noise_rows[i];
      size_t length = strlen (row->sent);
      for (size_t cut = 0; cut <= length; cut++)
        check_noise (row, WHOLE, cut);
      for (size_t chunk = 1; chunk < 10; chunk++)
        check_noise (row, chunk, 0);
    }
  check_silent ();
  check_agent_echo ();
  check_lines ();
  check_endless_line ();
  for (int local = 0; local < 2; local++)
    {
      check_stream (local);
      check_garbled (local);
      check_longest (local);
      check_sending (local);
    }
  check_many ();
  check_heartbeat ();
  check_silence ();
  check_finish ();
  check_no_reader ();
  check_any_bytes ();
  return test_result ();
}
