/* Channels that go through the login, on the control connection.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "carrier.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "minmax.h"
#include "splice-relay.h"
#include "xalloc.h"

enum
{
  /* What the pipe in between should hold.  */
  ROOM = JOINT_ROOM,
  /* Credit is granted in no smaller parts.  */
  GRANT_MIN = CARRIER_WINDOW / 4
};

static void serve (struct carrier *carrier);
static void writer_ready (void *context, int fd, short ready);
static void reader_ready (void *context, int fd, short ready);

void
carrier_init (struct carrier *carrier, struct control *control,
              struct events *events, struct carrier_hooks const *hooks)
{
  *carrier = (struct carrier) {
    .control = control, .events = events, .hooks = *hooks,
    .staging = { -1, -1 }
  };
  for (unsigned i = 0; i < CHANNELS_MAX; i++)
    carrier->ends[i].fd = -1;
}

/* Close our end of the stage's socket, and let go of what waits for it.  */
static void
close_end (struct carrier *carrier, struct carried *end)
{
  if (0 <= end->fd)
    {
      events_forget (carrier->events, end->fd);
      if (end->role == CARRIED_WRITER && end->socket)
        {
          /* So it meets SIGPIPE, and no reset because of what it wrote.  */
          shutdown (end->fd, SHUT_RDWR);
          joint_drain (end->fd);
        }
      close (end->fd);
      end->fd = -1;
    }
  free (end->waiting);
  end->waiting = NULL;
  end->waiting_length = 0;
}

static unsigned char *
buffer (struct carrier *carrier)
{
  if (carrier->buffer == NULL)
    carrier->buffer = xmalloc (DATA_MAX);
  return carrier->buffer;
}


/* The writing end.  */

/* Do without splice where things go out.  */
static void
close_staging (struct carrier *carrier)
{
  for (int i = 0; i < 2; i++)
    if (0 <= carrier->staging[i])
      {
        close (carrier->staging[i]);
        carrier->staging[i] = -1;
      }
}

/* Return whether ERROR says that something cannot be spliced at all.  */
static bool
cannot_splice (int error)
{
  return (error == EINVAL || error == ENOSYS || error == EOPNOTSUPP
          || error == EPERM);
}

/* Take at most LENGTH bytes that END's stage has written into the staging
   pipe, or else the buffer.  Return as read does.  */
static ssize_t
take_out (struct carrier *carrier, struct carried const *end, size_t length)
{
  if (0 <= carrier->staging[1])
    {
      ssize_t moved = splice_move_now (end->fd, carrier->staging[1], length);
      if (0 <= moved || !cannot_splice (errno))
        return moved;
      close_staging (carrier);
    }
  return read (end->fd, buffer (carrier), length);
}

/* Take some of what CHANNEL's writer has written and send it.  Return whether
   there was any.  */
static bool
send_some (struct carrier *carrier, unsigned channel)
{
  struct carried *end = &carrier->ends[channel];
  if (end->role != CARRIED_WRITER || end->fd < 0 || end->at_end)
    return false;
  size_t most = MIN (DATA_MAX, end->allowed - end->bytes);
  if (end->ending)
    most = MIN (most, end->left);
  if (most == 0)
    return false;

  ssize_t got = take_out (carrier, end, most);
  if (got <= 0)
    {
      bool later = got < 0 && (errno == EAGAIN || errno == EINTR);
      end->at_end = !later;
      /* How much there was could not be told at the end: no more.  */
      if (!later || errno == EAGAIN)
        end->left = 0;
      return false;
    }
  if (0 <= carrier->staging[0])
    control_move_data (carrier->control, channel, carrier->staging[0], got);
  else
    control_send_data (carrier->control, channel, carrier->buffer, got);
  end->bytes += got;
  end->left -= MIN (end->left, (size_t) got);
  return true;
}

/* Wait for what the writer may write next, if it could be sent at once, or
   see that all is sent.  */
static void
look_after_writer (struct carrier *carrier, unsigned channel)
{
  struct carried *end = &carrier->ends[channel];
  if (end->role != CARRIED_WRITER || end->fd < 0)
    return;
  if (end->ending && end->left == 0)
    {
      close_end (carrier, end);
      carrier->hooks.drained (carrier->hooks.context, channel);
    }
  else if (!end->at_end && end->bytes < end->allowed
           && control_has_room (carrier->control))
    events_watch (carrier->events, end->fd, POLLIN, writer_ready, carrier);
  else
    events_forget (carrier->events, end->fd);
}

