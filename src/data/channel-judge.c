/* The result of a channel's reader, by the state that it left.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "data/channel-judge.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "ktls.h"
#include "crypto/record-size.h"

/* Return whether the connection of CHANNEL, which is open, has another end:
   one that was reset has none, on every system.  */
static bool
has_peer (struct channel const *channel)
{
  struct sockaddr_storage peer;
  socklen_t length = sizeof peer;
  return getpeername (channel->fd, (struct sockaddr *) &peer, &length) == 0;
}

/* Return whether the reader's end of file has been read, where there is no
   meter.  */
static bool
at_end_of_file (int fd)
{
  char byte;
  struct pollfd now = { .fd = fd, .events = POLLIN };
  return poll (&now, 1, 0) == 1 && recv (fd, &byte, 1, MSG_PEEK) == 0;
}

bool
channel_is_undecided (struct channel const *channel)
{
  struct tcp_meter meter;
  return (channel->mode == SECURE_KERNEL && !channel->writer
          && !channel->aborted && 0 <= channel->fd
          && ktls_peek (channel->fd) < 0 && errno == EAGAIN
          && tcp_meter_read (channel->fd, &meter) == 0
          && 0 < meter.unread && meter.unread < RECORD_MAX
          && !meter.gone && !meter.end_received);
}

/* Judge a reader for whom the kernel opens the records.  The meter cannot tell
   bytes that are not yet opened from bytes that cannot be opened; and a third
   party can make an end of file of the connection, so the numbers of records
   have to be compared.  */
static enum channel_outcome
judge_sealed (struct channel const *channel)
{
  struct tcp_meter meter;
  int found = ktls_peek (channel->fd);
  if (found < 0 && errno != EAGAIN)
    return errno == ECONNRESET ? OUTCOME_BROKEN : OUTCOME_TAMPERED;
  if (tcp_meter_read (channel->fd, &meter) != 0)
    return (channel->aborted ? OUTCOME_BROKEN
            : found == 0 ? OUTCOME_COMPLETE : OUTCOME_EARLY);
  /* After a reset, which the command has met, there is an end of file,
     too.  */
  if (channel->aborted || (meter.gone && !meter.end_received))
    return OUTCOME_BROKEN;
  /* Bytes that are no record give the command an error once, and nothing more
     afterwards, though there is enough for the longest record.  */
  if (found < 0 && 0 < meter.unread
      && (meter.end_received || RECORD_MAX <= meter.unread))
    return OUTCOME_TAMPERED;
  return found == 0 ? OUTCOME_COMPLETE : OUTCOME_EARLY;
}

enum channel_outcome
channel_judge_reader (struct channel const *channel)
{
  struct tcp_meter reading;
  struct tcp_meter const *meter = &reading;
  if (channel->fd < 0)
    return OUTCOME_EARLY;
  if (channel->mode == SECURE_KERNEL)
    return judge_sealed (channel);
  if (tcp_meter_read (channel->fd, &reading) != 0)
    meter = NULL;
  /* A connection whose reset was reported looks like one at its end of
     file.  */
  if (meter == NULL && !has_peer (channel))
    return OUTCOME_BROKEN;
  if (meter == NULL)
    return at_end_of_file (channel->fd) ? OUTCOME_COMPLETE : OUTCOME_EARLY;
  if (meter->end_received && meter->unread == 0)
    return OUTCOME_COMPLETE;
  return (meter->gone || channel->aborted ? OUTCOME_BROKEN
          : OUTCOME_EARLY);
}
