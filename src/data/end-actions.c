/* What the actions of both ends of a channel have in common.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "data/end-actions.h"

#include "monotonic.h"
#include "process-state.h"

/* The time in ms between two looks that see a stream closed, where the system
   does not tell whether the stage is just ending.  */
enum { CLOSED_CONFIRM = 200 };

void
end_raise (struct end *end, enum end_event event)
{
  enum { ROOM = sizeof end->raised / sizeof *end->raised };
  /* An event that is raised twice is handled once.  */
  for (unsigned i = 0; i < end->raised_count; i++)
    if (end->raised[i] == event)
      return;
  if (end->raised_count < ROOM)
    end->raised[end->raised_count++] = event;
}

bool
end_has_relays (struct end const *end)
{
  return 0 < end->chain.count;
}

enum end_event
end_peer_event (struct channel_end const *peer)
{
  switch (peer->outcome)
    {
    case OUTCOME_CLEAN:
    case OUTCOME_COMPLETE:
      return EV_PEER_CLEAN;
    case OUTCOME_READER_LEFT:
    case OUTCOME_EARLY:
      return EV_PEER_LEFT;
    default:
      return EV_PEER_BAD;
    }
}

void
end_act_begin (struct end *end)
{
  if (end->channel.peer.outcome != OUTCOME_OPEN)
    end_raise (end, end_peer_event (&end->channel.peer));
}

/* Return whether a process holds the stage's descriptor.  */
static enum stream_holders
holders (struct end *end)
{
  if (end_has_relays (end))
    {
      struct relay_chain *chain = &end->chain;
      bool gone = (end->channel.writer ? chain->at_end
                   : chain_reader_gone (chain));
      if (!gone && !end->channel.writer && chain->pipe == STAGE_PIPE_BLOCKS
          && !stage_pipe_tells ())
        return HOLDERS_UNKNOWN;
      return gone ? HOLDERS_NONE : HOLDERS_SOME;
    }
  if (end->stage.relay)
    return end->state == END_RUNNING ? HOLDERS_SOME : HOLDERS_NONE;
  return end->transport->holders (end);
}

/* No holder is seen while the stage runs: but it may be closed because the
   stage is exiting.  Then its status counts, which comes soon.  */
static void
confirm_closed (struct end *end)
{
  int64_t now = monotonic_ms ();
  int ending = end->stage.relay ? 1 : process_is_ending (end->stage.pid);
  if (end->closed_since == 0)
    end->closed_since = now;
  if (ending == 0
      || (ending < 0 && CLOSED_CONFIRM <= now - end->closed_since))
    end_raise (end, EV_CLOSED);
}

void
end_look_for_holders (struct end *end)
{
  if (end->state == END_RUNNING && end->strict && end->channel.writer)
    return;
  enum stream_holders found = holders (end);
  if (end->state == END_RUNNING)
    {
      if (found != HOLDERS_NONE)
        end->closed_since = 0;
      else if (end->channel.writer)
        confirm_closed (end);
      else
        end_raise (end, EV_CLOSED);
    }
  else if (found == HOLDERS_SOME)
    end_raise (end, EV_HELD);
  /* Where the system cannot tell, the rest of the stage's process group is
     assumed to hold it.  */
  else if (found == HOLDERS_UNKNOWN && end->stage.group
           && process_group_exists (end->stage.pid))
    end_raise (end, EV_HELD);
  else
    end_raise (end, EV_CLOSED);
}

void
end_be_over (struct end *end, enum channel_outcome outcome)
{
  struct channel *channel = &end->channel;
  channel->own.outcome = outcome;
  channel->over = monotonic_us ();
}

void
end_count_data (struct end *end)
{
  struct channel *channel = &end->channel;
  /* Where relays encrypt, or the kernel does not count, their count is the
     valid one.  */
  if (!end_has_relays (end) || channel->carried
      || (!channel_is_relayed (channel)
          && (channel->metered || channel->mode != SECURE_NONE)))
    return;
  channel->own.counted = end->chain.state == CHAIN_DONE;
  channel->own.bytes = end->chain.passed;
}

void
end_act_release (struct end *end)
{
  if (end->transport)
    end->transport->release (end);
}

void
end_act_refuse (struct end *end)
{
  end->transport->abort (end);
  end->transport->release (end);
}
