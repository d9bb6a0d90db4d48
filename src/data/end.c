/* One end of a channel, from before it is connected until it is over.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "data/end.h"

#include <attribute.h>

#include "base/diagnose.h"
#include "minmax.h"
#include "monotonic.h"
#include "process-ending.h"

/* Times, in ms.  */
enum
{
  LOOK_RUNNING = 200,           /* from one look at a running stage to the
                                   next */
  LOOK_FIRST = 5,               /* of a wait: the second look; each following
                                   pause is twice as long */
  LOOK_LAST = 200,              /* ... up to this */
  LOOK_UNDECIDED = 100,         /* at a reader whose result is not known */
  CLOSED_CONFIRM = 200,         /* between two looks that see a stream closed,
                                   where the system does not tell whether the
                                   stage is just ending */
  CUT_STALL = 3000,             /* for what is on its way before a cut,
                                   without any progress */
  CUT_LIMIT = 60000             /* ... in all */
};

/* How often a reader may be looked at whose result is not known.  */
enum { LOOKS_UNDECIDED = 20 };

static char const *const state_names[END_STATES] = {
  [END_WAITING] = "waiting", [END_READY] = "ready",
  [END_RUNNING] = "running", [END_HELD] = "held", [END_LEFT] = "left",
  [END_CUT] = "cut", [END_DRAINING] = "draining",
  [END_CUTTING] = "cutting", [END_OVER] = "over"
};

static char const *const event_names[END_EVENTS] = {
  [EV_CONNECTED] = "connected", [EV_STARTED] = "started",
  [EV_STAGE_CLEAN] = "stage clean", [EV_STAGE_DOUBTFUL] = "stage doubtful",
  [EV_CLOSED] = "closed", [EV_HELD] = "held", [EV_DRAINED] = "drained",
  [EV_PEER_CLEAN] = "peer clean", [EV_PEER_LEFT] = "peer left",
  [EV_PEER_BAD] = "peer bad", [EV_CUT] = "cut", [EV_LOOK] = "look"
};

char const *
end_state_name (enum end_state state)
{
  return state_names[state];
}

char const *
end_event_name (enum end_event event)
{
  return event_names[event];
}

/* Let EVENT be handled after the present action.  */
static void
raise_event (struct end *end, enum end_event event)
{
  enum { ROOM = sizeof end->raised / sizeof *end->raised };
  /* To say the same twice tells nothing new.  */
  for (unsigned i = 0; i < end->raised_count; i++)
    if (end->raised[i] == event)
      return;
  if (end->raised_count < ROOM)
    end->raised[end->raised_count++] = event;
}

static bool
has_relays (struct end const *end)
{
  return 0 < end->chain.count;
}

/* Return the event that the end of the other end as PEER is.  */
static enum end_event
peer_event (struct channel_end const *peer)
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


/* Actions of both ends.  */

typedef void action_fn (struct end *end);

/* The stage has started: what the other end told before concerns it now.  */
static void
act_begin (struct end *end)
{
  if (end->channel.peer.outcome != OUTCOME_OPEN)
    raise_event (end, peer_event (&end->channel.peer));
}

/* Return whether a process has what the stage was given.  */
static enum stream_holders
holders (struct end *end)
{
  if (has_relays (end))
    {
      struct relay_chain *chain = &end->chain;
      bool gone = (end->channel.writer ? chain->at_end
                   : chain_reader_gone (chain));
      return gone ? HOLDERS_NONE : HOLDERS_SOME;
    }
  if (end->stage.relay)
    return end->state == END_RUNNING ? HOLDERS_SOME : HOLDERS_NONE;
  return end->transport->holders (end);
}

/* All processes have closed the stream while the stage runs, by what we see:
   but it may be that they were closed because it is just ending.  Then it is
   its status that counts, which comes soon.  */
