/* The writing ends of channels that go through the login.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "data/mux-out.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
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
}

/* Return the end of CHANNEL, or NULL if there is none.  */
static struct sending_end *
find (struct mux_out const *out, unsigned channel)
{
  for (size_t i = 0; i < out->count; i++)
    if (out->ends[i]->channel == channel)
      return out->ends[i];
  return NULL;
}

/* Return the end of CHANNEL, which is made if there is none.  It stays where
   it is.  */
static struct sending_end *
end_of (struct mux_out *out, unsigned channel)
{
  struct sending_end *end = find (out, channel);
  if (end)
    return end;
  end = xzalloc (sizeof *end);
  end->channel = channel;
  end->fd = -1;
  out->ends = xnrealloc (out->ends, out->count + 1, sizeof *out->ends);
  out->ends[out->count++] = end;
  return end;
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

/* Take at most LENGTH bytes that END's stage has written, and set *STAGED to
   whether they are in the staging pipe, else in the buffer.  Return as read
   does.  */
static ssize_t
take_out (struct mux_out *out, struct sending_end const *end, size_t length,
          bool *staged)
{
  *staged = 0 <= out->staging[1];
  if (*staged)
    {
      ssize_t moved = splice_move_now (end->fd, out->staging[1], length);
      bool impossible = moved < 0 && splice_is_impossible (errno);
      if (impossible)
        mux_out_give_up_splice (out);
      else if (0 < moved || (moved < 0 && errno != EAGAIN))
        return moved;
      /* Only a read tells what this is: there are kernels that splice 0 bytes
         from a pipe that is just empty, or none from one that is not.  */
      *staged = false;
    }
  if (out->buffer == NULL)
    out->buffer = xmalloc (DATA_MAX);
  return read (end->fd, out->buffer, length);
}

/* Take note that the pipe of END has given GOT, as read does, instead of
   bytes.  */
static void
take_no_bytes (struct sending_end *end, ssize_t got)
{
  if (got == 0)
    end->at_end = true;
  else if (errno == EAGAIN)
    /* How much there was could not be told at the flush: no more.  */
    end->left = 0;
  else if (errno != EINTR)
    end->error = errno;
}

/* Take some of what END's writer has written and send it.  Return whether
   there was any.  */
static bool
send_some (struct mux_out *out, struct sending_end *end)
{
  if (end->fd < 0 || end->at_end || end->error != 0)
    return false;
  size_t most = MIN (DATA_MAX, end->allowed - end->bytes);
  if (end->flushing)
    most = MIN (most, end->left);
  if (most == 0)
    return false;

  bool staged;
  ssize_t got = take_out (out, end, most, &staged);
  if (got <= 0)
    {
      take_no_bytes (end, got);
      return false;
    }
  if (staged)
    control_move_data (out->control, end->channel, out->staging[0], got);
  else
    control_send_data (out->control, end->channel, out->buffer, got);
  end->bytes += got;
  end->left -= MIN (end->left, (size_t) got);
  return true;
}

/* Return whether all has been sent that END was to send before its end.  */
static bool
is_drained (struct sending_end const *end)
{
  return (end->flushing ? end->at_end || end->left == 0
          : end->ending && end->at_end);
}

static void
stop (struct mux_out *out, struct sending_end *end)
{
  if (end->fd < 0)
    return;
  events_forget (out->events, end->fd);
  stage_pipe_stop_writer (end->fd, end->socket);
  end->fd = -1;
}

/* Tell what has happened at END.  */
static void
tell (struct mux_out *out, struct sending_end *end)
{
  if (0 <= end->fd && end->error != 0)
    {
      stop (out, end);
      out->hooks.failed (out->hooks.context, end->channel, end->error);
    }
  if (0 <= end->fd && end->at_end && !end->told)
    {
      end->told = true;
      out->hooks.closed (out->hooks.context, end->channel);
    }
  if (0 <= end->fd && is_drained (end))
    {
      stop (out, end);
      out->hooks.drained (out->hooks.context, end->channel);
    }
}

/* Wait for what the writer of END may write next, if it could be sent at
   once.  */
static void
look_after_writer (struct mux_out *out, struct sending_end *end)
{
  tell (out, end);
  if (end->fd < 0)
    return;
  if (!end->at_end && end->bytes < end->allowed
      && control_has_room (out->control))
    events_watch (out->events, end->fd, POLLIN, writer_ready, out);
  else
    events_forget (out->events, end->fd);
}

void
mux_out_serve (struct mux_out *out)
{
  size_t first = out->next;
  for (size_t i = 0; i < out->count; i++)
    {
      size_t place = (first + i) % out->count;
      if (control_has_room (out->control)
          && send_some (out, out->ends[place]))
        out->next = (place + 1) % out->count;
    }
  for (size_t i = 0; i < out->count; i++)
    look_after_writer (out, out->ends[i]);
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
  struct sending_end *end = end_of (out, channel);
  end->fd = fd;
  end->socket = socket;
  mux_out_serve (out);
}

bool
mux_out_credit (struct mux_out *out, unsigned channel, uint64_t bytes)
{
  struct sending_end *end = end_of (out, channel);
  if (INT64_MAX - end->allowed < bytes)
    return false;
  end->allowed += bytes;
  mux_out_serve (out);
  return true;
}

void
mux_out_end (struct mux_out *out, unsigned channel)
{
  struct sending_end *end = find (out, channel);
  if (end == NULL || end->fd < 0 || end->ending)
    return;
  end->ending = true;
  mux_out_serve (out);
}

void
mux_out_flush (struct mux_out *out, unsigned channel)
{
  struct sending_end *end = find (out, channel);
  if (end == NULL || end->fd < 0 || end->flushing)
    return;
  ssize_t contents = pipe_contents (end->fd);
  end->flushing = true;
  end->left = 0 <= contents ? (size_t) contents : STAGE_PIPE_ROOM;
  mux_out_serve (out);
}

bool
mux_out_closed (struct mux_out const *out, unsigned channel)
{
  struct sending_end const *end = find (out, channel);
  return end && end->at_end;
}

void
mux_out_stop (struct mux_out *out, unsigned channel)
{
  struct sending_end *end = find (out, channel);
  if (end)
    stop (out, end);
}

uint64_t
mux_out_bytes (struct mux_out const *out, unsigned channel)
{
  struct sending_end const *end = find (out, channel);
  return end ? end->bytes : 0;
}

void
mux_out_close (struct mux_out *out)
{
  for (size_t i = 0; i < out->count; i++)
    {
      stop (out, out->ends[i]);
      free (out->ends[i]);
    }
  free (out->ends);
  out->ends = NULL;
  out->count = 0;
  mux_out_give_up_splice (out);
  free (out->buffer);
  out->buffer = NULL;
}
