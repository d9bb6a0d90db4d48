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
read_carried (struct end const *end, struct meter *meter)
{
  meter->counted = true;
  meter->bytes = beyond (mux_bytes (end->mux, end->number),
                         mux_waiting (end->mux, end->number));
}

void
meter_read (struct end const *end, struct meter *meter)
{
  *meter = (struct meter) { .counted = false };
  if (end->channel.carried)
    read_carried (end, meter);
  else
    read_connection (&end->channel, &end->chain, meter);
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
