/* Fuzz what comes in on a control connection that carries channels.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   The first byte of the input tells whether channel 0 (bit 0) is open for
   reading and channel 1 (bit 1) for writing, whether the reader reads (bit 2),
   and how many bytes come at once (the rest).  What follows comes behind a
   good banner.  */

#include <config.h>

#include "fuzz.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "data/mux.h"
#include "minmax.h"

/* No more than a pipe takes at once.  */
enum { CHUNK_MAX = 4096 };

struct side
{
  struct events events;
  struct control control;
  struct mux mux;
  int in;                       /* write here what comes */
  int reader;                   /* a stage's standard input, or -1 */
  uint64_t read;
  unsigned ends;
};

static void
on_banner (void *context, unsigned min, unsigned max, char const *version)
{
  (void) context, (void) min, (void) max, (void) version;
}

static void
on_message (void *context, struct message const *message)
{
  struct side *side = context;
  uint64_t channel;
  MUST (side->ends == 0 && message->type != MESSAGE_DATA);
  if (message->type == MESSAGE_CREDIT)
    mux_credit (&side->mux, message);
  /* So that all that may happen to a channel does.  */
  if (!message_number (message, KEY_CHANNEL, &channel)
      || CHANNEL_NUMBER_MAX < channel)
    return;
  if (message->type == MESSAGE_CHANNEL_END)
    mux_end_reader (&side->mux, channel);
  else if (message->type == MESSAGE_STOP)
    mux_stop (&side->mux, channel);
  else if (message->type == MESSAGE_ERROR)
    mux_cut_reader (&side->mux, channel);
  else if (message->type == MESSAGE_BYE)
    mux_flush_writer (&side->mux, channel);
}

static void
on_end (void *context, enum control_end why)
{
  struct side *side = context;
  (void) why;
  MUST (side->ends++ == 0);
}

static void
on_channel (void *context, unsigned channel)
{
  (void) context;
  MUST (channel == 1);
}

static void
on_failed (void *context, unsigned channel, int error)
{
  (void) context;
  MUST (channel <= CHANNEL_NUMBER_MAX && error != 0);
}

/* What is counted must hang together, whatever has come.  */
static void
look_at (struct side *side)
{
  struct mux const *mux = &side->mux;
  for (size_t i = 0; i < mux->in.count; i++)
    {
      struct receiving_end const *in = mux->in.ends[i];
      MUST (in->bytes <= in->allowed && in->waiting_length <= MUX_WINDOW);
    }
  for (size_t i = 0; i < mux->out.count; i++)
    {
      struct sending_end const *out = mux->out.ends[i];
      MUST (out->bytes <= out->allowed && out->allowed <= INT64_MAX);
    }
  if (0 <= side->reader)
    MUST (side->read + mux_waiting (mux, 0) <= mux_bytes (mux, 0));
}

static void
read_some (struct side *side)
{
  static char bytes[65536];
  ssize_t got;
  while (0 < (got = read (side->reader, bytes, sizeof bytes)))
    side->read += got;
}

/* Let SIDE take the SIZE bytes at DATA.  */
static void
give (struct side *side, void const *data, size_t size)
{
  MUST (write (side->in, data, size) == (ssize_t) size);
  for (;;)
    {
      struct pollfd ready = { .fd = side->control.in, .events = POLLIN };
      if (side->control.in < 0 || poll (&ready, 1, 0) != 1)
        break;
      events_step (&side->events);
      look_at (side);
    }
}

static void
open_channels (struct side *side, bool reader, bool writer)
{
  int fd;
  if (reader)
    {
      MUST (mux_open (&side->mux, 0, STAGE_PIPE_READER, &fd) == 0);
      MUST (fcntl (fd, F_SETFL, O_NONBLOCK) == 0);
      side->reader = fd;
    }
  if (writer)
    {
      MUST (mux_open (&side->mux, 1, STAGE_PIPE_WRITER, &fd) == 0);
      MUST (write (fd, "some data", 9) == 9);
      close (fd);
    }
}

int
LLVMFuzzerTestOneInput (uint8_t const *data, size_t size)
{
  static char const banner[] = BANNER_AGENT "1 1 2.0\n";
  if (size == 0)
    return 0;
  int flags = *data;
  size_t chunk = flags / 8 == 0 ? CHUNK_MAX : flags / 8;
  data++;
  size--;

  int in[2], out = open ("/dev/null", O_WRONLY);
  MUST (pipe (in) == 0 && 0 <= out);
  static struct side side;
  side = (struct side) { .in = in[1], .reader = -1 };
  struct control_hooks const hooks = {
    .context = &side, .banner = on_banner, .message = on_message,
    .end = on_end
  };
  struct mux_out_hooks const mux_hooks = {
    .context = &side, .closed = on_channel, .drained = on_channel,
    .failed = on_failed
  };
  events_init (&side.events);
  control_init (&side.control);
  mux_init (&side.mux, &side.control, &side.events, &mux_hooks);
  control_open (&side.control, &side.events, in[0], out, true, &hooks);
  give (&side, banner, sizeof banner - 1);
  MUST (side.ends == 0);
  open_channels (&side, flags & 1, flags & 2);

  while (0 < size && 0 <= side.control.in)
    {
      size_t some = MIN (chunk, size);
      give (&side, data, some);
      if ((flags & 4) != 0 && 0 <= side.reader)
        read_some (&side);
      data += some;
      size -= some;
    }
  close (in[1]);
  while (0 <= side.control.in)
    events_step (&side.events);
  MUST (side.ends == 1);
  control_close (&side.control);
  mux_close (&side.mux);
  if (0 <= side.reader)
    close (side.reader);
  events_free (&side.events);
  return 0;
}
