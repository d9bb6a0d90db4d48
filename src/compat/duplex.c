/* The one connection of a run with socketpipe 1.10.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "compat/duplex.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "data/channel-judge.h"
#include "data/channel-watch.h"
#include "minmax.h"
#include "stream-socket.h"
#include "tcp-abort.h"
#include "tcp-meter.h"

void
line_init (struct line *line)
{
  *line = (struct line) { .events = NULL };
  channel_init (&line->channel, true);
}

/* Listen on PORT, or on any if it is 0, of FAMILY.  Return the socket, or -1
   with errno set.  */
static int
listen_on (int family, int *port)
{
  union
  {
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
  } address;
  in_port_t *field = (family == AF_INET ? &address.in.sin_port
                      : &address.in6.sin6_port);
  socklen_t length = (family == AF_INET ? sizeof address.in
                      : sizeof address.in6);
  int on = 1;
  memset (&address, 0, sizeof address);
  address.any.sa_family = family;
  *field = htons (*port);
  int fd = stream_socket (family);
  if (fd < 0)
    return -1;
  /* A connection of a minute ago may still hold a port of the range.  */
  if (setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0
      || bind (fd, &address.any, length) != 0
      || listen (fd, 1) != 0
      || getsockname (fd, &address.any, &length) != 0)
    {
      int saved = errno;
      close (fd);
      errno = saved;
      return -1;
    }
  *port = ntohs (*field);
  return fd;
}

int
line_listen (int family, int low, int high, int *port)
{
  int fd = -1;
  for (int i = low; fd < 0 && i <= high; i++)
    {
      *port = i;
      fd = listen_on (family == 4 ? AF_INET : AF_INET6, port);
    }
  return fd;
}

/* A connection that both ends have closed looks like one that was reset, but
   an error shows in one of the commands.  */
static void
look_after_peer (void *context)
{
  struct line *line = context;
  struct tcp_meter meter;
  int64_t limit = line->dead_peer * INT64_C (1000);
  if (line->channel.fd < 0 || line->channel.aborted
      || tcp_meter_read (line->channel.fd, &meter) != 0)
    return;
  line_note (line);
  bool closed = meter.gone && line->end_sent && !line->broken;
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

enum line_input
line_look (struct line const *line)
{
  char byte;
  struct pollfd now = { .fd = line->channel.fd, .events = POLLIN };
  if (poll (&now, 1, 0) <= 0)
    return LINE_QUIET;
  return recv (now.fd, &byte, 1, MSG_PEEK) == 1 ? LINE_DATA : LINE_END;
}

void
line_note (struct line *line)
{
  struct tcp_meter meter;
  if (line->channel.fd < 0 || line->channel.aborted || line->end_sent
      || tcp_meter_read (line->channel.fd, &meter) != 0)
    return;
  line->end_seen = line->end_seen || meter.end_received;
  line->reset = line->reset || (meter.gone && !line->end_seen);
}

bool
line_is_gone (struct line const *line)
{
  return line->channel.fd < 0 || !channel_has_peer (&line->channel);
}

void
line_send_end (struct line *line)
{
  if (line->channel.fd < 0 || line->channel.aborted || line->end_sent)
    return;
  line->end_sent = true;
  /* Where one of these fails, the connection is gone, or its last close tells
     the reader.  */
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