static void
confirm_closed (struct end *end)
{
  int64_t now = monotonic_ms ();
  int ending = end->stage.relay ? 1 : process_is_ending (end->stage.pid);
  if (end->closed_since == 0)
    end->closed_since = now;
  if (ending == 0
      || (ending < 0 && CLOSED_CONFIRM <= now - end->closed_since))
    raise_event (end, EV_CLOSED);
}

/* The stage runs, or is over: does a process have the stream?  */
static void
look_for_holders (struct end *end)
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
        raise_event (end, EV_CLOSED);
    }
  else if (found == HOLDERS_SOME)
    raise_event (end, EV_HELD);
  /* Where the system cannot tell, what is left of the stage's process group
     is taken for those who have it.  */
  else if (found == HOLDERS_UNKNOWN && end->stage.group
           && process_group_exists (end->stage.pid))
    raise_event (end, EV_HELD);
  else
    raise_event (end, EV_CLOSED);
}

/* This end is over.  */
static void
be_over (struct end *end, enum channel_outcome outcome)
{
  struct channel *channel = &end->channel;
  channel->own.outcome = outcome;
  channel->over = monotonic_us ();
}

/* Where relays encrypt, or the kernel does not count, it is the relays who
   know how much data there was.  */
static void
count_data (struct end *end)
{
  struct channel *channel = &end->channel;
  if (!has_relays (end) || channel->carried
      || (!channel_is_relayed (channel)
          && (channel->metered || channel->mode != SECURE_NONE)))
    return;
  channel->own.counted = end->chain.state == CHAIN_DONE;
  channel->own.bytes = end->chain.passed;
}

/* The other end is over after ours.  */
static void
act_release (struct end *end)
{
  if (end->transport)
    end->transport->release (end);
}

/* A connection comes too late.  */
static void
act_refuse (struct end *end)
{
  end->transport->abort (end);
  end->transport->release (end);
}


/* Actions of the end that writes.  */

static void
act_look_at_writer (struct end *end)
{
  switch (has_relays (end) ? end->chain.state : CHAIN_RUNNING)
    {
    case CHAIN_FAILED:
      end->fault = true;
      raise_event (end, EV_CUT);
      break;
    case CHAIN_LEFT:
    case CHAIN_CUT:
      raise_event (end, EV_PEER_LEFT);
      break;
    default:
      look_for_holders (end);
    }
}

/* The reader is gone while the stage runs.  */
static void
act_stop (struct end *end)
{
  end->transport->stop (end);
}

/* See whether what was written has gone on its way.  */
static void
act_step (struct end *end)
{
  bool cutting = end->state == END_CUTTING;
  int64_t now = monotonic_ms ();
  if (has_relays (end))
    switch (end->chain.state)
      {
      case CHAIN_FAILED:
        end->fault = true;
        raise_event (end, EV_CUT);
        return;
      case CHAIN_LEFT:
      case CHAIN_CUT:
        raise_event (end, EV_PEER_LEFT);
        return;
      default:
        break;
      }
  bool relays_over = !has_relays (end) || end->chain.state != CHAIN_RUNNING;
  if (relays_over && !end->handed_over)
    {
      end->handed_over = true;
      end->transport->drain (end, cutting);
    }
  if (relays_over && end->transport->drained (end, cutting))
    {
      raise_event (end, EV_DRAINED);
      return;
    }
  if (!cutting)
    return;
  /* A reader that does not read must not keep up the cut.  */
  uint64_t progress = channel_unacknowledged (&end->channel);
  if (progress != end->progress || end->progressed == 0)
    end->progressed = now;
  end->progress = progress;
  if (CUT_STALL <= now - end->progressed || CUT_LIMIT <= now - end->since)
    raise_event (end, EV_DRAINED);
}

/* All have closed it: what is left goes on its way, and the end of the stream
   behind it.  */
static void
act_drain (struct end *end)
{
  if (has_relays (end))
    chain_finish (&end->chain);
  act_step (end);
}

