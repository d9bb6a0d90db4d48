/* The transport of an end that the login carries.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   The stage, or the relay next to the mux, has a stage pipe.  */

#include <config.h>

#include "data/end.h"

static enum stream_holders
mux_holders (struct end *end)
{
  bool gone = (end->channel.writer ? mux_closed (end->mux, end->number)
               : mux_reader_gone (end->mux, end->number));
  return gone ? HOLDERS_NONE : HOLDERS_SOME;
}

static void
mux_stop_writer (struct end *end)
{
  mux_stop (end->mux, end->number);
}

static void
mux_drain (struct end *end, bool cutting)
{
  if (cutting)
    mux_flush_writer (end->mux, end->number);
  else
    mux_end_writer (end->mux, end->number);
}

static bool
mux_is_drained (struct end *end, bool cutting)
{
  (void) cutting;
  return end->mux_drained;
}

static enum channel_outcome
mux_finish (struct end *end)
{
  (void) end;
  return OUTCOME_CLEAN;
}

static void
mux_deliver (struct end *end)
{
  mux_end_reader (end->mux, end->number);
}

static bool
mux_is_whole (struct end *end)
{
  return mux_delivered (end->mux, end->number);
}

static bool
mux_is_undecided (struct end *end)
{
  (void) end;
  return false;
}

static enum channel_outcome
mux_judge (struct end *end)
{
  if (mux_delivered (end->mux, end->number))
    return OUTCOME_COMPLETE;
  return (end->channel.aborted || channel_input_cut (&end->channel)
          ? OUTCOME_BROKEN : OUTCOME_EARLY);
}

static bool
mux_abort (struct end *end)
{
  end->channel.aborted = true;
  /* A reader that cannot be reset would meet an end of file; its stage is
     ended first.  */
  if (end->channel.writer || 0 < end->chain.count || stage_pipe_resets ())
    mux_stop (end->mux, end->number);
  return true;
}

static bool
mux_count (struct end *end)
{
  struct channel_end *own = &end->channel.own;
  own->counted = true;
  own->bytes = mux_bytes (end->mux, end->number);
  return false;
}

static void
mux_release (struct end *end)
{
  mux_stop (end->mux, end->number);
}

struct transport const mux_transport = {
  .name = "mux", .holders = mux_holders, .stop = mux_stop_writer,
  .drain = mux_drain, .drained = mux_is_drained, .finish = mux_finish,
  .deliver = mux_deliver, .is_whole = mux_is_whole,
  .is_undecided = mux_is_undecided, .judge = mux_judge, .abort = mux_abort,
  .count = mux_count, .release = mux_release
};
