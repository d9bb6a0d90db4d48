/* One end of a channel, from before it is connected until it is over.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "data/end-machine.h"

#include <attribute.h>

#include "base/diagnose.h"
#include "minmax.h"
#include "monotonic.h"
#include "process-state.h"

/* Times, in ms.  */
enum
{
  LOOK_RUNNING = 200,           /* from one look at a running stage to the
                                   next */
  LOOK_FIRST = 5,               /* of a wait: the second look; each following
                                   pause is twice as long */
  LOOK_LAST = 200,              /* ... up to this */
  LOOK_UNDECIDED = 100,         /* at a reader without a known result */
  CLOSED_CONFIRM = 200          /* between two looks that see a stream closed,
                                   where the system does not tell whether the
                                   stage is just ending */
};

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

void
end_raise (struct end *end, enum end_event event)
{
  enum { ROOM = sizeof end->raised / sizeof *end->raised };
  /* The same text twice would say nothing new.  */
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

/* Return the event for the end of the other end as in PEER.  */
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

/* The stage has started: apply what the other end reported before.  */
void
end_act_begin (struct end *end)
{
  if (end->channel.peer.outcome != OUTCOME_OPEN)
    end_raise (end, peer_event (&end->channel.peer));
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

/* The stage runs or has ended: look for holders of the stream.  */
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

/* This end is over.  */
void
end_be_over (struct end *end, enum channel_outcome outcome)
{
  struct channel *channel = &end->channel;
  channel->own.outcome = outcome;
  channel->over = monotonic_us ();
}

/* Where relays encrypt, or the kernel does not count, the relays have the
   count of the data.  */
void
end_count_data (struct end *end)
{
  struct channel *channel = &end->channel;
  if (!end_has_relays (end) || channel->carried
      || (!channel_is_relayed (channel)
          && (channel->metered || channel->mode != SECURE_NONE)))
    return;
  channel->own.counted = end->chain.state == CHAIN_DONE;
  channel->own.bytes = end->chain.passed;
}

/* The other end is over after this one.  */
void
end_act_release (struct end *end)
{
  if (end->transport)
    end->transport->release (end);
}

/* A connection comes too late.  */
void
end_act_refuse (struct end *end)
{
  end->transport->abort (end);
  end->transport->release (end);
}

static struct end_cell const *
cell_for (bool writer, enum end_state state, enum end_event event)
{
  return &(writer ? end_writer_table : end_reader_table)[state][event];
}

bool
end_is_possible (bool writer, enum end_state state, enum end_event event)
{
  return cell_for (writer, state, event)->possible;
}

/* Set the time of the next look.  */
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
  struct end_cell const *cell = cell_for (end->channel.writer, end->state,
                                      event);
  enum end_state before = end->state;
  if (!cell->possible)
    {
      /* An impossible event must at least not pass for a clean end.  */
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
  /* The functions that an action calls may raise events at once.  */
  end_raise (end, event);
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
  if (reads && (end_has_relays (end) ? chain_delivered (&end->chain)
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