/* The stage is doubtful: what it wrote goes on its way, and no end of the
   stream.  */
static void
act_flush (struct end *end)
{
  end->progressed = 0;
  if (has_relays (end))
    chain_flush (&end->chain);
  act_step (end);
}

static void
act_clean (struct end *end)
{
  bool gone = end->transport->count (end);
  count_data (end);
  be_over (end, gone ? OUTCOME_READER_LEFT : end->transport->finish (end));
  end->transport->release (end);
}

static void
act_left (struct end *end)
{
  chain_kill (&end->chain);
  end->transport->count (end);
  count_data (end);
  end->transport->stop (end);
  be_over (end, OUTCOME_READER_LEFT);
  end->transport->release (end);
}

/* The writer is over, and its reader gets an error.  */
static void
act_end_cut (struct end *end)
{
  chain_kill (&end->chain);
  if (end->transport == NULL)
    {
      be_over (end, end->fault ? OUTCOME_FAILED : OUTCOME_ABORTED);
      return;
    }
  /* Where no meter tells, a writer's own end does.  */
  bool gone = (end->transport->count (end)
               || (end->sigpipe && !end->channel.metered
                   && !end->channel.carried));
  count_data (end);
  if (end->fault)
    be_over (end, OUTCOME_FAILED);
  else if (gone && !end->channel.aborted)
    be_over (end, OUTCOME_READER_LEFT);
  else
    be_over (end, OUTCOME_ABORTED);
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


/* Actions of the end that reads.  */

/* Return whether less was passed on, or more, than was written at the other
   end, as far as that has been counted; what relays have encrypted must have
   been.  */
static bool
counts_differ (struct end const *end)
{
  struct channel const *channel = &end->channel;
  if (!channel->peer.counted)
    return channel_is_relayed (channel);
  return channel->peer.bytes != end->chain.passed;
}

/* Give the reader its end of file if all is there, and its writer came to a
   good end.  */
static void
act_deliver (struct end *end)
{
  struct relay_chain *chain = &end->chain;
  if (end->channel.peer.outcome != OUTCOME_CLEAN)
    return;
  end->transport->deliver (end);
  if (!has_relays (end) || chain->state != CHAIN_DONE)
    return;
  if (counts_differ (end))
    raise_event (end, EV_CUT);
  else
    chain_end_reader (chain);
}

static void
act_look_at_reader (struct end *end)
{
  switch (has_relays (end) ? end->chain.state : CHAIN_IDLE)
    {
    case CHAIN_FAILED:
      end->fault = true;
      raise_event (end, EV_CUT);
      break;
    case CHAIN_CUT:
      raise_event (end, EV_CUT);
      break;
    case CHAIN_LEFT:
      raise_event (end, EV_CLOSED);
      break;
    case CHAIN_DONE:
      act_deliver (end);
      look_for_holders (end);
      break;
    default:
      look_for_holders (end);
    }
}

/* The writer did not come to a good end.  Where the system does not tell the
   reader so by itself, we have to.  */
static void
act_spoil (struct end *end)
{
  if (!has_relays (end) && !end->channel.carried)
    return;
  bool resets = (has_relays (end) ? chain_resets (&end->chain)
                 : stage_pipe_resets ());
  chain_kill (&end->chain);
  if (end->channel.carried && (has_relays (end) || resets))
    mux_stop (end->mux, end->number);
  end->end_stage = end->end_stage || !resets;
}

static void
act_abort_reader (struct end *end)
{
  if (end->transport == NULL)
    return;
  if (has_relays (end) || end->channel.carried)
    act_spoil (end);
  if (!end->transport->abort (end))
    end->end_stage = true;
}

/* No process reads it any more: find the result.  */
static void
act_judge (struct end *end)
{
  if (end->transport == NULL || has_relays (end)
      || LOOKS_UNDECIDED <= end->looks
      || !end->transport->is_undecided (end))
    raise_event (end, EV_DRAINED);
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
  /* A writer for whom the reader has left, before it has: the connection was
     cut at both ends, by a third.  */
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
      /* Before it is judged: the numbers of records are those of what has been
         read.  */
      end->transport->count (end);
      outcome = (has_relays (end) ? judge_chain (end)
                 : end->transport->judge (end));
    }
  count_data (end);
  chain_kill (&end->chain);
  be_over (end, end->fault ? OUTCOME_FAILED : outcome);
  if (end->transport)
    end->transport->release (end);
}

