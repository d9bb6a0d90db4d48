/* One end of a channel, once connected.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "data/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "data/channel-judge.h"
#include "ktls.h"
#include "minmax.h"
#include "monotonic.h"
#include "multipath.h"
#include "crypto/record-size.h"
#include "tcp-abort.h"
#include "tcp-keepalive.h"
#include "tcp-meter.h"

void
channel_init (struct channel *channel, bool writer)
{
  *channel = (struct channel) {
    .fd = -1, .writer = writer, .trouble_since = -1,
    .broken_since = -1, .cut_since = -1
  };
}

int
channel_take (struct channel *channel, struct connection const *connection,
              int dead_peer)
{
  int fd = connection->fd;
  channel->fd = fd;
  channel->sent_before = connection->sent_before;
  channel->received_before = connection->received_before;
  channel->multipath = multipath_agreed (fd);
  channel->mode = connection->keys.mode;
  channel->records_before = (channel->writer ? connection->keys.send.sequence
                             : connection->keys.receive.sequence);
  if (channel->mode == SECURE_KERNEL
      && secure_to_kernel (fd, &connection->keys) != 0)
    return -1;
  if (channel_is_relayed (channel))
    secure_copy_keys (&channel->keys, &connection->keys);
  channel->accepted = connection->accepted;
  memcpy (channel->here, connection->here, sizeof channel->here);
  memcpy (channel->there, connection->there, sizeof channel->there);

  /* Commands expect a blocking descriptor, and it is theirs as well.  */
  int flags = fcntl (fd, F_GETFL);
  if (flags < 0 || fcntl (fd, F_SETFL, flags & ~O_NONBLOCK) != 0)
    return -1;
  int idle = MAX (1, MIN (30, dead_peer / 4));
  int interval = MAX (1, MIN (10, dead_peer / 12));
  if (tcp_keepalive (fd, idle, interval, 3, MAX (1, dead_peer / 8)) != 0)
    return -1;
  if (!channel->writer)
    return 0;
  /* Word of the reader's end may have been faster than the connection.  */
  if (channel->peer.outcome != OUTCOME_OPEN)
    shutdown (fd, SHUT_WR);
  return tcp_abort_on_close (fd, true);
}

void
channel_begin (struct channel *channel)
{
  channel->begun = monotonic_us ();
  if (0 <= channel->fd && !channel->carried
      && tcp_meter_glance (channel->fd, &channel->meter_begin) != 0)
    channel->meter_begin = (struct tcp_meter) { .sent = 0 };
}

/* Take a last reading of the meter into *METER, and keep it, unless the
   channel has been aborted, which makes it count from nothing.  Return whether
   it could be taken.  */
static bool
read_last (struct channel *channel, struct tcp_meter *meter)
{
  if (tcp_meter_read (channel->fd, meter) != 0)
    return false;
  /* One that has fallen back to a single path counts from elsewhere.  */
  if (!channel->aborted
      && (!channel->multipath || multipath_agreed (channel->fd)))
    {
      channel->meter_end = *meter;
      channel->metered = true;
    }
  return true;
}

/* Note how many records the kernel has made or opened, where it does.  */
static void
count_records (struct channel *channel)
{
  struct channel_end *own = &channel->own;
  own->sealed = (channel->mode == SECURE_KERNEL
                 && ktls_records (channel->fd, channel->writer,
                                  &own->records) == 0);
}

bool
channel_flush (struct channel *channel)
{
  struct pollfd room = { .fd = channel->fd, .events = POLLOUT };
  return (channel->mode != SECURE_KERNEL
          || (poll (&room, 1, 0) == 1
              && (ktls_flush (channel->fd) == 0 || errno != EAGAIN)));
}

bool
channel_is_relayed (struct channel const *channel)
{
  return (!channel->carried && (channel->mode == SECURE_AES
                                || channel->mode == SECURE_CHACHA));
}

uint64_t
channel_data_bytes (struct channel const *channel, uint64_t bytes)
{
  enum { ADDED = RECORD_HEADER + 1 + RECORD_TAG };
  uint64_t records;
  if (channel->mode == SECURE_NONE || channel->carried)
    return bytes;
  if (channel->own.sealed)
    records = channel->own.records - channel->records_before;
  else if (channel->mode == SECURE_KERNEL
           && ktls_records (channel->fd, channel->writer, &records) == 0)
    records -= channel->records_before;
  else
    records = bytes / (RECORD_PLAIN_MAX + ADDED);
  return bytes - MIN (bytes, records * ADDED);
}

