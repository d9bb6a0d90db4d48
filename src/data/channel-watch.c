/* Whether a channel is in trouble while commands are on it.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "data/channel-watch.h"

#include "tcp-meter.h"

/* How long, in ms, a message from the other end's worker may take.  */
enum { WORD_ARRIVES = 2000 };

bool
channel_in_trouble (struct channel *channel, int64_t now, int64_t limit)
{
  struct tcp_meter meter;
  if (channel->fd < 0 || channel->carried || channel->aborted
      || channel->peer.outcome != OUTCOME_OPEN
      || tcp_meter_read (channel->fd, &meter) != 0)
    return false;
  /* A reset means that the other command ended early, which a message is about
     to report; if none comes, the kernel has given up the connection.  */
  if (!meter.unanswered && !meter.gone)
    channel->trouble_since = -1;
  else if (channel->trouble_since < 0)
    channel->trouble_since = now;
  return (0 <= channel->trouble_since
          && limit <= now - channel->trouble_since);
}

bool
channel_broke (struct channel *channel, int64_t now)
{
  struct channel_end const *reader = (channel->writer ? &channel->peer
                                      : &channel->own);
  struct channel_end const *writer = (channel->writer ? &channel->own
                                      : &channel->peer);
  if (channel->aborted || writer->outcome != OUTCOME_OPEN
      || (reader->outcome != OUTCOME_BROKEN
          && reader->outcome != OUTCOME_TAMPERED))
    return false;
  if (channel->broken_since < 0)
    channel->broken_since = now;
  return WORD_ARRIVES <= now - channel->broken_since;
}

bool
channel_cut_is_overdue (struct channel *channel, int64_t now)
{
  struct tcp_meter meter;
  if (channel->writer || channel->aborted || channel->carried
      || channel->fd < 0 || channel->own.outcome != OUTCOME_OPEN
      || channel->peer.outcome == OUTCOME_OPEN
      || channel->peer.outcome == OUTCOME_CLEAN
      || tcp_meter_read (channel->fd, &meter) != 0
      || meter.gone || meter.end_received)
    return false;
  if (channel->cut_since < 0)
    channel->cut_since = now;
  return WORD_ARRIVES <= now - channel->cut_since;
}

bool
channel_is_quiet (struct channel *channel, int64_t now, int64_t limit)
{
  struct tcp_meter meter;
  if (channel->fd < 0 || tcp_meter_read (channel->fd, &meter) != 0)
    return false;
  uint64_t moved = meter.sent - meter.unacknowledged + meter.received;
  if (channel->quiet_since < 0 || moved != channel->moved)
    channel->quiet_since = now;
  channel->moved = moved;
  return limit <= now - channel->quiet_since;
}
