/* What one end of a channel knows about how it goes.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "worker/meter.h"

#include "monotonic.h"
#include "tcp-meter.h"

/* Return A - B, or 0 where that is less.  */
static uint64_t
beyond (uint64_t a, uint64_t b)
{
  return b < a ? a - b : 0;
}

/* Take from NOW what the channel waited for.  Its time ends when its writer is
   over and all that is on its way has arrived; busy is what the kernel calls
   it as long as there is anything.  */
static void
account (struct meter *meter, struct channel const *channel,
         struct tcp_meter const *now)
{
  struct tcp_meter const *begin = &channel->meter_begin;
  bool over = channel->own.outcome != OUTCOME_OPEN;
  struct tcp_meter const *end = over ? &channel->meter_end : now;
  int64_t until = over ? channel->over : monotonic_us ();
  uint64_t busy = beyond (now->busy, begin->busy);
  meter->wait_reader = beyond (now->window_limited, begin->window_limited);
  meter->wait_buffer = beyond (now->buffer_limited, begin->buffer_limited);
  meter->wait_network = beyond (busy,
                                meter->wait_reader + meter->wait_buffer);
  meter->wait_writer = beyond (until - channel->begun,
                               beyond (end->busy, begin->busy));
  meter->waits_known = true;
}

static void
read_connection (struct channel const *channel,
                 struct relay_chain const *chain, struct meter *meter)
{
  struct tcp_meter now;
  bool live = (0 <= channel->fd && !channel->aborted
               && tcp_meter_glance (channel->fd, &now) == 0);
  if (!live && !channel->metered)
    {
      meter->counted = chain_counts (chain, &meter->bytes);
      return;
    }
  if (!live)
    now = channel->meter_end;
  meter->counted = true;
  uint64_t bytes = (channel->writer
                    ? beyond (now.sent - now.unacknowledged,
                              channel->sent_before)
                    : beyond (now.received - now.unread,
                              channel->received_before));
  /* Relays that encrypt have counted the data itself, once they are over.  */
  bool exact = (channel_is_relayed (channel) && channel->own.counted
                && channel->own.outcome != OUTCOME_OPEN);
  meter->bytes = (exact ? channel->own.bytes
                  : channel_data_bytes (channel, bytes));
  if (!channel->writer)
    return;
  meter->round_trip = now.round_trip;
  meter->retransmitted_known = now.retransmitted_known;
  meter->retransmitted = beyond (now.retransmitted,
                                 channel->meter_begin.retransmitted);
  if (now.waits_known && channel->begun != 0)
    account (meter, channel, &now);
}

static void
read_carried (struct supervisor const *s, unsigned number,
              struct meter *meter)
{
  meter->counted = true;
  meter->bytes = beyond (mux_bytes (&s->mux, number),
                         mux_waiting (&s->mux, number));
}

void
meter_read (struct supervisor const *s, unsigned number, struct meter *meter)
{
  struct channel const *channel = &s->ends[number].channel;
  *meter = (struct meter) { .counted = false };
  if (channel->carried)
    read_carried (s, number, meter);
  else
    read_connection (channel, &s->ends[number].chain, meter);
}

uint64_t
meters_that_count (struct supervisor const *s)
{
  uint64_t bits = 0;
  for (unsigned i = 0; i < s->channel_count; i++)
    {
      struct meter meter;
      meter_read (s, i, &meter);
      bits |= (uint64_t) meter.counted << i;
    }
  return bits;
}

void
meter_put (struct meter const *meter, struct message_builder *message)
{
  if (meter->counted)
    message_add_number (message, KEY_BYTES, meter->bytes);
  if (meter->round_trip != 0)
    message_add_number (message, KEY_ROUND_TRIP, meter->round_trip);
  if (meter->retransmitted_known)
    message_add_number (message, KEY_RETRANSMITTED, meter->retransmitted);
  if (meter->waits_known)
    {
      message_add_number (message, KEY_WAIT_WRITER, meter->wait_writer);
      message_add_number (message, KEY_WAIT_NETWORK, meter->wait_network);
      message_add_number (message, KEY_WAIT_BUFFER, meter->wait_buffer);
      message_add_number (message, KEY_WAIT_READER, meter->wait_reader);
    }
  if (meter->last)
    message_add_number (message, KEY_METER, 1);
}

/* Take the us in KEY; what is more than a hundred years is no time.  */
static bool
get_time (struct message const *message, enum message_key key,
          uint64_t *time)
{
  return (message_number (message, key, time)
          && *time < UINT64_C (100) * 366 * 86400 * 1000000);
}

void
meter_get (struct meter *meter, struct message const *message)
{
  uint64_t number;
  *meter = (struct meter) { .counted = false };
  meter->counted = message_number (message, KEY_BYTES, &meter->bytes);
  if (!get_time (message, KEY_ROUND_TRIP, &meter->round_trip))
    meter->round_trip = 0;
  meter->retransmitted_known = message_number (message, KEY_RETRANSMITTED,
                                               &meter->retransmitted);
  meter->waits_known
    = (get_time (message, KEY_WAIT_WRITER, &meter->wait_writer)
       && get_time (message, KEY_WAIT_NETWORK, &meter->wait_network)
       && get_time (message, KEY_WAIT_BUFFER, &meter->wait_buffer)
       && get_time (message, KEY_WAIT_READER, &meter->wait_reader));
  meter->last = message_number (message, KEY_METER, &number) && number != 0;
}

static void
tell (struct metering *m, unsigned number)
{
  struct message_builder message;
  struct meter meter;
  struct channel const *channel = &m->supervisor->ends[number].channel;
  meter_read (m->supervisor, number, &meter);
  meter.last = (channel->own.outcome != OUTCOME_OPEN
                && channel->peer.outcome != OUTCOME_OPEN);
  m->told_last[number] = meter.last;
  message_begin (&message, MESSAGE_METER);
  message_add_number (&message, KEY_CHANNEL, number);
  meter_put (&meter, &message);
  control_send (&m->supervisor->control, &message);
}

static void
tell_all (void *context)
{
  struct metering *m = context;
  bool more = false;
  for (unsigned i = 0; i < m->supervisor->channel_count; i++)
    {
      if (!m->told_last[i])
        tell (m, i);
      more = more || !m->told_last[i];
    }
  if (more)
    timer_set (&m->supervisor->events, &m->timer, m->interval, tell_all, m);
}

void
metering_start (struct metering *m, struct supervisor *supervisor,
                int64_t interval)
{
  m->supervisor = supervisor;
  m->interval = interval;
  tell_all (m);
}

void
metering_look (struct metering *m)
{
  if (m->supervisor == NULL)
    return;
  for (unsigned i = 0; i < m->supervisor->channel_count; i++)
    {
      struct channel const *channel = &m->supervisor->ends[i].channel;
      if (!m->told_last[i] && channel->own.outcome != OUTCOME_OPEN
          && channel->peer.outcome != OUTCOME_OPEN)
        tell (m, i);
    }
}
