/* The reading ends of channels that go through the login.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "data/mux-in.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/stage-pipe.h"
#include "minmax.h"
#include "splice-relay.h"
#include "xalloc.h"

/* Credit is granted in no smaller parts.  */
enum { GRANT_MIN = CARRIER_WINDOW / 4 };

static void reader_ready (void *context, int fd, short ready);

void
receiver_init (struct receiver *receiver, struct control *control,
               struct events *events)
{
  *receiver = (struct receiver) { .control = control, .events = events };
  for (unsigned i = 0; i < CHANNELS_MAX; i++)
    receiver->ends[i].fd = -1;
}

void
receiver_stop (struct receiver *receiver, unsigned channel)
{
  struct receiving_end *end = &receiver->ends[channel];
  if (0 <= end->fd)
    {
      events_forget (receiver->events, end->fd);
      close (end->fd);
      end->fd = -1;
    }
  free (end->waiting);
  end->waiting = NULL;
  end->waiting_length = 0;
}

/* Let the other end send as much more as we can hold, if that is worth a
   message.  */
static void
grant (struct receiver *receiver, unsigned channel)
{
  struct receiving_end *end = &receiver->ends[channel];
  uint64_t passed_on = end->bytes - end->waiting_length;
  uint64_t more = passed_on + CARRIER_WINDOW - end->allowed;
  if (end->fd < 0 || more < GRANT_MIN)
    return;
  struct message_builder credit;
  message_begin (&credit, MESSAGE_CREDIT);
  message_add_number (&credit, KEY_CHANNEL, channel);
  message_add_number (&credit, KEY_BYTES, more);
  control_send (receiver->control, &credit);
  end->allowed += more;
}

/* Let the stage meet its end of file.  Its socket stays open: it tells whether
   something is left when the stage is over.  */
static void
end_of_file (struct receiving_end *end)
{
  joint_end_of_file (end->fd);
  end->delivered = true;
}

/* Write what waits for CHANNEL's stage, as far as its socket takes it.  */
static void
flush (struct receiver *receiver, unsigned channel)
{
  struct receiving_end *end = &receiver->ends[channel];
  while (0 < end->waiting_length)
    {
      size_t here = MIN (end->waiting_length,
                         CARRIER_WINDOW - end->waiting_start);
      ssize_t done = write (end->fd, end->waiting + end->waiting_start, here);
      if (done < 0 && errno == EAGAIN)
        {
          events_watch (receiver->events, end->fd, POLLOUT, reader_ready,
                        receiver);
          return;
        }
      if (done < 0 && errno != EINTR)
        {
          /* The stage wants no more.  */
          receiver_stop (receiver, channel);
          return;
        }
      if (0 < done)
        {
          end->waiting_start = (end->waiting_start + done) % CARRIER_WINDOW;
          end->waiting_length -= done;
        }
    }
  end->waiting_start = 0;
  events_forget (receiver->events, end->fd);
  if (end->ending)
    end_of_file (end);
}

static void
reader_ready (void *context, int fd, short ready)
{
  struct receiver *receiver = context;
  (void) ready;
  for (unsigned i = 0; i < CHANNELS_MAX; i++)
    if (receiver->ends[i].fd == fd)
      {
        flush (receiver, i);
        grant (receiver, i);
        return;
      }
}

/* Return the next place in the ring of END, and set *ROOM to how many bytes
   it has there.  The credit leaves some room for what comes.  */
static unsigned char *
place (struct receiving_end *end, size_t *room)
{
  if (end->waiting == NULL)
    end->waiting = xmalloc (CARRIER_WINDOW);
  size_t at = (end->waiting_start + end->waiting_length) % CARRIER_WINDOW;
  *room = MIN (CARRIER_WINDOW - at, CARRIER_WINDOW - end->waiting_length);
  return end->waiting + at;
}

/* COUNT more bytes of CHANNEL are here: in its stage's socket, thrown away, or
   waiting, COUNT of them since now.  */
