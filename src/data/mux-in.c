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
enum { GRANT_MIN = MUX_WINDOW / 4 };

static void reader_ready (void *context, int fd, short ready);

void
mux_in_init (struct mux_in *in, struct control *control,
             struct events *events, struct mux_in_hooks const *hooks)
{
  *in = (struct mux_in) {
    .control = control, .events = events, .hooks = *hooks
  };
}

/* Return the end of CHANNEL, or NULL if it was never opened.  */
static struct receiving_end *
find (struct mux_in const *in, uint64_t channel)
{
  for (size_t i = 0; i < in->count; i++)
    if (in->ends[i]->channel == channel)
      return in->ends[i];
  return NULL;
}

static void
stop (struct mux_in *in, struct receiving_end *end)
{
  if (0 <= end->fd)
    {
      events_forget (in->events, end->fd);
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
grant (struct mux_in *in, struct receiving_end *end)
{
  uint64_t passed_on = end->bytes - end->waiting_length;
  uint64_t more = passed_on + MUX_WINDOW - end->allowed;
  if (end->fd < 0 || more < GRANT_MIN)
    return;
  struct message_builder credit;
  message_begin (&credit, MESSAGE_CREDIT);
  message_add_number (&credit, KEY_CHANNEL, end->channel);
  message_add_number (&credit, KEY_BYTES, more);
  control_send (in->control, &credit);
  end->allowed += more;
}

/* Let the stage meet its end of file.  Its socket stays open: it tells whether
   something is left when the stage is over.  */
static void
end_of_file (struct receiving_end *end)
{
  stage_pipe_end_of_file (end->fd);
  end->delivered = true;
}

/* What is for CHANNEL's stage could not be written, for the reason ERROR.  */
static void
write_failed (struct mux_in *in, struct receiving_end *end, int error)
{
  stop (in, end);
  /* Else the stage wants no more, which is its affair.  */
  if (error != EPIPE && error != ECONNRESET)
    in->hooks.failed (in->hooks.context, end->channel, error);
}

/* Write what waits for CHANNEL's stage, as far as its socket takes it.  */
static void
flush (struct mux_in *in, struct receiving_end *end)
{
  while (0 < end->waiting_length)
    {
      size_t here = MIN (end->waiting_length,
                         MUX_WINDOW - end->waiting_start);
      ssize_t done = write (end->fd, end->waiting + end->waiting_start, here);
      if (done < 0 && errno == EAGAIN)
        {
          events_watch (in->events, end->fd, POLLOUT, reader_ready,
                        in);
          return;
        }
      if (done < 0 && errno != EINTR)
        {
          write_failed (in, end, errno);
          return;
        }
      if (0 < done)
        {
          end->waiting_start = (end->waiting_start + done) % MUX_WINDOW;
          end->waiting_length -= done;
        }
    }
  end->waiting_start = 0;
  events_forget (in->events, end->fd);
  if (end->cutting)
    stop (in, end);
  else if (end->ending)
    end_of_file (end);
}

static void
reader_ready (void *context, int fd, short ready)
{
  struct mux_in *in = context;
  (void) ready;
  for (size_t i = 0; i < in->count; i++)
    if (in->ends[i]->fd == fd)
      {
        flush (in, in->ends[i]);
        grant (in, in->ends[i]);
        return;
      }
}

/* Return the next place in the ring of END, and set *ROOM to how many bytes
   it has there.  The credit leaves some room for what comes.  */
static unsigned char *
place (struct receiving_end *end, size_t *room)
{
  if (end->waiting == NULL)
    end->waiting = xmalloc (MUX_WINDOW);
  size_t at = (end->waiting_start + end->waiting_length) % MUX_WINDOW;
  *room = MIN (MUX_WINDOW - at, MUX_WINDOW - end->waiting_length);
  return end->waiting + at;
}

/* COUNT more bytes of CHANNEL are here: in its stage's socket, thrown away, or
   waiting, COUNT of them since now.  */
static void
arrived (struct mux_in *in, struct receiving_end *end, size_t count,
         bool waiting)
{
  end->bytes += count;
  if (waiting)
    {
      end->waiting_length += count;
      /* The rest waits for the socket already.  */
      if (end->waiting_length == count)
        flush (in, end);
    }
  grant (in, end);
}

void
mux_in_open (struct mux_in *in, unsigned channel, int fd)
{
  struct receiving_end *end = xzalloc (sizeof *end);
  end->channel = channel;
  end->fd = fd;
  in->ends = xnrealloc (in->ends, in->count + 1, sizeof *in->ends);
  in->ends[in->count++] = end;
  grant (in, end);
}

bool
mux_in_has (struct mux_in const *in, unsigned channel)
{
  return find (in, channel) != NULL;
}

bool
mux_in_begin (struct mux_in *in, uint64_t channel, size_t length)
{
  struct receiving_end *end = find (in, channel);
  in->arriving = end;
  return end && !end->ending && length <= end->allowed - end->bytes;
}

void
mux_in_put (struct mux_in *in, unsigned char const *bytes,
              size_t length)
{
  struct receiving_end *end = in->arriving;
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
      arrived (in, end, some, waiting);
      bytes += some;
      length -= some;
    }
}

/* Move at most LENGTH bytes from FD right into the socket of END.  Return as
   read does, or -1 with the errno EAGAIN when they have to be copied: there
   is no room (that FD is ready is known), it cannot be done at all, or
   something is wrong that reading and writing will show.  */
static ssize_t
move_in (struct mux_in *in, struct receiving_end const *end, int fd,
         size_t length)
{
  if (0 <= end->fd && end->waiting_length == 0 && !in->copies)
    {
      ssize_t moved = splice_move_now (fd, end->fd, length);
      /* 0 is not the end of file with every kernel.  */
      if (0 < moved || (moved < 0 && errno == EINTR))
        return moved;
      in->copies = moved < 0 && splice_is_impossible (errno);
    }
  errno = EAGAIN;
  return -1;
}

/* Return the buffer for what is thrown away.  */
static unsigned char *
buffer (struct mux_in *in)
{
  if (in->buffer == NULL)
    in->buffer = xmalloc (DATA_MAX);
  return in->buffer;
}

ssize_t
mux_in_take (struct mux_in *in, int fd, size_t length)
{
  struct receiving_end *end = in->arriving;
  bool waiting = false;
  ssize_t got = move_in (in, end, fd, length);
  if (got < 0 && errno == EAGAIN)
    {
      size_t room = DATA_MAX;
      waiting = 0 <= end->fd;
      unsigned char *to = waiting ? place (end, &room) : buffer (in);
      got = read (fd, to, MIN (room, length));
    }
  if (0 < got)
    arrived (in, end, got, waiting);
  return got;
}

void
mux_in_end (struct mux_in *in, unsigned channel)
{
  struct receiving_end *end = find (in, channel);
  if (end == NULL || end->ending)
    return;
  end->ending = true;
  if (0 <= end->fd)
    flush (in, end);
}

void
mux_in_stop (struct mux_in *in, unsigned channel)
{
  struct receiving_end *end = find (in, channel);
  if (end)
    stop (in, end);
}

void
mux_in_cut (struct mux_in *in, unsigned channel)
{
  struct receiving_end *end = find (in, channel);
  if (end == NULL)
    return;
  end->cutting = true;
  if (0 <= end->fd)
    flush (in, end);
}

bool
mux_in_reader_gone (struct mux_in const *in, unsigned channel)
{
  struct receiving_end const *end = find (in, channel);
  return (end
          && (end->fd < 0 || stage_pipe_closed (end->fd, end->delivered)));
}

bool
mux_in_delivered (struct mux_in *in, unsigned channel)
{
  struct receiving_end *end = find (in, channel);
  if (end == NULL)
    return false;
  if (0 <= end->fd && end->delivered && !stage_pipe_was_read (end->fd))
    end->delivered = false;
  return end->delivered;
}

uint64_t
mux_in_bytes (struct mux_in const *in, unsigned channel)
{
  struct receiving_end const *end = find (in, channel);
  return end ? end->bytes : 0;
}

uint64_t
mux_in_waiting (struct mux_in const *in, unsigned channel)
{
  struct receiving_end const *end = find (in, channel);
  return end ? end->waiting_length : 0;
}

void
mux_in_close (struct mux_in *in)
{
  for (size_t i = 0; i < in->count; i++)
    {
      stop (in, in->ends[i]);
      free (in->ends[i]);
    }
  free (in->ends);
  in->ends = NULL;
  in->count = 0;
  free (in->buffer);
  in->buffer = NULL;
}
