/* The end of a channel that reads: its table and its actions.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "data/end-machine.h"

/* How often a reader without a known result is looked at.  */
enum { LOOKS_UNDECIDED = 20 };

/* Return whether less or more was passed on than was written at the other end,
   as far as that has been counted; with encrypting relays it must have
   been.  */
static bool
counts_differ (struct end const *end)
{
  struct channel const *channel = &end->channel;
  if (!channel->peer.counted)
    return channel_is_relayed (channel);
  return channel->peer.bytes != end->chain.passed;
}

/* Give the reader its end of file if the stream is complete and its writer
   ended well.  */
static void
act_deliver (struct end *end)
{
  struct relay_chain *chain = &end->chain;
  if (end->channel.peer.outcome != OUTCOME_CLEAN)
    return;
  end->transport->deliver (end);
  if (!end_has_relays (end) || chain->state != CHAIN_DONE)
    return;
  if (counts_differ (end))
    end_raise (end, EV_CUT);
  else
    chain_end_reader (chain);
}

static void
act_look_at_reader (struct end *end)
{
  switch (end_has_relays (end) ? end->chain.state : CHAIN_IDLE)
    {
    case CHAIN_FAILED:
      end->fault = true;
      end_raise (end, EV_CUT);
      break;
    case CHAIN_CUT:
      end_raise (end, EV_CUT);
      break;
    case CHAIN_LEFT:
      end_raise (end, EV_CLOSED);
      break;
    case CHAIN_DONE:
      /* A reset that was lost, or consumed by a poll, must not look like the
         end of a stream whose writer did not end well.  */
      if (end->channel.peer.outcome != OUTCOME_OPEN
          && end->channel.peer.outcome != OUTCOME_CLEAN)
        {
          end_raise (end, EV_CUT);
          break;
        }
      act_deliver (end);
      end_look_for_holders (end);
      break;
    default:
      end_look_for_holders (end);
    }
}

/* The writer did not end well.  Where the system does not give the reader an
   error by itself, this end has to.  */
static void
spoil (struct end *end)
{
  if (!end_has_relays (end) && !end->channel.carried)
    return;
  bool resets = (end_has_relays (end) ? chain_resets (&end->chain)
                 : stage_pipe_resets ());
  chain_kill (&end->chain);
  if (end->channel.carried && (end_has_relays (end) || resets))
    mux_stop (end->mux, end->number);
  end->end_stage = end->end_stage || !resets;
}

/* The other end has reported that.  The data that has arrived is still given
   to the reader: the mux closes behind it, and relays meet a reset behind it,
   which is watched for (channel_cut_is_overdue).  */
static void
act_spoil (struct end *end)
{
  if (end->channel.carried && stage_pipe_resets ())
    mux_cut_reader (end->mux, end->number);
  else if (end->channel.carried || end->chain.state != CHAIN_RUNNING)
    spoil (end);
}

static void
act_abort_reader (struct end *end)
{
  if (end->transport == NULL)
    return;
  if (end_has_relays (end) || end->channel.carried)
    spoil (end);
  if (!end->transport->abort (end))
    end->end_stage = true;
}

/* The stream has no reader any more: find the result.  */
static void
act_judge (struct end *end)
{
  if (end->transport == NULL || end_has_relays (end)
      || LOOKS_UNDECIDED <= end->looks
      || !end->transport->is_undecided (end))
    end_raise (end, EV_DRAINED);
}

/* Return the result of a reader behind relays, or of the mux's.  */
static enum channel_outcome
judge_chain (struct end *end)
{
  struct channel const *channel = &end->channel;
  struct relay_chain *chain = &end->chain;
  if (chain->worst == RELAY_TAMPERED)
    return OUTCOME_TAMPERED;
  if (chain_delivered (chain))
    return OUTCOME_COMPLETE;
  /* The writer reports that its reader has left, while it has not: a third
     party cut the connection at both ends.  */
  return (channel->aborted || channel_input_cut (channel)
          || chain->state == CHAIN_CUT
          || channel->peer.outcome == OUTCOME_READER_LEFT
          ? OUTCOME_BROKEN : OUTCOME_EARLY);
}

/* The reader is over.  */
static void
act_result (struct end *end)
{
  enum channel_outcome outcome = OUTCOME_EARLY;
  if (end->transport)
    {
      /* This comes before the result: the numbers of records are those of the
         data that was read.  */
      end->transport->count (end);
      outcome = (end_has_relays (end) ? judge_chain (end)
                 : end->transport->judge (end));
    }
  end_count_data (end);
  chain_kill (&end->chain);
  end_be_over (end, end->fault ? OUTCOME_FAILED : outcome);
  if (end->transport)
    end->transport->release (end);
}

