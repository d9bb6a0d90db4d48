/* Fuzz what comes in on a control connection.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   The first byte of the input tells which side reads (bit 0), whether a good
   banner comes first (bit 1) and then no line with the first message, as if
   it had been (bit 2), and how many bytes come at once (the rest).  */

#include <config.h>

#include "fuzz.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wire/control.h"
#include "minmax.h"

/* No more than a pipe takes at once.  */
enum { CHUNK_MAX = 4096 };

struct heard
{
  unsigned banners;
  unsigned ends;
};

static void
hear_banner (void *context, unsigned min, unsigned max, char const *version)
{
  struct heard *heard = context;
  MUST (heard->banners++ == 0 && heard->ends == 0);
  MUST (min <= max && *version != '\0');
}

static void
hear_message (void *context, struct message const *message)
{
  struct heard *heard = context;
  MUST (heard->banners == 1 && heard->ends == 0);
  MUST (0 < message->type && message->type < MESSAGE_TYPES
        && message->length <= MESSAGE_MAX);
}

static void
hear_end (void *context, enum control_end why)
{
  struct heard *heard = context;
  MUST (heard->ends++ == 0);
  MUST (why == CONTROL_EOF || why == CONTROL_GARBLED
        || why == CONTROL_TERMINAL);
}

/* Send the SIZE bytes at DATA to CONTROL through the pipe IN, and let it read
   them.  */
static void
send_bytes (struct control *control, int const *in, void const *data,
            size_t size)
{
  MUST (write (in[1], data, size) == (ssize_t) size);
  struct pollfd ready = { .fd = in[0], .events = POLLIN };
  while (0 <= control->in && poll (&ready, 1, 0) == 1)
    events_step (control->events);
}

int
LLVMFuzzerTestOneInput (uint8_t const *data, size_t size)
{
  if (size == 0)
    return 0;
  bool local = *data & 1, banner = *data & 2, no_line = *data & 4;
  size_t chunk = *data / 8 == 0 ? CHUNK_MAX : *data / 8;
  data++;
  size--;

  int in[2];
  int out = open ("/dev/null", O_WRONLY);
  MUST (pipe (in) == 0 && 0 <= out);
  struct heard heard = { .banners = 0 };
  struct control_hooks hooks = {
    .context = &heard, .banner = hear_banner, .message = hear_message,
    .end = hear_end
  };
  struct events events;
  struct control control;
  events_init (&events);
  control_open (&control, &events, in[0], out, local, &hooks);
  /* Noise would go to standard error.  */
  control_hide_noise (&control);

  if (banner)
    {
      char const *line = local ? BANNER_AGENT "1 1 2.0\n"
                         : BANNER_LOCAL "1 1 2.0\n";
      send_bytes (&control, in, line, strlen (line));
      MUST (heard.banners == 1 && heard.ends == 0);
      if (no_line)
        control.preamble.expect_line = false;
    }
  while (0 < size && 0 <= control.in)
    {
      size_t some = MIN (chunk, size);
      send_bytes (&control, in, data, some);
      data += some;
      size -= some;
    }
  close (in[1]);
  while (0 <= control.in)
    events_step (&events);
  MUST (heard.ends == 1);
  control_close (&control);
  events_free (&events);
  return 0;
}