/* Let the writers send, by turns, until the control connection is busy.  */
static void
serve (struct carrier *carrier)
{
  unsigned first = carrier->next;
  for (unsigned i = 0; i < CHANNELS_MAX; i++)
    {
      unsigned channel = (first + i) % CHANNELS_MAX;
      if (control_has_room (carrier->control) && send_some (carrier, channel))
        carrier->next = channel + 1;
    }
  for (unsigned i = 0; i < CHANNELS_MAX; i++)
    look_after_writer (carrier, i);
}

static void
writer_ready (void *context, int fd, short ready)
{
  (void) fd, (void) ready;
  serve (context);
}

static void
control_room (void *context)
{
  serve (context);
}

bool
carrier_credit (struct carrier *carrier, struct message const *message)
{
  uint64_t channel, bytes;
  if (!message_number (message, KEY_CHANNEL, &channel)
      || !message_number (message, KEY_BYTES, &bytes)
      || CHANNELS_MAX <= channel)
    return false;
  struct carried *end = &carrier->ends[channel];
  if (end->role == CARRIED_READER || INT64_MAX - end->allowed < bytes)
    return false;
  end->allowed += bytes;
  serve (carrier);
  return true;
}

void
carrier_end_writer (struct carrier *carrier, unsigned channel)
{
  struct carried *end = &carrier->ends[channel];
  if (end->role != CARRIED_WRITER || end->fd < 0 || end->ending)
    return;
  ssize_t contents = pipe_contents (end->fd);
  end->ending = true;
  end->left = end->at_end ? 0 : 0 <= contents ? (size_t) contents : ROOM;
  serve (carrier);
}


/* The reading end.  */

/* Let the other end send as much more as we can hold, if that is worth a
   message.  */
static void
grant (struct carrier *carrier, unsigned channel)
{
  struct carried *end = &carrier->ends[channel];
  uint64_t passed_on = end->bytes - end->waiting_length;
  uint64_t more = passed_on + CARRIER_WINDOW - end->allowed;
  if (end->fd < 0 || more < GRANT_MIN)
    return;
  struct message_builder credit;
  message_begin (&credit, MESSAGE_CREDIT);
  message_add_number (&credit, KEY_CHANNEL, channel);
  message_add_number (&credit, KEY_BYTES, more);
  control_send (carrier->control, &credit);
  end->allowed += more;
}

/* Let the stage meet its end of file.  Its socket stays open: it tells whether
   something is left when the stage is over.  */
static void
end_of_file (struct carried *end)
{
  joint_end_of_file (end->fd);
  end->delivered = true;
}

/* Write what waits for CHANNEL's stage, as far as its socket takes it.  */
static void
flush (struct carrier *carrier, unsigned channel)
{
  struct carried *end = &carrier->ends[channel];
  while (0 < end->waiting_length)
    {
      size_t here = MIN (end->waiting_length,
                         CARRIER_WINDOW - end->waiting_start);
      ssize_t done = write (end->fd, end->waiting + end->waiting_start, here);
      if (done < 0 && errno == EAGAIN)
        {
          events_watch (carrier->events, end->fd, POLLOUT, reader_ready,
                        carrier);
          return;
        }
      if (done < 0 && errno != EINTR)
        {
          /* The stage wants no more.  */
          close_end (carrier, end);
          return;
        }
      if (0 < done)
        {
          end->waiting_start = (end->waiting_start + done) % CARRIER_WINDOW;
          end->waiting_length -= done;
        }
    }
  end->waiting_start = 0;
  events_forget (carrier->events, end->fd);
  if (end->ending)
    end_of_file (end);
}

static void
reader_ready (void *context, int fd, short ready)
{
  struct carrier *carrier = context;
  (void) ready;
  for (unsigned i = 0; i < CHANNELS_MAX; i++)
    if (carrier->ends[i].fd == fd)
      {
        flush (carrier, i);
        grant (carrier, i);
        return;
      }
}

/* Return the next place in the ring of END, and set *ROOM to how many bytes
   it has there.  The credit leaves some room for what comes.  */
static unsigned char *
place (struct carried *end, size_t *room)
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
arrived (struct carrier *carrier, unsigned channel, size_t count,
         bool waiting)
{
  struct carried *end = &carrier->ends[channel];
  end->bytes += count;
  if (waiting)
    {
      end->waiting_length += count;
      /* The rest waits for the socket already.  */
      if (end->waiting_length == count)
        flush (carrier, channel);
    }
  grant (carrier, channel);
}

static bool
control_begin (void *context, uint64_t channel, size_t length)
{
  struct carrier *carrier = context;
  if (CHANNELS_MAX <= channel)
    return false;
  struct carried const *end = &carrier->ends[channel];
  carrier->arriving = channel;
  return (end->role == CARRIED_READER && !end->ending
          && length <= end->allowed - end->bytes);
}

