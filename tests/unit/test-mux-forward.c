/* Test channels that one login brings and another one takes away.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "data/mux.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "minmax.h"
#include "test-macros.h"

/* The leader's side of a login: what is written to TO comes in, and what it
   sends comes out of FROM.  */
struct login
{
  struct control control;
  struct mux mux;
  int to;
  int from;
  bool ready;                   /* the banner has come in */
  bool over;
  enum control_end end;         /* why, if it is */
};

static struct events events;
static struct login writer, reader;
static unsigned char frame[DATA_PREFIX + DATA_MAX + 1];
static unsigned char got[2 * sizeof frame];

static void
on_banner (void *context, unsigned min, unsigned max, char const *version)
{
  struct login *login = context;
  (void) min, (void) max, (void) version;
  login->ready = true;
}

static void
on_message (void *context, struct message const *message)
{
  (void) context, (void) message;
}

static void
on_end (void *context, enum control_end why)
{
  struct login *login = context;
  login->over = true;
  login->end = why;
}

static bool
is_readable (int fd)
{
  struct pollfd ready = { .fd = fd, .events = POLLIN };
  return poll (&ready, 1, 0) == 1;
}

/* Read all that LOGIN has sent.  Return how many bytes are in GOT.  */
static size_t
sent (struct login *login)
{
  size_t length = 0;
  while (send_queue_is_busy (&login->control.queue)
         || is_readable (login->from))
    if (is_readable (login->from))
      {
        ssize_t some = read (login->from, got + length, sizeof got - length);
        NEED (0 < some);
        length += some;
      }
    else
      events_step (&events);
  return length;
}

/* Give LOGIN the LENGTH bytes at BYTES, and let it read them.  */
static void
give (struct login *login, void const *bytes, size_t length)
{
  unsigned char const *at = bytes;
  while (0 < length && !login->over)
    {
      size_t some = MIN (length, 4096);
      NEED (write (login->to, at, some) == (ssize_t) some);
      while (!login->over && is_readable (login->control.in))
        events_step (&events);
      at += some;
      length -= some;
    }
}

static void
open_login (struct login *login)
{
  static char const banner[] = BANNER_AGENT "1 1 2.0\n";
  struct control_hooks const hooks = {
    .context = login, .banner = on_banner, .message = on_message,
    .end = on_end
  };
  struct mux_out_hooks const mux_hooks = { .context = login };
  int in[2], out[2];
  NEED (pipe2 (in, O_CLOEXEC) == 0 && pipe2 (out, O_CLOEXEC) == 0);
  *login = (struct login) { .to = in[1], .from = out[0] };
  control_init (&login->control);
  mux_init (&login->mux, &login->control, &events, &mux_hooks);
  control_open (&login->control, &events, in[0], out[1], true, &hooks);
  give (login, banner, sizeof banner - 1);
  NEED (login->ready);
  sent (login);
}

static void
close_login (struct login *login)
{
  control_close (&login->control);
  mux_close (&login->mux);
  close (login->to);
  close (login->from);
}

static void
open_both (void)
{
  events_init (&events);
  open_login (&writer);
  open_login (&reader);
}

static void
close_both (void)
{
  close_login (&writer);
  close_login (&reader);
  events_free (&events);
}

/* Let the reading end of CHANNEL grant BYTES.  Return whether that is
   taken.  */
static bool
credit (unsigned channel, uint64_t bytes)
{
  struct message_builder builder;
  struct message message;
  message_begin (&builder, MESSAGE_CREDIT);
  message_add_number (&builder, KEY_CHANNEL, channel);
  message_add_number (&builder, KEY_BYTES, bytes);
  message_finish (&builder);
  NEED (0 < message_parse (builder.bytes, builder.length, &message));
  bool taken = mux_forward_credit (&writer.mux, &message);
  message_wipe (&builder);
  return taken;
}

/* Make FRAME a message with LENGTH bytes of CHANNEL.  Return how many it has
   altogether.  */
static size_t
put_data (unsigned channel, size_t length)
{
  message_put_data (frame, channel, length);
  for (size_t i = 0; i < length; i++)
    frame[DATA_PREFIX + i] = i * 7 + channel;
  frame[DATA_PREFIX + length] = MESSAGE_LAST;
  return DATA_PREFIX + length + 1;
}

/* See that LENGTH bytes of CHANNEL, cut in two at CUT, come out as they came
   in.  */
static void
check_passes (unsigned channel, size_t length, size_t cut)
{
  size_t all = put_data (channel, length);
  give (&writer, frame, cut);
  give (&writer, frame + cut, all - cut);
  CHECK (!writer.over && !reader.over);
  CHECK_NUMBER (sent (&reader), all);
  CHECK (memcmp (got, frame, all) == 0);
}

static void
test_data (void)
{
  row_is ("data, cut anywhere");
  open_both ();
  CHECK (mux_forward (&writer.mux, 3, &reader.mux));
  CHECK (credit (3, MUX_WINDOW));
  for (size_t cut = 0; cut <= DATA_PREFIX + 11; cut++)
    check_passes (3, 10, cut);
  check_passes (3, DATA_MAX, DATA_PREFIX + 100000);
  CHECK_NUMBER (sent (&writer), 0);
  close_both ();

  row_is ("another route, while data is under way");
  open_both ();
  CHECK (mux_forward (&writer.mux, 0, &reader.mux));
  CHECK (credit (0, 1000));
  size_t all = put_data (0, 1000);
  give (&writer, frame, 500);
  for (unsigned i = 1; i < 100; i++)
    CHECK (mux_forward (&writer.mux, i, &reader.mux));
  give (&writer, frame + 500, all - 500);
  CHECK_NUMBER (sent (&reader), all);
  CHECK (memcmp (got, frame, all) == 0);
  CHECK (credit (99, 10));
  check_passes (99, 10, 0);
  row_is ("a second route of a channel");
  CHECK (!mux_forward (&writer.mux, 99, &reader.mux));
  close_both ();
}

/* No more is passed on than the reader has asked for, and it can ask for no
   more than it has room for.  */
static void
test_credit (void)
{
  row_is ("without credit");
  open_both ();
  CHECK (!credit (3, 1));
  CHECK (mux_forward (&writer.mux, 3, &reader.mux));
  give (&writer, frame, put_data (3, 1));
  CHECK (writer.over && writer.end == CONTROL_GARBLED);
  CHECK_NUMBER (sent (&reader), 0);
  close_both ();

  row_is ("more than the credit");
  open_both ();
  CHECK (mux_forward (&writer.mux, 3, &reader.mux));
  CHECK (credit (3, 100));
  check_passes (3, 60, 0);
  check_passes (3, 40, 0);
  CHECK (credit (3, 10));
  give (&writer, frame, put_data (3, 11));
  CHECK (writer.over && writer.end == CONTROL_GARBLED);
  CHECK_NUMBER (sent (&reader), 0);
  close_both ();

  row_is ("more credit than the window");
  open_both ();
  CHECK (mux_forward (&writer.mux, 3, &reader.mux));
  CHECK (!credit (3, MUX_WINDOW + 1));
  CHECK (!credit (3, UINT64_MAX));
  CHECK (credit (3, MUX_WINDOW));
  CHECK (!credit (3, 1));
  check_passes (3, 1000, 0);
  CHECK (!credit (3, 1001));
  CHECK (credit (3, 1000));
  CHECK (!credit (4, 1));
  close_both ();
}

int
main (void)
{
  signal (SIGPIPE, SIG_IGN);
  test_data ();
  test_credit ();
  return test_result ();
}
