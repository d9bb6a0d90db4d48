/* The transport of an end that has a socket of its own.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   The stage owns the socket; the end has a duplicate.  */

#include <config.h>

#include "data/end.h"

#include "base/children.h"
#include "data/channel-judge.h"
#include "monotonic.h"
#include "socket-half.h"

/* Looks among processes that are no descendants, and may have got the stream
   through a local socket, may take one part in this many of the time since the
   stage began.  */
enum { BUDGET_PART = 1000 };

static enum stream_holders
socket_holders (struct end *end)
{
  pid_t helpers[64];
  size_t count;
  int64_t budget;
  /* A process, for example a daemon, may keep an input that is at its end
     forever.  Then only the command is waited for, as on a pipe.  */
  if (!end->channel.writer && end->state == END_HELD
      && channel_is_exhausted (&end->channel))
    return HOLDERS_NONE;
  if (end->holder.pid != 0
      && stream_holder_has (&end->holder, &end->identity))
    return HOLDERS_SOME;
  end->holder.pid = 0;
  count = children_helpers (helpers, sizeof helpers / sizeof *helpers);
  budget = (monotonic_us () - end->channel.begun) / BUDGET_PART;
  return stream_holders_look (&end->identity, helpers, count,
                              budget, &end->holder);
}

static void
socket_stop (struct end *end)
{
  channel_half_close (&end->channel);
}

static void
socket_begin_drain (struct end *end, bool cutting)
{
  (void) end, (void) cutting;
}

static bool
socket_drained (struct end *end, bool cutting)
{
  return (channel_flush (&end->channel)
          && !(cutting && 0 < channel_unacknowledged (&end->channel)));
}

static enum channel_outcome
socket_finish (struct end *end)
{
  channel_finish (&end->channel);
  return OUTCOME_CLEAN;
}

static void
socket_deliver (struct end *end)
{
  /* The end of file comes on the connection.  */
  (void) end;
}

static bool
socket_is_whole (struct end *end)
{
  return channel_has_end (&end->channel);
}

static bool
socket_is_undecided (struct end *end)
{
  return channel_is_undecided (&end->channel);
}

static enum channel_outcome
socket_judge (struct end *end)
{
  return channel_judge_reader (&end->channel);
}

static bool
socket_abort (struct end *end)
{
  if (0 < end->chain.count)
    {
      channel_reset (&end->channel);
      return true;
    }
  return channel_abort (&end->channel);
}

static bool
socket_count (struct end *end)
{
  return channel_count (&end->channel);
}

static void
socket_release (struct end *end)
{
  struct channel *channel = &end->channel;
  enum channel_outcome own = channel->own.outcome;
  if (channel->writer)
    {
      /* A socket that ended well stays open while its data is in flight, for
         the meter.  */
      if (own != OUTCOME_CLEAN)
        channel_close (channel);
      return;
    }
  /* The writer has to meet SIGPIPE, as on a pipe, and not "connection reset".
     It does when its own worker half-closes, after our message; so the socket
     stays open until that end is over: to close it with data unread would
     reset the connection.  */
  if (own != OUTCOME_COMPLETE)
    {
      channel_half_close (channel);
      if (channel->peer.outcome != OUTCOME_OPEN)
        channel_close (channel);
    }
}

struct transport const socket_transport = {
  .name = "socket", .holders = socket_holders, .stop = socket_stop,
  .drain = socket_begin_drain, .drained = socket_drained,
  .finish = socket_finish, .deliver = socket_deliver,
  .is_whole = socket_is_whole, .is_undecided = socket_is_undecided,
  .judge = socket_judge, .abort = socket_abort, .count = socket_count,
  .release = socket_release
};
