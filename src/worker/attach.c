/* How the stages of one host get on their ends of the channels.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "worker/attach.h"

#include <errno.h>
#include <unistd.h>

#include "socket-low-water.h"
#include "tcp-meter.h"

static bool
has_relays (struct worker_end const *end)
{
  return 0 < end->end.chain.count;
}

/* Return whether END is that of a writer, by its socket.  */
static bool
is_sent_here (struct worker_end const *end)
{
  struct channel const *channel = &end->end.channel;
  return (channel->writer && !channel->carried && 0 <= channel->fd
          && channel->own.outcome == OUTCOME_OPEN);
}

/* Watch the paces, as long as that is worth it.  */
static void
keep_pace (void *context)
{
  struct worker *w = context;
  bool again = false;
  for (size_t i = 0; i < w->end_count; i++)
    {
      struct end *end = &w->ends[i]->end;
      if (!is_sent_here (w->ends[i]) || !pace_needs_look (&end->pace))
        continue;
      pace_look (&end->pace, end->channel.fd);
      again = true;
    }
  if (again)
    timer_set (&w->lent.process->events, &w->pace_timer, PACE_LOOKS,
               keep_pace, w);
}

/* Return whether neither kernel counts what goes through END's channel, though
   that has to be known.  */
static bool
lacks_count (struct worker_end const *end)
{
  struct tcp_meter meter;
  struct channel const *channel = &end->end.channel;
  return (end->needs_count && !channel->carried && 0 <= channel->fd
          && !has_relays (end)
          && tcp_meter_glance (channel->fd, &meter) != 0);
}

/* Let a relay count what goes through END's channel.  */
static void
add_counter (struct worker *w, struct worker_end *end)
{
  worker_note (w, NOTE_VERBOSE, "neither kernel counts what goes through the "
               "%s channel: a relay does",
               end->end.channel.writer ? "outgoing" : "incoming");
  chain_add_first (&end->end.chain, "counting", relay_pass, NULL);
}

/* Let END, where STAGE writes, keep to its rate limit: by the kernel, or else
   by a relay.  */
static void
limit_writer (struct worker *w, struct worker_end *end,
              struct worker_stage *stage)
{
  struct channel const *channel = &end->end.channel;
  uint64_t rate = stage->task.tuning.rate_limit;
  if (rate == 0)
    return;
  if (channel->carried || !pace_begin (&end->end.pace, channel->fd, rate))
    chain_add_first (&end->end.chain, "rate limit", relay_pace,
                     &stage->task.tuning);
  else
    keep_pace (w);
}

/* Put the relays behind the writer STAGE of END that it needs.  */
static void
tune_writer (struct worker *w, struct worker_end *end,
             struct worker_stage *stage)
{
  limit_writer (w, end, stage);
  if (lacks_count (end))
    add_counter (w, end);
}

/* Put the relays before the reader STAGE of END that it needs.  Return how it
   is to be joined if there are any.  */
static enum stage_pipe
tune_reader (struct worker *w, struct worker_end *end,
             struct worker_stage *stage)
{
  struct channel const *channel = &end->end.channel;
  struct relay_chain *chain = &end->end.chain;
  struct tuning *tuning = &stage->task.tuning;
  uint64_t block = tuning->block_size;
  if (tuning->buffer != 0)
    chain_add_first (chain, "buffer", relay_buffer, tuning);
  /* One that makes full blocks counts as well.  */
  bool counter = lacks_count (end);
  if (counter && (block == 0 || tuning_block_way (block) != BLOCK_BY_PIPE))
    add_counter (w, end);
  if (block == 0 || (!has_relays (end) && !counter
                     && block <= socket_low_water (channel->fd, block)))
    return STAGE_PIPE_READER;
  if (tuning_block_way (block) == BLOCK_BY_PIPE)
    {
      chain_add_first (chain, "block", relay_blocks, tuning);
      return STAGE_PIPE_BLOCKS;
    }
  if (!has_relays (end))
    chain_add_first (chain, "block", relay_pass, NULL);
  return STAGE_PIPE_READER;
}

int
attach_channel (struct worker *w, struct worker_end *end,
                struct worker_stage *stage, int *ours)
{
  bool filter = worker_stage_is_filter (stage);
  struct channel const *channel = &end->end.channel;
  uint64_t block = stage->task.tuning.block_size;
  enum stage_pipe pipe = filter ? STAGE_PIPE_FILTER : STAGE_PIPE_WRITER;
  if (channel->writer)
    tune_writer (w, end, stage);
  else
    pipe = tune_reader (w, end, stage);
  if (!has_relays (end))
    return channel->fd;
  if (chain_start (&end->end.chain, &w->lent.process->guard, pipe,
                   channel->fd, ours) != 0)
    return -1;
  if (pipe == STAGE_PIPE_READER && block != 0)
    socket_low_water (*ours, block);
  return *ours;
}

void
attach_release (struct worker_end *end)
{
  if (end == NULL)
    return;
  if (end->end.channel.carried)
    channel_close (&end->end.channel);
  /* The relays that need the keys have them.  */
  secure_wipe_keys (&end->end.channel.keys);
}

void
attach_limit_rate (struct worker *w, uint64_t rate)
{
  for (size_t i = 0; i < w->stage_count; i++)
    w->stages[i].task.tuning.rate_limit = rate;
  for (size_t i = 0; i < w->end_count; i++)
    {
      struct end *end = &w->ends[i]->end;
      chain_tell_rate (&end->chain, rate);
      if (is_sent_here (w->ends[i]))
        pace_begin (&end->pace, end->channel.fd, rate);
    }
  keep_pace (w);
}
