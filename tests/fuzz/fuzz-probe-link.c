/* Fuzz what comes in on a connection that is measured.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   The first byte of the input tells which hooks there are (bits 0 to 2),
   whether we have asked for something (bits 3 and 4), and how many bytes come
   at once (the rest, in steps of FRAME_HEAD / 2).  */

#include <config.h>

#include "fuzz.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "minmax.h"
#include "probe/probe-link.h"

static unsigned closed;

static void
on_pong (void *context)
{
  (void) context;
  MUST (closed == 0);
}

static void
on_rate (void *context, uint64_t rate)
{
  (void) context, (void) rate;
  MUST (closed == 0);
}

static void
on_closed (void *context, char const *why)
{
  (void) context;
  MUST (closed++ == 0 && why != NULL && *why != '\0');
}

int
LLVMFuzzerTestOneInput (uint8_t const *data, size_t size)
{
  if (size == 0)
    return 0;
  int flags = *data++, pair[2];
  size_t chunk = flags >> 5 == 0 ? 4096 : (flags >> 5) * FRAME_HEAD / 2;
  size--;
  MUST (socketpair (AF_UNIX, SOCK_STREAM, 0, pair) == 0);
  for (int i = 0; i < 2; i++)
    MUST (fcntl (pair[i], F_SETFL, O_NONBLOCK) == 0);
  struct events events;
  struct probe_link link;
  struct probe_link_hooks const hooks = {
    .pong = flags & 1 ? on_pong : NULL, .sent = flags & 2 ? on_rate : NULL,
    .received = flags & 4 ? on_rate : NULL, .closed = on_closed
  };
  closed = 0;
  events_init (&events);
  probe_link_open (&link, &events, pair[0], pair[0], &hooks);
  if (flags & 8)
    probe_link_ping (&link);
  if (flags & 16)
    probe_link_send (&link, 1);
  while (0 < size && closed == 0)
    {
      static char answer[65536];
      size_t some = MIN (chunk, size);
      if (write (pair[1], data, some) != (ssize_t) some)
        break;
      data += some;
      size -= some;
      struct pollfd ready = { .fd = pair[0], .events = POLLIN };
      while (closed == 0 && poll (&ready, 1, 0) == 1)
        {
          events_step (&events);
          while (0 < read (pair[1], answer, sizeof answer))
            continue;
          MUST (link.queued <= sizeof link.queue
                && link.head_length <= FRAME_HEAD
                && (!link.sending || link.arrived <= link.sent));
          probe_link_rate_in (&link);
          probe_link_rate_out (&link);
        }
    }
  if (closed == 0)
    probe_link_close (&link);
  MUST (link.in == -1 && link.buffer == NULL && events.timers == NULL);
  close (pair[1]);
  events_free (&events);
  return 0;
}