static void
arrived (struct receiver *receiver, unsigned channel, size_t count,
         bool waiting)
{
  struct receiving_end *end = &receiver->ends[channel];
  end->bytes += count;
  if (waiting)
    {
      end->waiting_length += count;
      /* The rest waits for the socket already.  */
      if (end->waiting_length == count)
        flush (receiver, channel);
    }
  grant (receiver, channel);
}

void
receiver_open (struct receiver *receiver, unsigned channel, int fd)
{
  struct receiving_end *end = &receiver->ends[channel];
  end->opened = true;
  end->fd = fd;
  grant (receiver, channel);
}

bool
receiver_has (struct receiver const *receiver, unsigned channel)
{
  return receiver->ends[channel].opened;
}

bool
receiver_begin (struct receiver *receiver, uint64_t channel, size_t length)
{
  if (CHANNELS_MAX <= channel)
    return false;
  struct receiving_end const *end = &receiver->ends[channel];
  receiver->arriving = channel;
  return (end->opened && !end->ending
          && length <= end->allowed - end->bytes);
}

void
receiver_put (struct receiver *receiver, unsigned char const *bytes,
              size_t length)
{
  unsigned channel = receiver->arriving;
  struct receiving_end *end = &receiver->ends[channel];
  while (0 < length)
    {
      bool waiting = 0 <= end->fd;
      size_t some = length;
      if (waiting)
        {
          unsigned char *to = place (end, &some);
          some = MIN (some, length);
          memcpy (to, bytes, some);
        }
      arrived (receiver, channel, some, waiting);
      bytes += some;
      length -= some;
    }
}

/* Move at most LENGTH bytes from FD right into the socket of END.  Return as
   read does, or -1 with the errno EAGAIN when they have to be copied: there
   is no room (that FD is ready is known), it cannot be done at all, or
   something is wrong that reading and writing will show.  */
static ssize_t
move_in (struct receiver *receiver, struct receiving_end const *end, int fd,
         size_t length)
{
  if (0 <= end->fd && end->waiting_length == 0 && !receiver->copies)
    {
      ssize_t moved = splice_move_now (fd, end->fd, length);
      if (0 <= moved || errno == EINTR)
        return moved;
      receiver->copies = splice_is_impossible (errno);
    }
  errno = EAGAIN;
  return -1;
}

/* Return the buffer for what is thrown away.  */
static unsigned char *
buffer (struct receiver *receiver)
{
  if (receiver->buffer == NULL)
    receiver->buffer = xmalloc (DATA_MAX);
  return receiver->buffer;
}

ssize_t
receiver_take (struct receiver *receiver, int fd, size_t length)
{
  unsigned channel = receiver->arriving;
  struct receiving_end *end = &receiver->ends[channel];
  bool waiting = false;
  ssize_t got = move_in (receiver, end, fd, length);
  if (got < 0 && errno == EAGAIN)
    {
      size_t room = DATA_MAX;
      waiting = 0 <= end->fd;
      unsigned char *to = waiting ? place (end, &room) : buffer (receiver);
      got = read (fd, to, MIN (room, length));
    }
  if (0 < got)
    arrived (receiver, channel, got, waiting);
  return got;
}

void
receiver_end (struct receiver *receiver, unsigned channel)
{
  struct receiving_end *end = &receiver->ends[channel];
  if (!end->opened || end->ending)
    return;
  end->ending = true;
  if (0 <= end->fd)
    flush (receiver, channel);
}

bool
receiver_delivered (struct receiver *receiver, unsigned channel)
{
  struct receiving_end *end = &receiver->ends[channel];
  if (0 <= end->fd && end->delivered && !joint_was_read (end->fd))
    end->delivered = false;
  return end->delivered;
}

uint64_t
receiver_bytes (struct receiver const *receiver, unsigned channel)
{
  return receiver->ends[channel].bytes;
}

uint64_t
receiver_waiting (struct receiver const *receiver, unsigned channel)
{
  return receiver->ends[channel].waiting_length;
}

void
receiver_close (struct receiver *receiver)
{
  for (unsigned i = 0; i < CHANNELS_MAX; i++)
    receiver_stop (receiver, i);
  free (receiver->buffer);
  receiver->buffer = NULL;
}