/* Cut when the stage is over, but others still read.  */
static void
act_cut_off (struct end *end)
{
  act_abort_reader (end);
  act_result (end);
}


/* The tables.  */

struct cell
{
  bool possible;
  enum end_state next;
  action_fn *action;            /* or NULL */
};

#define GO(Next, Action) { true, END_##Next, Action }

/* For the end that writes.  */
static struct cell const writer_table[END_STATES][END_EVENTS] = {
  [END_WAITING] = {
    [EV_CONNECTED] = GO (READY, NULL),
    /* It could not be started, or was not to be any more.  */
    [EV_STAGE_DOUBTFUL] = GO (OVER, act_end_cut),
    [EV_PEER_CLEAN] = GO (WAITING, NULL),
    [EV_PEER_LEFT] = GO (WAITING, NULL),
    [EV_PEER_BAD] = GO (WAITING, NULL),
    [EV_CUT] = GO (CUT, act_abort),
    [EV_LOOK] = GO (WAITING, NULL)
  },
  [END_READY] = {
    [EV_STARTED] = GO (RUNNING, act_begin),
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
    /* It was closed before: how the command ends changes only the status.  */
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
    [EV_CONNECTED] = GO (OVER, act_refuse),
    [EV_STAGE_CLEAN] = GO (OVER, NULL),
    [EV_STAGE_DOUBTFUL] = GO (OVER, NULL),
    [EV_PEER_CLEAN] = GO (OVER, act_release),
    [EV_PEER_LEFT] = GO (OVER, act_release),
    [EV_PEER_BAD] = GO (OVER, act_release),
    [EV_CUT] = GO (OVER, NULL),
    [EV_LOOK] = GO (OVER, NULL)
  }
};

/* For the end that reads.  */
static struct cell const reader_table[END_STATES][END_EVENTS] = {
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
    [EV_STARTED] = GO (RUNNING, act_begin),
    [EV_STAGE_DOUBTFUL] = GO (OVER, act_result),
    [EV_PEER_CLEAN] = GO (READY, NULL),
    [EV_PEER_LEFT] = GO (READY, NULL),
    [EV_PEER_BAD] = GO (READY, NULL),
    [EV_CUT] = GO (CUT, act_abort_reader),
    [EV_LOOK] = GO (READY, NULL)
  },
  [END_RUNNING] = {
    /* On a pipe, too, those who are left read on, whatever the command's
       status was.  */
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
    [EV_CONNECTED] = GO (OVER, act_refuse),
    [EV_STAGE_CLEAN] = GO (OVER, NULL),
    [EV_STAGE_DOUBTFUL] = GO (OVER, NULL),
    [EV_PEER_CLEAN] = GO (OVER, act_release),
    [EV_PEER_LEFT] = GO (OVER, act_release),
    [EV_PEER_BAD] = GO (OVER, act_release),
    [EV_CUT] = GO (OVER, NULL),
    [EV_LOOK] = GO (OVER, NULL)
  }
};

static struct cell const *
cell_for (bool writer, enum end_state state, enum end_event event)
{
  return &(writer ? writer_table : reader_table)[state][event];
}

bool
end_is_possible (bool writer, enum end_state state, enum end_event event)
{
  return cell_for (writer, state, event)->possible;
}

