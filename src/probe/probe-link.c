/* Measure how fast a connection between the hosts is.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "probe/probe-link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "minmax.h"
#include "monotonic.h"
#include "crypto/proof.h"
#include "xalloc.h"

enum
{
  LINK_BUFFER = 256 * 1024,
  /* Data that may be in flight before any of it has arrived.  */
  WINDOW_FIRST = 64 * 1024,
  /* The least data in a frame.  */
  DATA_MIN = 4096,
  /* Work in one go, before other events get their turn.  */
  CALLS_AT_ONCE = 8,
  WARMING = 250 * 1000,         /* us */
  SEND_MAX = 10 * 1000          /* ms */
};

enum frame_type
{
  FRAME_PING = 1,
  FRAME_PONG,
  FRAME_SEND,
  FRAME_DATA,
  FRAME_ACK,
  FRAME_END,
  FRAME_RESULT
};

static void ready (void *context, int fd, short ready);

static void
put_head (unsigned char *head, enum frame_type type, uint32_t length,
          uint64_t number)
{
  memset (head, 0, FRAME_HEAD);
  head[0] = type;
  for (int i = 0; i < 4; i++)
    head[4 + i] = length >> (24 - 8 * i) & 0xff;
  for (int i = 0; i < 8; i++)
    head[8 + i] = number >> (56 - 8 * i) & 0xff;
}

static uint64_t
get_number (unsigned char const *bytes, int size)
{
  uint64_t number = 0;
  for (int i = 0; i < size; i++)
    number = number << 8 | bytes[i];
  return number;
}

static void
die (struct probe_link *link, char const *why)
{
  probe_link_close (link);
  link->hooks.closed (link->hooks.context, why);
}

/* Return how much more data may go out before more of it has arrived.  */
static uint64_t
room (struct probe_link const *link)
{
  return WINDOW_FIRST + 2 * link->arrived - link->sent;
}

static bool
has_output (struct probe_link const *link)
{
  return (0 < link->data_head_left || 0 < link->data_left || 0 < link->queued
          || (link->sending && DATA_MIN <= room (link)));
}

static void
watch (struct probe_link *link)
{
  bool output = has_output (link);
  if (link->in == link->out)
    events_watch (link->events, link->in, output ? POLLIN | POLLOUT : POLLIN,
                  ready, link);
  else
    {
      events_watch (link->events, link->in, POLLIN, ready, link);
      if (output)
        events_watch (link->events, link->out, POLLOUT, ready, link);
      else
        events_forget (link->events, link->out);
    }
}

/* Queue a frame without data.  Return false when the other end asks for more
   of them than fit.  */
static bool
queue (struct probe_link *link, enum frame_type type, uint64_t number)
{
  if (sizeof link->queue - link->queued < FRAME_HEAD)
    return false;
  put_head (link->queue + link->queued, type, 0, number);
  link->queued += FRAME_HEAD;
  return true;
}


/* What goes.  */

static void
end_data (struct probe_link *link)
{
  link->sending = false;
  timer_clear (link->events, &link->stop);
  queue (link, FRAME_END, 0);
}

/* Begin the next frame of data, or end them.  Return whether there is
   something to write now.  */
static bool
begin_frame (struct probe_link *link)
{
  if (!link->sending)
    return false;
  if (link->until <= monotonic_us ())
    {
      end_data (link);
      return true;
    }
  uint64_t most = room (link);
  if (most < DATA_MIN)
    return false;
  link->data_left = MIN (most, LINK_BUFFER);
  link->data_head_left = FRAME_HEAD;
  put_head (link->data_head, FRAME_DATA, link->data_left, 0);
  link->sent += link->data_left;
  return true;
}

/* Write a part of what is to be written next.  Return as write does.  */
static ssize_t
write_some (struct probe_link *link)
{
  ssize_t done;
  if (0 < link->data_head_left)
    {
      done = write (link->out,
                    link->data_head + FRAME_HEAD - link->data_head_left,
                    link->data_head_left);
      if (0 < done)
        link->data_head_left -= done;
    }
  else if (0 < link->data_left)
    {
      done = write (link->out, link->noise, link->data_left);
      if (0 < done)
        link->data_left -= done;
    }
  else
    {
      done = write (link->out, link->queue, link->queued);
      if (0 < done)
        {
          link->queued -= done;
          memmove (link->queue, link->queue + done, link->queued);
        }
    }
  return done;
}

/* Write as much as there is and goes now.  Return whether the link is still
   open.  */
static bool
flush (struct probe_link *link)
{
  for (int i = 0; i < CALLS_AT_ONCE; i++)
    {
      bool pending = (0 < link->data_head_left || 0 < link->data_left
                      || 0 < link->queued);
      if (!pending && !begin_frame (link))
        break;
      if (write_some (link) < 0)
        {
          if (errno == EAGAIN || errno == EINTR)
            break;
          die (link, strerror (errno));
          return false;
        }
    }
  watch (link);
  return true;
}

/* The time for data is over, which no other event need notice.  */
static void
stop_sending (void *context)
{
  struct probe_link *link = context;
  end_data (link);
  flush (link);
}

static void
begin_data (struct probe_link *link, int64_t ms)
{
  if (link->noise == NULL)
    {
      link->noise = xmalloc (LINK_BUFFER);
      proof_random (link->noise, LINK_BUFFER);
    }
  link->sending = true;
  link->sent = link->arrived = 0;
  link->since = monotonic_us ();
  link->until = link->since + ms * 1000;
  timer_set (link->events, &link->stop, ms, stop_sending, link);
}

void
probe_link_ping (struct probe_link *link)
{
  queue (link, FRAME_PING, 0);
  watch (link);
}

