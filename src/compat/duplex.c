/* The one connection of a run with socketpipe 1.10.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "compat/duplex.h"

#include <stdio.h>
#include <sys/socket.h>

#include "data/channel-watch.h"
#include "minmax.h"
#include "tcp-abort.h"
#include "tcp-meter.h"

void
line_init (struct line *line)
{
  *line = (struct line) { .events = NULL };
  channel_init (&line->channel, true);
}

/* A connection that both ends have closed looks like one that was reset; but a
   reset shows as an error of a command.  */
static void
look_after_peer (void *context)
{
  struct line *line = context;
  struct tcp_meter meter;
  int64_t limit = line->dead_peer * INT64_C (1000);
  if (line->channel.fd < 0 || line->channel.aborted
      || tcp_meter_read (line->channel.fd, &meter) != 0)
    return;
  bool closed = meter.gone && line->end_sent;
  if (!closed && channel_in_trouble (&line->channel,
                                     events_now (line->events), limit / 2))
    {
      char why[80];
      snprintf (why, sizeof why,
                "no sign of life on its connection for %d seconds",
                line->dead_peer / 2);
      line->lost (line->context, why);
      return;
    }
  timer_set (line->events, &line->watch_timer, MAX (250, limit / 24),
             look_after_peer, line);
}

int
line_take (struct line *line, struct events *events, int fd, int dead_peer,
           void (*lost) (void *context, char const *why), void *context)
{
  struct connection const connection = { .fd = fd };
  line->events = events;
  line->dead_peer = dead_peer;
  line->lost = lost;
  line->context = context;
  if (channel_take (&line->channel, &connection, dead_peer) != 0)
    return -1;
  look_after_peer (line);
  return 0;
}

void
line_send_end (struct line *line)
{
  if (line->channel.fd < 0 || line->channel.aborted || line->end_sent)
    return;
  line->end_sent = true;
  /* If one of these fails, the connection is gone, or its last close resets
     it.  */
  tcp_abort_on_close (line->channel.fd, false);
  shutdown (line->channel.fd, SHUT_WR);
}

void
line_cut (struct line *line)
{
  if (line->channel.fd < 0 || line->channel.aborted)
    return;
  line->channel.aborted = true;
  tcp_abort (line->channel.fd);
}

bool
line_delivered (struct line const *line)
{
  struct tcp_meter meter;
  if (line->channel.fd < 0 || line->channel.aborted
      || tcp_meter_read (line->channel.fd, &meter) != 0)
    return true;
  return (meter.gone || meter.unacknowledged == 0
          || (meter.end_received && meter.unread == 0));
}

void
line_close (struct line *line)
{
  if (line->events)
    timer_clear (line->events, &line->watch_timer);
  channel_close (&line->channel);
}
