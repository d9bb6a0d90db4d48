/* The writing ends of channels that go through the login.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "data/mux-out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/stage-pipe.h"
#include "minmax.h"
#include "splice-relay.h"
#include "xalloc.h"

static void writer_ready (void *context, int fd, short ready);

void
sender_init (struct sender *sender, struct control *control,
             struct events *events, struct sender_hooks const *hooks)
{
  *sender = (struct sender) {
    .control = control, .events = events, .hooks = *hooks,
    .staging = { -1, -1 }
  };
  for (unsigned i = 0; i < CHANNELS_MAX; i++)
    sender->ends[i].fd = -1;
}

void
sender_give_up_splice (struct sender *sender)
{
  for (int i = 0; i < 2; i++)
    if (0 <= sender->staging[i])
      {
        close (sender->staging[i]);
        sender->staging[i] = -1;
      }
}

void
sender_prepare (struct sender *sender)
{
  int out = control_output (sender->control);
  struct stat status;
  if (fstat (out, &status) != 0 || !S_ISFIFO (status.st_mode)
      || pipe2 (sender->staging, O_CLOEXEC) != 0)
    {
      sender->staging[0] = sender->staging[1] = -1;
      return;
    }
  pipe_enlarge (sender->staging[1], JOINT_ROOM);
  /* It is empty, so this moves nothing, and does not wait.  */
  if (splice_move_now (sender->staging[0], out, 1) != -1
      || errno != EAGAIN)
    sender_give_up_splice (sender);
}

/* Take at most LENGTH bytes that END's stage has written into the staging
   pipe, or else the buffer.  Return as read does.  */
static ssize_t
take_out (struct sender *sender, struct sending_end const *end, size_t length)
{
  if (0 <= sender->staging[1])
    {
      ssize_t moved = splice_move_now (end->fd, sender->staging[1], length);
      if (0 <= moved || !splice_is_impossible (errno))
        return moved;
      sender_give_up_splice (sender);
    }
  if (sender->buffer == NULL)
    sender->buffer = xmalloc (DATA_MAX);
  return read (end->fd, sender->buffer, length);
}

/* Take some of what CHANNEL's writer has written and send it.  Return whether
   there was any.  */
static bool
send_some (struct sender *sender, unsigned channel)
{
  struct sending_end *end = &sender->ends[channel];
  if (end->fd < 0 || end->at_end)
    return false;
  size_t most = MIN (DATA_MAX, end->allowed - end->bytes);
  if (end->ending)
    most = MIN (most, end->left);
  if (most == 0)
    return false;

  ssize_t got = take_out (sender, end, most);
  if (got <= 0)
    {
      bool later = got < 0 && (errno == EAGAIN || errno == EINTR);
      end->at_end = !later;
      /* How much there was could not be told at the end: no more.  */
      if (!later || errno == EAGAIN)
        end->left = 0;
      return false;
    }
  if (0 <= sender->staging[0])
    control_move_data (sender->control, channel, sender->staging[0], got);
  else
    control_send_data (sender->control, channel, sender->buffer, got);
  end->bytes += got;
  end->left -= MIN (end->left, (size_t) got);
  return true;
}

/* Wait for what the writer may write next, if it could be sent at once, or
   see that all is sent.  */
static void
look_after_writer (struct sender *sender, unsigned channel)
{
  struct sending_end *end = &sender->ends[channel];
  if (end->fd < 0)
    return;
  if (end->ending && end->left == 0)
    {
      sender_stop (sender, channel);
      sender->hooks.drained (sender->hooks.context, channel);
    }
  else if (!end->at_end && end->bytes < end->allowed
           && control_has_room (sender->control))
    events_watch (sender->events, end->fd, POLLIN, writer_ready, sender);
  else
    events_forget (sender->events, end->fd);
}

void
sender_serve (struct sender *sender)
{
  unsigned first = sender->next;
  for (unsigned i = 0; i < CHANNELS_MAX; i++)
    {
      unsigned channel = (first + i) % CHANNELS_MAX;
      if (control_has_room (sender->control) && send_some (sender, channel))
        sender->next = channel + 1;
    }
  for (unsigned i = 0; i < CHANNELS_MAX; i++)
    look_after_writer (sender, i);
}

static void
writer_ready (void *context, int fd, short ready)
{
  (void) fd, (void) ready;
  sender_serve (context);
}

void
sender_open (struct sender *sender, unsigned channel, int fd, bool socket)
{
  struct sending_end *end = &sender->ends[channel];
  end->fd = fd;
  end->socket = socket;
  sender_serve (sender);
}

bool
sender_credit (struct sender *sender, unsigned channel, uint64_t bytes)
{
  struct sending_end *end = &sender->ends[channel];
  if (INT64_MAX - end->allowed < bytes)
    return false;
  end->allowed += bytes;
  sender_serve (sender);
  return true;
}

void
sender_end (struct sender *sender, unsigned channel)
{
  struct sending_end *end = &sender->ends[channel];
  if (end->fd < 0 || end->ending)
    return;
  ssize_t contents = pipe_contents (end->fd);
  end->ending = true;
  end->left = end->at_end ? 0 : 0 <= contents ? (size_t) contents : JOINT_ROOM;
  sender_serve (sender);
}

void
sender_stop (struct sender *sender, unsigned channel)
{
  struct sending_end *end = &sender->ends[channel];
  if (end->fd < 0)
    return;
  events_forget (sender->events, end->fd);
  if (end->socket)
    {
      /* So it meets SIGPIPE, and no reset because of what it wrote.  */
      shutdown (end->fd, SHUT_RDWR);
      joint_drain (end->fd);
    }
  close (end->fd);
  end->fd = -1;
}

uint64_t
sender_bytes (struct sender const *sender, unsigned channel)
{
  return sender->ends[channel].bytes;
}

void
sender_close (struct sender *sender)
{
  for (unsigned i = 0; i < CHANNELS_MAX; i++)
    sender_stop (sender, i);
  sender_give_up_splice (sender);
  free (sender->buffer);
  sender->buffer = NULL;
}