void
probe_link_send (struct probe_link *link, int ms)
{
  begin_data (link, ms);
  watch (link);
}

void
probe_link_request (struct probe_link *link, int ms)
{
  queue (link, FRAME_SEND, ms);
  watch (link);
}

uint64_t
probe_link_rate_out (struct probe_link const *link)
{
  int64_t us = monotonic_us () - link->since;
  return 0 < us ? link->arrived * 1e6 / us : 0;
}


/* What comes.  */

/* COUNT bytes of data have come.  Return whether the other end could be told,
   if it is time for that.  */
static bool
count_data (struct probe_link *link, size_t count, int64_t now)
{
  struct arrival *a = &link->arrival;
  a->bytes += count;
  a->last = now;
  if (a->first == 0)
    {
      a->first = now;
      a->first_bytes = a->bytes;
    }
  else if (a->warm == 0 && WARMING <= now - a->first)
    {
      a->warm = now;
      a->warm_bytes = a->bytes;
    }
  if (a->bytes - a->acknowledged
      < WINDOW_FIRST / 2 + a->acknowledged / 16)
    return true;
  a->acknowledged = a->bytes;
  return queue (link, FRAME_ACK, a->bytes);
}

uint64_t
probe_link_rate_in (struct probe_link const *link)
{
  struct arrival const *a = &link->arrival;
  bool warm = a->warm != 0 && WARMING <= a->last - a->warm;
  int64_t us = a->last - (warm ? a->warm : a->first);
  uint64_t bytes = a->bytes - (warm ? a->warm_bytes : a->first_bytes);
  return 0 < us ? bytes * 1e6 / us : 0;
}

/* All data has come.  */
static bool
take_end (struct probe_link *link)
{
  uint64_t rate = probe_link_rate_in (link);
  link->arrival = (struct arrival) { .bytes = 0 };
  if (link->hooks.received == NULL)
    return queue (link, FRAME_RESULT, rate);
  link->hooks.received (link->hooks.context, rate);
  return true;
}

static bool
take_ack (struct probe_link *link, uint64_t number)
{
  bool good = link->arrived <= number && number <= link->sent;
  if (good)
    link->arrived = number;
  return good;
}

/* Take the frame whose head is in LINK->head.  Return whether it makes
   sense.  */
static bool
take_frame (struct probe_link *link)
{
  struct probe_link_hooks const *hooks = &link->hooks;
  uint64_t length = get_number (link->head + 4, 4);
  uint64_t number = get_number (link->head + 8, 8);
  link->head_length = 0;
  if (link->head[0] != FRAME_DATA && length != 0)
    return false;
  switch (link->head[0])
    {
    case FRAME_PING:
      return queue (link, FRAME_PONG, number);
    case FRAME_PONG:
      if (hooks->pong)
        hooks->pong (hooks->context);
      return true;
    case FRAME_SEND:
      if (SEND_MAX < number || link->sending)
        return false;
      begin_data (link, number);
      return true;
    case FRAME_DATA:
      link->payload = length;
      return 0 < length && length <= LINK_BUFFER;
    case FRAME_ACK:
      return take_ack (link, number);
    case FRAME_END:
      return take_end (link);
    case FRAME_RESULT:
      if (hooks->sent)
        hooks->sent (hooks->context, number);
      return true;
    default:
      return false;
    }
}

/* Take COUNT bytes from the buffer.  Return whether they make sense.  */
static bool
take_bytes (struct probe_link *link, size_t count)
{
  int64_t now = monotonic_us ();
  size_t at = 0;
  while (at < count)
    if (0 < link->payload)
      {
        size_t some = MIN (link->payload, count - at);
        link->payload -= some;
        at += some;
        if (!count_data (link, some, now))
          return false;
      }
    else
      {
        size_t some = MIN (FRAME_HEAD - link->head_length, count - at);
        memcpy (link->head + link->head_length, link->buffer + at, some);
        link->head_length += some;
        at += some;
        if (link->head_length == FRAME_HEAD && !take_frame (link))
          return false;
      }
  return true;
}

/* Read what there is.  Return whether the link is still open.  */
static bool
take (struct probe_link *link)
{
  for (int i = 0; i < CALLS_AT_ONCE; i++)
    {
      ssize_t got = read (link->in, link->buffer, LINK_BUFFER);
      if (got < 0 && (errno == EAGAIN || errno == EINTR))
        break;
      char const *why = (got < 0 ? strerror (errno)
                         : got == 0 ? "closed by the other end"
                         : take_bytes (link, got) ? NULL
                         : "garbled on the way");
      if (why)
        {
          die (link, why);
          return false;
        }
      if (got < LINK_BUFFER)
        break;
    }
  return true;
}

static void
ready (void *context, int fd, short mask)
{
  struct probe_link *link = context;
  if (fd == link->in && (mask & ~POLLOUT) != 0 && !take (link))
    return;
  flush (link);
}


/* Both.  */

void
probe_link_open (struct probe_link *link, struct events *events, int in,
                 int out, struct probe_link_hooks const *hooks)
{
  *link = (struct probe_link) {
    .events = events, .hooks = *hooks, .in = in, .out = out,
    .buffer = xmalloc (LINK_BUFFER)
  };
  watch (link);
}

void
probe_link_close (struct probe_link *link)
{
  if (link->in < 0 || link->events == NULL)
    return;
  timer_clear (link->events, &link->stop);
  events_forget (link->events, link->in);
  close (link->in);
  if (link->out != link->in)
    {
      events_forget (link->events, link->out);
      close (link->out);
    }
  link->in = link->out = -1;
  free (link->buffer);
  free (link->noise);
  link->buffer = link->noise = NULL;
}
