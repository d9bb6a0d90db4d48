/* The end of a channel that writes: its table and its actions.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "data/end-machine.h"

#include "monotonic.h"

/* Limits for the data in flight before a cut, in ms: without progress, and in
   all.  */
enum { CUT_STALL = 3000, CUT_LIMIT = 60000 };

static void
act_look_at_writer (struct end *end)
{
  switch (end_has_relays (end) ? end->chain.state : CHAIN_RUNNING)
    {
    case CHAIN_FAILED:
      end->fault = true;
      end_raise (end, EV_CUT);
      break;
    case CHAIN_LEFT:
    case CHAIN_CUT:
      end_raise (end, EV_PEER_LEFT);
      break;
    default:
      end_look_for_holders (end);
    }
}

/* The reader is gone while the stage runs.  */
static void
act_stop (struct end *end)
{
  end->transport->stop (end);
}

/* Return a number that changes while data is in flight: bytes that relays or
   the mux have passed on, less those that are not acknowledged yet.  */
static uint64_t
progress (struct end const *end)
{
  uint64_t passed = 0;
  if (!chain_counts (&end->chain, &passed))
    passed = 0;
  if (end->mux != NULL)
    passed += mux_bytes (end->mux, end->number);
  return passed - channel_unacknowledged (&end->channel);
}

/* Check whether the data has been sent.  */
static void
act_step (struct end *end)
{
  bool cutting = end->state == END_CUTTING;
  int64_t now = monotonic_ms ();
  if (end_has_relays (end))
    switch (end->chain.state)
      {
      case CHAIN_FAILED:
        end->fault = true;
        end_raise (end, EV_CUT);
        return;
      case CHAIN_LEFT:
      case CHAIN_CUT:
        end_raise (end, EV_PEER_LEFT);
        return;
      default:
        break;
      }
  bool relays_over = (!end_has_relays (end)
                      || end->chain.state != CHAIN_RUNNING);
  if (relays_over && !end->handed_over)
    {
      end->handed_over = true;
      end->transport->drain (end, cutting);
    }
  if (relays_over && end->transport->drained (end, cutting))
    {
      end_raise (end, EV_DRAINED);
      return;
    }
  if (!cutting)
    return;
  /* A reader that does not read must not delay the cut.  */
  uint64_t so_far = progress (end);
  if (so_far != end->progress || end->progressed == 0)
    end->progressed = now;
  end->progress = so_far;
  if (CUT_STALL <= now - end->progressed || CUT_LIMIT <= now - end->since)
    end_raise (end, EV_DRAINED);
}

/* The stream has no holder any more: send what is left, and the end of the
   stream behind it.  */
static void
act_drain (struct end *end)
{
  if (end_has_relays (end))
    chain_finish (&end->chain);
  act_step (end);
}

/* The stage is doubtful: send what it wrote, and no end of the stream.  */
static void
act_flush (struct end *end)
{
  end->progressed = 0;
  if (end_has_relays (end))
    chain_flush (&end->chain);
  act_step (end);
}

static void
act_clean (struct end *end)
{
  bool gone = end->transport->count (end);
  end_count_data (end);
  end_be_over (end, gone ? OUTCOME_READER_LEFT : end->transport->finish (end));
  end->transport->release (end);
}

static void
act_left (struct end *end)
{
  chain_kill (&end->chain);
  end->transport->count (end);
  end_count_data (end);
  end->transport->stop (end);
  end_be_over (end, OUTCOME_READER_LEFT);
  end->transport->release (end);
}

/* The writer is over, and its reader gets an error.  */
static void
act_end_cut (struct end *end)
{
  chain_kill (&end->chain);
  if (end->transport == NULL)
    {
      end_be_over (end, end->fault ? OUTCOME_FAILED : OUTCOME_ABORTED);
      return;
    }
  /* Where there is no meter, the writer's own end shows it.  */
  bool gone = (end->transport->count (end)
               || (end->sigpipe && !end->channel.metered
                   && !end->channel.carried));
  end_count_data (end);
  if (end->fault)
    end_be_over (end, OUTCOME_FAILED);
  else if (gone && !end->channel.aborted)
    end_be_over (end, OUTCOME_READER_LEFT);
  else
    end_be_over (end, OUTCOME_ABORTED);
  if (end->channel.own.outcome != OUTCOME_READER_LEFT)
    end->transport->abort (end);
  end->transport->release (end);
}

/* Cut while the stage runs, or is still to start.  */
static void
act_abort (struct end *end)
{
  chain_kill (&end->chain);
  if (end->transport == NULL)
    return;
  if (!end->transport->abort (end))
    end->end_stage = true;
}