/* Set when to look next.  */
static void
plan_look (struct end *end)
{
  int64_t pause = -1;
  switch (end->state)
    {
    case END_RUNNING:
      if (!end->stage.relay && !(end->strict && end->channel.writer))
        pause = end->closed_since != 0 ? LOOK_FIRST : LOOK_RUNNING;
      break;
    case END_DRAINING:
      if (!end->channel.writer)
        {
          pause = LOOK_UNDECIDED;
          break;
        }
      FALLTHROUGH;
    case END_HELD:
    case END_CUTTING:
      pause = MIN (LOOK_FIRST << MIN (end->looks, 10), LOOK_LAST);
      break;
    default:
      break;
    }
  end->next_look = pause < 0 ? -1 : monotonic_ms () + pause;
}

/* Handle EVENT and nothing more.  */
static void
handle (struct end *end, enum end_event event)
{
  struct cell const *cell = cell_for (end->channel.writer, end->state,
                                      event);
  enum end_state before = end->state;
  if (!cell->possible)
    {
      /* What cannot be must at least not pass for a good end.  */
      complain ("internal error: the %s end of channel %u is %s, but meets"
                " '%s'", end->channel.writer ? "writing" : "reading",
                end->number, state_names[before], event_names[event]);
      end->fault = true;
      cell = cell_for (end->channel.writer, before, EV_CUT);
    }
  if (event != EV_LOOK || cell->next != before)
    debug ("channel %u, %s end: %s, %s: %s", end->number,
           end->channel.writer ? "writing" : "reading",
           state_names[before], event_names[event],
           state_names[cell->next]);
  end->state = cell->next;
  if (end->state != before)
    {
      end->since = monotonic_ms ();
      end->looks = 0;
    }
  else if (event == EV_LOOK)
    end->looks++;
  if (cell->action)
    cell->action (end);
}

void
end_event (struct end *end, enum end_event event)
{
  /* What an action calls may have news at once.  */
  raise_event (end, event);
  if (end->handling)
    return;
  end->handling = true;
  while (0 < end->raised_count)
    {
      event = end->raised[0];
      end->raised_count--;
      for (unsigned i = 0; i < end->raised_count; i++)
        end->raised[i] = end->raised[i + 1];
      handle (end, event);
    }
  end->handling = false;
  plan_look (end);
}

void
end_init (struct end *end, unsigned number, bool writer)
{
  *end = (struct end) { .number = number, .next_look = -1 };
  channel_init (&end->channel, writer);
  chain_init (&end->chain);
}

void
end_connected (struct end *end, struct transport const *transport)
{
  end->transport = transport;
  end_event (end, EV_CONNECTED);
}

void
end_started (struct end *end, struct end_stage const *stage, int fd)
{
  end->stage = *stage;
  stream_identify (fd, &end->identity);
  end->holder = (struct stream_holder) {
    .pid = stage->pid, .fd = end->channel.writer ? 1 : 0
  };
  end_event (end, EV_STARTED);
}

void
end_peer (struct end *end, struct channel_end const *peer)
{
  end->channel.peer = *peer;
  end_event (end, peer_event (peer));
}

void
end_cut (struct end *end)
{
  bool reads = !end->channel.writer && end->transport != NULL;
  if (reads && (has_relays (end) ? chain_delivered (&end->chain)
                : end->transport->is_whole (end)))
    return;
  end_event (end, EV_CUT);
}

void
end_fail (struct end *end)
{
  end->fault = true;
  end_event (end, EV_CUT);
}

int64_t
end_next_look (struct end const *end)
{
  if (end->next_look < 0)
    return -1;
  return MAX (0, end->next_look - monotonic_ms ());
}

bool
end_waits (struct end const *end)
{
  return (end->state == END_HELD || end->state == END_DRAINING
          || end->state == END_CUTTING);
}

bool
end_is_over (struct end const *end)
{
  return end->state == END_OVER;
}

void
end_close (struct end *end)
{
  chain_close (&end->chain);
  secure_wipe_keys (&end->channel.keys);
  channel_close (&end->channel);
}
