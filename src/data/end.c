/* One end of a channel, from before it is connected until it is over.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "data/end-machine.h"

#include <attribute.h>

#include "base/diagnose.h"
#include "minmax.h"
#include "monotonic.h"

/* Times, in ms.  */
enum
{
  LOOK_RUNNING = 200,           /* from one look at a running stage to the
                                   next */
  LOOK_FIRST = 5,               /* of a wait: the second look; each following
                                   pause is twice as long */
  LOOK_LAST = 200,              /* ... up to this */
  LOOK_UNDECIDED = 100          /* at a reader without a known result */
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
  end_event (end, end_peer_event (peer));
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