struct end_cell const end_writer_table[END_STATES][END_EVENTS] = {
  [END_WAITING] = {
    [EV_CONNECTED] = GO (READY, NULL),
    /* It could not be started, or no longer had to be.  */
    [EV_STAGE_DOUBTFUL] = GO (OVER, act_end_cut),
    [EV_PEER_CLEAN] = GO (WAITING, NULL),
    [EV_PEER_LEFT] = GO (WAITING, NULL),
    [EV_PEER_BAD] = GO (WAITING, NULL),
    [EV_CUT] = GO (CUT, act_abort),
    [EV_LOOK] = GO (WAITING, NULL)
  },
  [END_READY] = {
    [EV_STARTED] = GO (RUNNING, end_act_begin),
    [EV_STAGE_DOUBTFUL] = GO (OVER, act_end_cut),
    [EV_PEER_CLEAN] = GO (READY, NULL),
    [EV_PEER_LEFT] = GO (READY, NULL),
    [EV_PEER_BAD] = GO (READY, NULL),
    [EV_CUT] = GO (CUT, act_abort),
    [EV_LOOK] = GO (READY, NULL)
  },
  [END_RUNNING] = {
    [EV_STAGE_CLEAN] = GO (HELD, act_look_at_writer),
    [EV_STAGE_DOUBTFUL] = GO (CUTTING, act_flush),
    [EV_CLOSED] = GO (DRAINING, act_drain),
    [EV_PEER_CLEAN] = GO (LEFT, act_stop),
    [EV_PEER_LEFT] = GO (LEFT, act_stop),
    [EV_PEER_BAD] = GO (LEFT, act_stop),
    [EV_CUT] = GO (CUT, act_abort),
    [EV_LOOK] = GO (RUNNING, act_look_at_writer)
  },
  [END_HELD] = {
    [EV_CLOSED] = GO (DRAINING, act_drain),
    [EV_HELD] = GO (HELD, NULL),
    [EV_PEER_CLEAN] = GO (OVER, act_left),
    [EV_PEER_LEFT] = GO (OVER, act_left),
    [EV_PEER_BAD] = GO (OVER, act_left),
    [EV_CUT] = GO (OVER, act_end_cut),
    [EV_LOOK] = GO (HELD, act_look_at_writer)
  },
  [END_LEFT] = {
    [EV_STAGE_CLEAN] = GO (OVER, act_left),
    [EV_STAGE_DOUBTFUL] = GO (OVER, act_left),
    [EV_PEER_CLEAN] = GO (LEFT, NULL),
    [EV_PEER_LEFT] = GO (LEFT, NULL),
    [EV_PEER_BAD] = GO (LEFT, NULL),
    [EV_CUT] = GO (LEFT, NULL),
    [EV_LOOK] = GO (LEFT, NULL)
  },
  [END_CUT] = {
    [EV_CONNECTED] = GO (CUT, act_abort),
    [EV_STARTED] = GO (CUT, NULL),
    [EV_STAGE_CLEAN] = GO (OVER, act_end_cut),
    [EV_STAGE_DOUBTFUL] = GO (OVER, act_end_cut),
    [EV_PEER_CLEAN] = GO (CUT, NULL),
    [EV_PEER_LEFT] = GO (CUT, NULL),
    [EV_PEER_BAD] = GO (CUT, NULL),
    [EV_CUT] = GO (CUT, NULL),
    [EV_LOOK] = GO (CUT, NULL)
  },
  [END_DRAINING] = {
    /* The stream was closed before: the command's end changes only the
       status.  */
    [EV_STAGE_CLEAN] = GO (DRAINING, NULL),
    [EV_STAGE_DOUBTFUL] = GO (DRAINING, NULL),
    [EV_DRAINED] = GO (OVER, act_clean),
    [EV_PEER_CLEAN] = GO (OVER, act_left),
    [EV_PEER_LEFT] = GO (OVER, act_left),
    [EV_PEER_BAD] = GO (OVER, act_left),
    [EV_CUT] = GO (OVER, act_end_cut),
    [EV_LOOK] = GO (DRAINING, act_step)
  },
  [END_CUTTING] = {
    [EV_DRAINED] = GO (OVER, act_end_cut),
    [EV_PEER_CLEAN] = GO (OVER, act_left),
    [EV_PEER_LEFT] = GO (OVER, act_left),
    [EV_PEER_BAD] = GO (OVER, act_left),
    [EV_CUT] = GO (OVER, act_end_cut),
    [EV_LOOK] = GO (CUTTING, act_step)
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
