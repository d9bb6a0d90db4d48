/* How the stages of one host get on their channels.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "supervisor-part.h"

#include <errno.h>
#include <unistd.h>

#include "socket-low-water.h"
#include "socket-pace.h"

void
supervisor_escort (struct supervisor *s, int number, char const *name,
                   relay_fn *fn, void *context)
{
  escort_add (&s->escorts[number], name, fn, context);
}

/* Let channel NUMBER, which we write, keep to the rate limit: by the kernel,
   or else by a relay.  */
static void
tune_writer (struct supervisor *s, int number)
{
  struct channel const *channel = &s->channels[number];
  uint64_t rate = s->tuning.rate_limit;
  if (rate != 0
      && (channel->carried || socket_pace (channel->fd, rate) != 0))
    escort_add_first (&s->escorts[number], "rate limit", relay_pace,
                      &s->tuning);
}

/* Put the relays before the reader of channel NUMBER that it needs.  Return
   how it is to be joined if there are any.  */
static enum joint
tune_reader (struct supervisor *s, int number)
{
  struct channel const *channel = &s->channels[number];
  struct escort *escort = &s->escorts[number];
  uint64_t block = s->tuning.block_size;
  if (s->tuning.buffer != 0)
    escort_add_first (escort, "buffer", relay_buffer, &s->tuning);
  if (block == 0 || (!is_escorted (s, number)
                     && block <= socket_low_water (channel->fd, block)))
    return JOINT_READER;
  if (tuning_block_way (block) == BLOCK_BY_PIPE)
    {
      escort_add_first (escort, "block", relay_blocks, &s->tuning);
      return JOINT_BLOCKS;
    }
  if (!is_escorted (s, number))
    escort_add_first (escort, "block", relay_pass, NULL);
  return JOINT_READER;
}

int
meet_channel (struct supervisor *s, int number, bool relay, int *ours)
{
  struct channel const *channel = &s->channels[number];
  enum joint joint = relay ? JOINT_RELAY : JOINT_COMMAND;
  if (channel->writer)
    tune_writer (s, number);
  else
    joint = tune_reader (s, number);
  if (!is_escorted (s, number))
    return channel->fd;
  if (escort_start (&s->escorts[number], &s->guard, joint, channel->fd, ours)
      != 0)
    return -1;
  if (joint == JOINT_READER && s->tuning.block_size != 0)
    socket_low_water (*ours, s->tuning.block_size);
  return *ours;
}

void
give_away (struct supervisor *s, int number)
{
  if (number != NO_CHANNEL && s->channels[number].carried)
    channel_close (&s->channels[number]);
}

bool
supervisor_limit_rate (struct supervisor *s, uint64_t rate)
{
  bool limited = s->tuning.rate_limit != 0;
  s->tuning.rate_limit = rate;
  for (unsigned i = 0; i < s->channel_count; i++)
    {
      struct channel const *channel = &s->channels[i];
      if (!channel->writer || channel->own.outcome != OUTCOME_OPEN)
        continue;
      escort_tell_rate (&s->escorts[i], rate);
      if (0 <= channel->fd && !channel->carried)
        socket_pace (channel->fd, rate);
    }
  return limited;
}
