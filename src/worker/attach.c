/* How the stages of one host get on their ends of the channels.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "worker/attach.h"

#include <errno.h>
#include <unistd.h>

#include "base/diagnose.h"
#include "socket-low-water.h"
#include "tcp-meter.h"

void
supervisor_add_relay (struct supervisor *s, int number, char const *name,
                   relay_fn *fn, void *context)
{
  chain_add (&s->ends[number].chain, name, fn, context);
}

static bool
has_relays (struct supervisor const *s, int number)
{
  return 0 < s->ends[number].chain.count;
}

/* Return whether channel NUMBER is written here, by its socket.  */
static bool
is_sent_here (struct supervisor const *s, int number)
{
  struct channel const *channel = &s->ends[number].channel;
  return (channel->writer && !channel->carried && 0 <= channel->fd
          && channel->own.outcome == OUTCOME_OPEN);
}

/* Watch over the paces, as long as that is worth it.  */
static void
keep_pace (void *context)
{
  struct supervisor *s = context;
  bool again = false;
  for (unsigned i = 0; i < s->channel_count; i++)
    if (is_sent_here (s, i) && pace_needs_look (&s->ends[i].pace))
      {
        pace_look (&s->ends[i].pace, s->ends[i].channel.fd);
        again = true;
      }
  if (again)
    timer_set (&s->events, &s->pace_timer, PACE_LOOKS, keep_pace, s);
}

/* Return whether nobody counts what goes through channel NUMBER, though that
   has to be known.  */
static bool
lacks_count (struct supervisor const *s, int number)
{
  struct tcp_meter meter;
  struct channel const *channel = &s->ends[number].channel;
  return (s->needs_count[number] && !channel->carried && 0 <= channel->fd
          && !has_relays (s, number)
          && tcp_meter_glance (channel->fd, &meter) != 0);
}

/* Let a relay count what goes through channel NUMBER.  */
static void
add_counter (struct supervisor *s, int number)
{
  verbose ("neither kernel counts what goes through the %s channel: a relay"
           " does", s->ends[number].channel.writer ? "outgoing" : "incoming");
  chain_add_first (&s->ends[number].chain, "counting", relay_pass, NULL);
}

/* Let channel NUMBER, which we write, keep to the rate limit: by the kernel,
   or else by a relay.  */
static void
limit_writer (struct supervisor *s, int number)
{
  struct channel const *channel = &s->ends[number].channel;
  uint64_t rate = s->tuning.rate_limit;
  if (rate == 0)
    return;
  if (channel->carried
      || !pace_begin (&s->ends[number].pace, channel->fd, rate))
    chain_add_first (&s->ends[number].chain, "rate limit", relay_pace,
                      &s->tuning);
  else
    keep_pace (s);
}

/* Put the relays behind the writer of channel NUMBER that it needs.  */
static void
tune_writer (struct supervisor *s, int number)
{
  limit_writer (s, number);
  if (lacks_count (s, number))
    add_counter (s, number);
}

/* Put the relays before the reader of channel NUMBER that it needs.  Return
   how it is to be joined if there are any.  */
static enum stage_pipe
tune_reader (struct supervisor *s, int number)
{
  struct channel const *channel = &s->ends[number].channel;
  struct relay_chain *chain = &s->ends[number].chain;
  uint64_t block = s->tuning.block_size;
  if (s->tuning.buffer != 0)
    chain_add_first (chain, "buffer", relay_buffer, &s->tuning);
  /* One that makes full blocks counts as well.  */
  bool counter = lacks_count (s, number);
  if (counter && (block == 0 || tuning_block_way (block) != BLOCK_BY_PIPE))
    add_counter (s, number);
  if (block == 0 || (!has_relays (s, number) && !counter
                     && block <= socket_low_water (channel->fd, block)))
    return STAGE_PIPE_READER;
  if (tuning_block_way (block) == BLOCK_BY_PIPE)
    {
      chain_add_first (chain, "block", relay_blocks, &s->tuning);
      return STAGE_PIPE_BLOCKS;
    }
  if (!has_relays (s, number))
    chain_add_first (chain, "block", relay_pass, NULL);
  return STAGE_PIPE_READER;
}

int
attach_channel (struct supervisor *s, int number, struct unit const *unit,
                int *ours)
{
  bool filter = unit_is_filter (unit);
  struct channel const *channel = &s->ends[number].channel;
  enum stage_pipe pipe = filter ? STAGE_PIPE_FILTER : STAGE_PIPE_WRITER;
  if (channel->writer)
    tune_writer (s, number);
  else
    pipe = tune_reader (s, number);
  if (!has_relays (s, number))
    return channel->fd;
  if (chain_start (&s->ends[number].chain, &s->guard, pipe, channel->fd, ours)
      != 0)
    return -1;
  if (pipe == STAGE_PIPE_READER && s->tuning.block_size != 0)
    socket_low_water (*ours, s->tuning.block_size);
  return *ours;
}

void
attach_give_away (struct supervisor *s, int number)
{
  if (number != NO_CHANNEL && s->ends[number].channel.carried)
    channel_close (&s->ends[number].channel);
}

void
supervisor_limit_rate (struct supervisor *s, uint64_t rate)
{
  s->tuning.rate_limit = rate;
  for (unsigned i = 0; i < s->channel_count; i++)
    {
      chain_tell_rate (&s->ends[i].chain, rate);
      if (is_sent_here (s, i))
        pace_begin (&s->ends[i].pace, s->ends[i].channel.fd, rate);
    }
  keep_pace (s);
}