/* Cut when the stage is over, but other processes still read.  */
static void
act_cut_off (struct end *end)
{
  act_abort_reader (end);
  act_result (end);
}

struct end_cell const end_reader_table[END_STATES][END_EVENTS] = {
  [END_WAITING] = {
    [EV_CONNECTED] = GO (READY, NULL),
    [EV_STAGE_DOUBTFUL] = GO (OVER, act_result),
    [EV_PEER_CLEAN] = GO (WAITING, NULL),
    [EV_PEER_LEFT] = GO (WAITING, NULL),
    [EV_PEER_BAD] = GO (WAITING, NULL),
    [EV_CUT] = GO (CUT, act_abort_reader),
    [EV_LOOK] = GO (WAITING, NULL)
  },
  [END_READY] = {
    [EV_STARTED] = GO (RUNNING, end_act_begin),
    [EV_STAGE_DOUBTFUL] = GO (OVER, act_result),
    [EV_PEER_CLEAN] = GO (READY, NULL),
    [EV_PEER_LEFT] = GO (READY, NULL),
    [EV_PEER_BAD] = GO (READY, NULL),
    [EV_CUT] = GO (CUT, act_abort_reader),
    [EV_LOOK] = GO (READY, NULL)
  },
  [END_RUNNING] = {
    /* On a pipe, too, the processes that are left continue to read, whatever
       the command's status was.  */
    [EV_STAGE_CLEAN] = GO (HELD, act_look_at_reader),
    [EV_STAGE_DOUBTFUL] = GO (HELD, act_look_at_reader),
    [EV_CLOSED] = GO (DRAINING, act_judge),
    [EV_PEER_CLEAN] = GO (RUNNING, act_deliver),
    [EV_PEER_LEFT] = GO (RUNNING, act_spoil),
    [EV_PEER_BAD] = GO (RUNNING, act_spoil),
    [EV_CUT] = GO (CUT, act_abort_reader),
    [EV_LOOK] = GO (RUNNING, act_look_at_reader)
  },
  [END_HELD] = {
    [EV_CLOSED] = GO (DRAINING, act_judge),
    [EV_HELD] = GO (HELD, NULL),
    [EV_PEER_CLEAN] = GO (HELD, act_deliver),
    [EV_PEER_LEFT] = GO (HELD, act_spoil),
    [EV_PEER_BAD] = GO (HELD, act_spoil),
    [EV_CUT] = GO (OVER, act_cut_off),
    [EV_LOOK] = GO (HELD, act_look_at_reader)
  },
  [END_CUT] = {
    [EV_CONNECTED] = GO (CUT, act_abort_reader),
    [EV_STARTED] = GO (CUT, NULL),
    [EV_STAGE_CLEAN] = GO (OVER, act_result),
    [EV_STAGE_DOUBTFUL] = GO (OVER, act_result),
    [EV_PEER_CLEAN] = GO (CUT, NULL),
    [EV_PEER_LEFT] = GO (CUT, NULL),
    [EV_PEER_BAD] = GO (CUT, NULL),
    [EV_CUT] = GO (CUT, NULL),
    [EV_LOOK] = GO (CUT, NULL)
  },
  [END_DRAINING] = {
    [EV_STAGE_CLEAN] = GO (DRAINING, NULL),
    [EV_STAGE_DOUBTFUL] = GO (DRAINING, NULL),
    [EV_DRAINED] = GO (OVER, act_result),
    [EV_PEER_CLEAN] = GO (DRAINING, act_judge),
    [EV_PEER_LEFT] = GO (DRAINING, act_judge),
    [EV_PEER_BAD] = GO (DRAINING, act_judge),
    [EV_CUT] = GO (OVER, act_cut_off),
    [EV_LOOK] = GO (DRAINING, act_judge)
  },
  [END_OVER] = {
    [EV_CONNECTED] = GO (OVER, end_act_refuse),
    [EV_STAGE_CLEAN] = GO (OVER, NULL),
    [EV_STAGE_DOUBTFUL] = GO (OVER, NULL),
    [EV_PEER_CLEAN] = GO (OVER, end_act_release),
    [EV_PEER_LEFT] = GO (OVER, end_act_release),
    [EV_PEER_BAD] = GO (OVER, end_act_release),
    [EV_CUT] = GO (OVER, NULL),
    [EV_LOOK] = GO (OVER, NULL)
  }
};
