/* Channels that go through the login, on the control connection.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "data/mux.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xalloc.h"

void
mux_init (struct mux *mux, struct control *control,
              struct events *events, struct mux_out_hooks const *hooks)
{
  *mux = (struct mux) { .control = control };
  mux_out_init (&mux->out, control, events, hooks);
  struct mux_in_hooks const in_hooks = {
    .context = hooks->context, .failed = hooks->failed
  };
  mux_in_init (&mux->in, control, events, &in_hooks);
}

static void
control_room (void *context)
{
  struct mux *mux = context;
  mux_out_serve (&mux->out);
}

/* LENGTH bytes more of what is forwarded have come: send all when there are no
   more to come.  */
static void
pass_on (struct mux *mux, size_t length)
{
  mux->transit_length += length;
  mux->transit_left -= length;
  if (0 < mux->transit_left)
    return;
  control_send_data (mux->forwarding->to->control, mux->forwarding->channel,
                     mux->transit, mux->transit_length);
  mux->forwarding = NULL;
}

/* Return the route of CHANNEL, or NULL.  */
static struct mux_route *
find_route (struct mux *mux, uint64_t channel)
{
  for (size_t i = 0; i < mux->route_count; i++)
    if (mux->routes[i]->channel == channel)
      return mux->routes[i];
  return NULL;
}

static bool
control_begin (void *context, uint64_t channel, size_t length)
{
  struct mux *mux = context;
  struct mux_route *route = find_route (mux, channel);
  mux->forwarding = route;
  if (route == NULL)
    return mux_in_begin (&mux->in, channel, length);
  if (DATA_MAX < length || route->allowed - route->bytes < length)
    return false;
  if (mux->transit == NULL)
    mux->transit = xmalloc (DATA_MAX);
  route->bytes += length;
  mux->transit_length = 0;
  mux->transit_left = length;
  return true;
}

static void
control_bytes (void *context, unsigned char const *bytes, size_t length)
{
  struct mux *mux = context;
  if (mux->forwarding == NULL)
    {
      mux_in_put (&mux->in, bytes, length);
      return;
    }
  memcpy (mux->transit + mux->transit_length, bytes, length);
  pass_on (mux, length);
}

static ssize_t
control_take (void *context, int fd, size_t length)
{
  struct mux *mux = context;
  if (mux->forwarding == NULL)
    return mux_in_take (&mux->in, fd, length);
  ssize_t got = read (fd, mux->transit + mux->transit_length, length);
  if (0 < got)
    pass_on (mux, got);
  return got;
}

static void
begin_carrying (struct mux *mux)
{
  struct control_carriage const carriage = {
    .context = mux, .room = control_room, .begin = control_begin,
    .bytes = control_bytes, .take = control_take
  };
  if (mux->carrying)
    return;
  mux->carrying = true;
  mux_out_prepare (&mux->out);
  control_carry (mux->control, &carriage);
}

bool
mux_forward (struct mux *mux, unsigned channel, struct mux *to)
{
  if (find_route (mux, channel))
    return false;
  struct mux_route *route = xmalloc (sizeof *route);
  *route = (struct mux_route) { .channel = channel, .to = to };
  mux->routes = xnrealloc (mux->routes, mux->route_count + 1,
                           sizeof *mux->routes);
  mux->routes[mux->route_count++] = route;
  begin_carrying (mux);
  return true;
}

bool
mux_forward_credit (struct mux *mux, struct message const *message)
{
  uint64_t channel, bytes;
  if (!message_number (message, KEY_CHANNEL, &channel)
      || !message_number (message, KEY_BYTES, &bytes))
    return false;
  struct mux_route *route = find_route (mux, channel);
  /* A reader asks for what it has room for, and has none but the window.  */
  if (route == NULL
      || MUX_WINDOW - (route->allowed - route->bytes) < bytes)
    return false;
  route->allowed += bytes;
  return true;
}

int
mux_open (struct mux *mux, unsigned channel, enum stage_pipe pipe,
              int *stage_fd)
{
  int pair[2];
  if (stage_pipe_make (pair, pipe) != 0)
    return -1;
  begin_carrying (mux);
  *stage_fd = pair[1];
  if (pipe == STAGE_PIPE_READER)
    mux_in_open (&mux->in, channel, pair[0]);
  else
    mux_out_open (&mux->out, channel, pair[0], pipe != STAGE_PIPE_WRITER);
  return 0;
}

bool
mux_credit (struct mux *mux, struct message const *message)
{
  uint64_t channel, bytes;
  return (message_number (message, KEY_CHANNEL, &channel)
          && message_number (message, KEY_BYTES, &bytes)
          && channel <= CHANNEL_NUMBER_MAX
          && !mux_in_has (&mux->in, channel)
          && mux_out_credit (&mux->out, channel, bytes));
}

bool
mux_closed (struct mux const *mux, unsigned channel)
{
  return mux_out_closed (&mux->out, channel);
}

void
mux_end_writer (struct mux *mux, unsigned channel)
{
  mux_out_end (&mux->out, channel);
}

void
mux_flush_writer (struct mux *mux, unsigned channel)
{
  mux_out_flush (&mux->out, channel);
}

void
mux_end_reader (struct mux *mux, unsigned channel)
{
  mux_in_end (&mux->in, channel);
}

void
mux_stop (struct mux *mux, unsigned channel)
{
  mux_out_stop (&mux->out, channel);
  mux_in_stop (&mux->in, channel);
}

void
mux_cut_reader (struct mux *mux, unsigned channel)
{
  mux_in_cut (&mux->in, channel);
}

bool
mux_reader_gone (struct mux *mux, unsigned channel)
{
  return mux_in_reader_gone (&mux->in, channel);
}

bool
mux_delivered (struct mux *mux, unsigned channel)
{
  return mux_in_delivered (&mux->in, channel);
}

uint64_t
mux_bytes (struct mux const *mux, unsigned channel)
{
  return (mux_in_has (&mux->in, channel)
          ? mux_in_bytes (&mux->in, channel)
          : mux_out_bytes (&mux->out, channel));
}

uint64_t
mux_waiting (struct mux const *mux, unsigned channel)
{
  return mux_in_waiting (&mux->in, channel);
}

void
mux_close (struct mux *mux)
{
  mux_out_close (&mux->out);
  mux_in_close (&mux->in);
  for (size_t i = 0; i < mux->route_count; i++)
    free (mux->routes[i]);
  free (mux->routes);
  free (mux->transit);
  mux->routes = NULL;
  mux->transit = NULL;
  mux->route_count = 0;
}