static void
control_bytes (void *context, unsigned char const *bytes, size_t length)
{
  struct carrier *carrier = context;
  unsigned channel = carrier->arriving;
  struct carried *end = &carrier->ends[channel];
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
      arrived (carrier, channel, some, waiting);
      bytes += some;
      length -= some;
    }
}

/* Move at most LENGTH bytes from FD right into the socket of END.  Return as
   read does, or -1 with the errno EAGAIN when they have to be copied: there
   is no room (that FD is ready is known), it cannot be done at all, or
   something is wrong that reading and writing will show.  */
static ssize_t
move_in (struct carrier *carrier, struct carried const *end, int fd,
         size_t length)
{
  if (0 <= end->fd && end->waiting_length == 0 && !carrier->copies_in)
    {
      ssize_t moved = splice_move_now (fd, end->fd, length);
      if (0 <= moved || errno == EINTR)
        return moved;
      carrier->copies_in = cannot_splice (errno);
    }
  errno = EAGAIN;
  return -1;
}

static ssize_t
control_take (void *context, int fd, size_t length)
{
  struct carrier *carrier = context;
  unsigned channel = carrier->arriving;
  struct carried *end = &carrier->ends[channel];
  bool waiting = false;
  ssize_t got = move_in (carrier, end, fd, length);
  if (got < 0 && errno == EAGAIN)
    {
      size_t room = DATA_MAX;
      waiting = 0 <= end->fd;
      unsigned char *to = waiting ? place (end, &room) : buffer (carrier);
      got = read (fd, to, MIN (room, length));
    }
  if (0 < got)
    arrived (carrier, channel, got, waiting);
  return got;
}

void
carrier_end_reader (struct carrier *carrier, unsigned channel)
{
  struct carried *end = &carrier->ends[channel];
  if (end->role != CARRIED_READER || end->ending)
    return;
  end->ending = true;
  if (0 <= end->fd)
    flush (carrier, channel);
}


/* Both.  */

/* Make the pipe through which data goes out, if it is of use.  */
static void
make_staging (struct carrier *carrier)
{
  int out = control_output (carrier->control);
  struct stat status;
  if (fstat (out, &status) != 0 || !S_ISFIFO (status.st_mode)
      || pipe2 (carrier->staging, O_CLOEXEC) != 0)
    {
      carrier->staging[0] = carrier->staging[1] = -1;
      return;
    }
  pipe_enlarge (carrier->staging[1], ROOM);
  /* It is empty, so this moves nothing, and does not wait.  */
  if (splice_move_now (carrier->staging[0], out, 1) != -1
      || errno != EAGAIN)
    close_staging (carrier);
}

static void
begin_carrying (struct carrier *carrier)
{
  struct control_carriage const carriage = {
    .context = carrier, .room = control_room, .begin = control_begin,
    .bytes = control_bytes, .take = control_take
  };
  if (carrier->carrying)
    return;
  carrier->carrying = true;
  make_staging (carrier);
  control_carry (carrier->control, &carriage);
}

int
carrier_open (struct carrier *carrier, unsigned channel, enum joint joint,
              int *stage_fd)
{
  struct carried *end = &carrier->ends[channel];
  int pair[2];
  if (joint_make (pair, joint) != 0)
    return -1;
  begin_carrying (carrier);
  end->role = joint == JOINT_READER ? CARRIED_READER : CARRIED_WRITER;
  end->socket = joint != JOINT_COMMAND;
  end->fd = pair[0];
  *stage_fd = pair[1];
  if (joint == JOINT_READER)
    grant (carrier, channel);
  else
    serve (carrier);
  return 0;
}

void
carrier_stop (struct carrier *carrier, unsigned channel)
{
  close_end (carrier, &carrier->ends[channel]);
}

bool
carrier_delivered (struct carrier *carrier, unsigned channel)
{
  struct carried *end = &carrier->ends[channel];
  if (0 <= end->fd && end->delivered && !joint_was_read (end->fd))
    end->delivered = false;
  return end->delivered;
}

uint64_t
carrier_bytes (struct carrier const *carrier, unsigned channel)
{
  return carrier->ends[channel].bytes;
}

uint64_t
carrier_waiting (struct carrier const *carrier, unsigned channel)
{
  return carrier->ends[channel].waiting_length;
}

void
carrier_close (struct carrier *carrier)
{
  for (unsigned i = 0; i < CHANNELS_MAX; i++)
    carrier_stop (carrier, i);
  close_staging (carrier);
  free (carrier->buffer);
  carrier->buffer = NULL;
}
