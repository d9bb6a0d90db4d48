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

#include "base/diagnose.h"
#include "ktls.h"
#include "minmax.h"
#include "monotonic.h"
#include "multipath.h"
#include "crypto/record-size.h"
#include "socket-half.h"
#include "socket-unread.h"
#include "tcp-abort.h"
#include "tcp-keepalive.h"
#include "tcp-meter.h"

void
channel_end_put (struct channel_end const *end, bool writer,
                 struct message_builder *message)
{
  message_add_number (message, KEY_WRITER, writer);
  message_add_number (message, KEY_OUTCOME, end->outcome);
  if (end->counted)
    message_add_number (message, KEY_BYTES, end->bytes);
  if (end->sealed)
    message_add_number (message, KEY_RECORDS, end->records);
  if (end->relayed)
    message_add_number (message, KEY_RELAYED, 1);
}

bool
channel_end_get (struct channel_end *end, bool writer,
                 struct message const *message)
{
  uint64_t number, outcome;
  if (!message_number (message, KEY_WRITER, &number)
      || !message_number (message, KEY_OUTCOME, &outcome)
      || writer != (number != 0)
      || outcome == OUTCOME_OPEN || OUTCOMES <= outcome)
    return false;
  *end = (struct channel_end) { .outcome = outcome };
  end->counted = message_number (message, KEY_BYTES, &end->bytes);
  end->sealed = message_number (message, KEY_RECORDS, &end->records);
  end->relayed = message_number (message, KEY_RELAYED, &number) && number;
  return true;
}

void
channel_init (struct channel *channel, bool writer)
{
  *channel = (struct channel) {
    .fd = -1, .writer = writer, .trouble_since = -1, .broken_since = -1,
    .cut_since = -1, .quiet_since = -1
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
  own->sealed = (channel->mode == SECURE_KERNEL && 0 <= channel->fd
                 && ktls_records (channel->fd, channel->writer,
                                  &own->records) == 0);
}

bool
channel_flush (struct channel *channel)
{
  struct pollfd room = { .fd = channel->fd, .events = POLLOUT };
  return (channel->mode != SECURE_KERNEL || channel->fd < 0
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

bool
channel_count (struct channel *channel)
{
  struct tcp_meter meter;
  struct channel_end *own = &channel->own;
  bool told = 0 <= channel->fd && read_last (channel, &meter);
  uint64_t bytes = (channel->writer
                    ? channel->meter_end.sent - channel->sent_before
                    : channel->meter_end.received - channel->received_before);
  own->counted = channel->metered;
  count_records (channel);
  own->bytes = own->counted ? channel_data_bytes (channel, bytes) : 0;
  /* Readers send nothing, not even an end of file before they go.  */
  return told && channel->writer && (meter.gone || meter.end_received);
}

void
channel_finish (struct channel *channel)
{
  tcp_abort_on_close (channel->fd, false);
  channel_half_close (channel);
}

void
channel_half_close (struct channel *channel)
{
  /* One that is gone already needs no end.  */
  if (0 <= channel->fd && shutdown (channel->fd, SHUT_WR) != 0
      && errno != ENOTCONN)
    verbose ("cannot half-close a connection: %s", strerror (errno));
}

uint64_t
channel_unacknowledged (struct channel const *channel)
{
  struct tcp_meter meter;
  if (channel->fd < 0 || channel->carried || channel->aborted)
    return 0;
  if (tcp_meter_read (channel->fd, &meter) == 0)
    return meter.gone ? 0 : meter.unacknowledged;
  return MAX (0, socket_unread (channel->fd));
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

bool
channel_has_end (struct channel const *channel)
{
  struct tcp_meter meter;
  return (0 <= channel->fd && tcp_meter_read (channel->fd, &meter) == 0
          && meter.end_received);
}

bool
channel_is_exhausted (struct channel const *channel)
{
  struct tcp_meter meter;
  return (0 <= channel->fd && tcp_meter_read (channel->fd, &meter) == 0
          && (meter.end_received || meter.gone) && meter.unread == 0);
}

bool
channel_abort (struct channel *channel)
{
  if (channel->fd < 0 || (!channel->writer && channel_has_end (channel)))
    return true;
  /* Linux wakes a reader of several paths with an end of file, and does not
     wake one for whom it opens records.  */
  if ((channel->multipath || channel->mode == SECURE_KERNEL)
      && !channel->writer)
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
  /* What a reader wrote to its own standard input must not make a reset of
     this.  */
  if (0 <= channel->fd && channel->writer && !channel->carried
      && channel->mode != SECURE_KERNEL)
    socket_drain (channel->fd);
  if (0 <= channel->fd)
    close (channel->fd);
  channel->fd = -1;
}