static void
end_writer (struct channel *channel, bool failed, bool by_sigpipe)
{
  struct tcp_meter meter;
  struct channel_end *own = &channel->own;
  bool reader_left = channel->peer.outcome != OUTCOME_OPEN;
  bool told = read_last (channel, &meter);
  own->counted = channel->metered;
  if (own->counted)
    own->bytes = channel->meter_end.sent - channel->sent_before;
  /* Readers send nothing, not even an end of file before they go.  */
  if (told)
    reader_left = reader_left || meter.gone || meter.end_received;
  else
    reader_left = reader_left || by_sigpipe;
  count_records (channel);
  own->bytes = channel_data_bytes (channel, own->bytes);

  if (reader_left && !channel->aborted)
    {
      own->outcome = OUTCOME_READER_LEFT;
      channel_close (channel);
    }
  else if (failed || channel->aborted)
    {
      own->outcome = OUTCOME_ABORTED;
      tcp_abort (channel->fd);
      channel_close (channel);
    }
  else
    {
      own->outcome = OUTCOME_CLEAN;
      tcp_abort_on_close (channel->fd, false);
      shutdown (channel->fd, SHUT_WR);
    }
}

/* Close the reading end of a channel whose reader ended early, once its writer
   has ended as well.  */
static void
leave_if_done (struct channel *channel)
{
  if (!channel->writer && channel->peer.outcome != OUTCOME_OPEN
      && (channel->own.outcome == OUTCOME_EARLY
          || channel->own.outcome == OUTCOME_BROKEN
          || channel->own.outcome == OUTCOME_FAILED
          || channel->own.outcome == OUTCOME_TAMPERED))
    channel_close (channel);
}

/* The reader's outcome is known.  The writer has to meet SIGPIPE, as on a
   pipe, and not "connection reset".  It does when its own supervisor
   half-closes, at our word; so the socket stays open until it has ended, for
   closing would reset the connection.  */
static void
leave_reader (struct channel *channel)
{
  if (channel->own.outcome != OUTCOME_COMPLETE)
    shutdown (channel->fd, SHUT_WR);
  leave_if_done (channel);
}

static void
end_reader (struct channel *channel)
{
  struct tcp_meter meter;
  struct channel_end *own = &channel->own;
  bool told = read_last (channel, &meter);
  count_records (channel);
  own->outcome = channel_judge_reader (channel, told ? &meter : NULL);
  own->counted = channel->metered;
  if (own->counted)
    own->bytes = channel_data_bytes (channel, channel->meter_end.received
                                     - channel->received_before);
  leave_reader (channel);
}

void
channel_end_own (struct channel *channel, bool failed, bool by_sigpipe)
{
  if (channel->own.outcome != OUTCOME_OPEN)
    return;
  channel->over = monotonic_us ();
  if (channel->fd < 0)
    channel->own.outcome = (channel->writer ? OUTCOME_ABORTED
                            : OUTCOME_EARLY);
  else if (channel->writer)
    end_writer (channel, failed, by_sigpipe);
  else
    end_reader (channel);
}

void
channel_end_as (struct channel *channel, enum channel_outcome outcome)
{
  struct tcp_meter meter;
  struct channel_end *own = &channel->own;
  if (own->outcome != OUTCOME_OPEN)
    return;
  own->outcome = outcome;
  channel->over = monotonic_us ();
  if (channel->fd < 0)
    return;
  read_last (channel, &meter);
  own->counted = channel->metered;
  if (own->counted)
    own->bytes = (channel->writer
                  ? channel->meter_end.sent - channel->sent_before
                  : channel->meter_end.received - channel->received_before);
  count_records (channel);
  own->bytes = channel_data_bytes (channel, own->bytes);
  if (!channel->writer)
    leave_reader (channel);
  else
    {
      tcp_abort (channel->fd);
      channel_close (channel);
    }
}

bool
channel_input_cut (struct channel const *channel)
{
  return (channel->own.outcome == OUTCOME_BROKEN
          || channel->own.outcome == OUTCOME_FAILED
          || channel->own.outcome == OUTCOME_TAMPERED
          || channel->peer.outcome == OUTCOME_ABORTED
          || channel->peer.outcome == OUTCOME_FAILED);
}

void
channel_end_peer (struct channel *channel, struct channel_end const *end)
{
  channel->peer = *end;
  if (channel->fd < 0 || channel->carried)
    return;
  if (channel->writer && channel->own.outcome == OUTCOME_OPEN)
    shutdown (channel->fd, SHUT_WR);
  leave_if_done (channel);
}

bool
channel_abort (struct channel *channel)
{
  struct tcp_meter meter;
  if (channel->fd < 0)
    return true;
  if (!channel->writer && tcp_meter_read (channel->fd, &meter) == 0
      && meter.end_received)
    return true;
  if (channel->writer && channel->own.outcome == OUTCOME_CLEAN)
    return true;
  /* Linux wakes a reader of several paths with an end of file, and does not
     wake one for whom it opens records.  */
  if ((channel->multipath || channel->mode == SECURE_KERNEL)
      && !channel->writer
      && channel->own.outcome == OUTCOME_OPEN)
    {
      channel->aborted = true;
      return false;
    }
  channel_reset (channel);
  return true;
}

void
channel_reset (struct channel *channel)
{
  struct tcp_meter meter;
  if (0 <= channel->fd && channel->own.outcome == OUTCOME_OPEN)
    read_last (channel, &meter);
  channel->aborted = true;
  if (0 <= channel->fd)
    tcp_abort (channel->fd);
}

void
channel_close (struct channel *channel)
{
  if (0 <= channel->fd)
    close (channel->fd);
  channel->fd = -1;
}
