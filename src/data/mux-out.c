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
mux_out_init (struct mux_out *out, struct control *control,
             struct events *events, struct mux_out_hooks const *hooks)
{
  *out = (struct mux_out) {
    .control = control, .events = events, .hooks = *hooks,
    .staging = { -1, -1 }
  };
  for (unsigned i = 0; i < CHANNELS_MAX; i++)
    out->ends[i].fd = -1;
}

void
mux_out_give_up_splice (struct mux_out *out)
{
  for (int i = 0; i < 2; i++)
    if (0 <= out->staging[i])
      {
        close (out->staging[i]);
        out->staging[i] = -1;
      }
}

void
mux_out_prepare (struct mux_out *out)
{
  int fd = control_output (out->control);
  struct stat status;
  if (fstat (fd, &status) != 0 || !S_ISFIFO (status.st_mode)
      || pipe2 (out->staging, O_CLOEXEC) != 0)
    {
      out->staging[0] = out->staging[1] = -1;
      return;
    }
  pipe_enlarge (out->staging[1], STAGE_PIPE_ROOM);
  /* It is empty, so this moves nothing, and does not wait.  */
  if (splice_move_now (out->staging[0], fd, 1) != -1
      || errno != EAGAIN)
    mux_out_give_up_splice (out);
}

/* Take at most LENGTH bytes that END's stage has written into the staging
   pipe, or else the buffer.  Return as read does.  */
static ssize_t
take_out (struct mux_out *out, struct sending_end const *end, size_t length)
{
  if (0 <= out->staging[1])
    {
      ssize_t moved = splice_move_now (end->fd, out->staging[1], length);
      if (0 <= moved || !splice_is_impossible (errno))
        return moved;
      mux_out_give_up_splice (out);
    }
  if (out->buffer == NULL)
    out->buffer = xmalloc (DATA_MAX);
  return read (end->fd, out->buffer, length);
}

/* Take some of what CHANNEL's writer has written and send it.  Return whether
   there was any.  */
static bool
send_some (struct mux_out *out, unsigned channel)
{
  struct sending_end *end = &out->ends[channel];
  if (end->fd < 0 || end->at_end)
    return false;
  size_t most = MIN (DATA_MAX, end->allowed - end->bytes);
  if (end->ending)
    most = MIN (most, end->left);
  if (most == 0)
    return false;

  ssize_t got = take_out (out, end, most);
  if (got <= 0)
    {
      bool later = got < 0 && (errno == EAGAIN || errno == EINTR);
      end->at_end = !later;
      /* How much there was could not be told at the end: no more.  */
      if (!later || errno == EAGAIN)
        end->left = 0;
      return false;
    }
  if (0 <= out->staging[0])
    control_move_data (out->control, channel, out->staging[0], got);
  else
    control_send_data (out->control, channel, out->buffer, got);
  end->bytes += got;
  end->left -= MIN (end->left, (size_t) got);
  return true;
}

/* Wait for what the writer may write next, if it could be sent at once, or
   see that all is sent.  */
static void
look_after_writer (struct mux_out *out, unsigned channel)
{
  struct sending_end *end = &out->ends[channel];
  if (end->fd < 0)
    return;
  if (end->ending && end->left == 0)
    {
      mux_out_stop (out, channel);
      out->hooks.drained (out->hooks.context, channel);
    }
  else if (!end->at_end && end->bytes < end->allowed
           && control_has_room (out->control))
    events_watch (out->events, end->fd, POLLIN, writer_ready, out);
  else
    events_forget (out->events, end->fd);
}

void
mux_out_serve (struct mux_out *out)
{
  unsigned first = out->next;
  for (unsigned i = 0; i < CHANNELS_MAX; i++)
    {
      unsigned channel = (first + i) % CHANNELS_MAX;
      if (control_has_room (out->control) && send_some (out, channel))
        out->next = channel + 1;
    }
  for (unsigned i = 0; i < CHANNELS_MAX; i++)
    look_after_writer (out, i);
}

static void
writer_ready (void *context, int fd, short ready)
{
  (void) fd, (void) ready;
  mux_out_serve (context);
}

void
mux_out_open (struct mux_out *out, unsigned channel, int fd, bool socket)
{
  struct sending_end *end = &out->ends[channel];
  end->fd = fd;
  end->socket = socket;
  mux_out_serve (out);
}

bool
mux_out_credit (struct mux_out *out, unsigned channel, uint64_t bytes)
{
  struct sending_end *end = &out->ends[channel];
  if (INT64_MAX - end->allowed < bytes)
    return false;
  end->allowed += bytes;
  mux_out_serve (out);
  return true;
}

void
mux_out_end (struct mux_out *out, unsigned channel)
{
  struct sending_end *end = &out->ends[channel];
  if (end->fd < 0 || end->ending)
    return;
  ssize_t contents = pipe_contents (end->fd);
  end->ending = true;
  end->left = end->at_end ? 0 : 0 <= contents ? (size_t) contents : STAGE_PIPE_ROOM;
  mux_out_serve (out);
}

void
mux_out_stop (struct mux_out *out, unsigned channel)
{
  struct sending_end *end = &out->ends[channel];
  if (end->fd < 0)
    return;
  events_forget (out->events, end->fd);
  if (end->socket)
    {
      /* So it meets SIGPIPE, and no reset because of what it wrote.  */
      shutdown (end->fd, SHUT_RDWR);
      stage_pipe_drain (end->fd);
    }
  close (end->fd);
  end->fd = -1;
}

uint64_t
mux_out_bytes (struct mux_out const *out, unsigned channel)
{
  return out->ends[channel].bytes;
}

void
mux_out_close (struct mux_out *out)
{
  for (unsigned i = 0; i < CHANNELS_MAX; i++)
    mux_out_stop (out, i);
  mux_out_give_up_splice (out);
  free (out->buffer);
  out->buffer = NULL;
}
