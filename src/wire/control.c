/* The control connection: the login's standard input and output.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "wire/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "minmax.h"
#include "splice-relay.h"

/* What a pipe to or from the login should hold when it carries channels.  */
enum { CARRYING_PIPE = 1024 * 1024 };


/* What goes out.  */

bool
control_has_room (struct control const *control)
{
  return send_queue_has_room (&control->queue);
}

void
control_send_data (struct control *control, unsigned channel,
                   void const *bytes, size_t length)
{
  unsigned char prefix[DATA_PREFIX];
  message_put_data (prefix, channel, length);
  send_queue_put (&control->queue, prefix, sizeof prefix);
  send_queue_put (&control->queue, bytes, length);
  send_queue_put (&control->queue, (char[]) { MESSAGE_LAST }, 1);
}

void
control_move_data (struct control *control, unsigned channel, int pipe,
                   size_t length)
{
  unsigned char prefix[DATA_PREFIX];
  message_put_data (prefix, channel, length);
  send_queue_move (&control->queue, prefix, sizeof prefix, pipe, length);
}

void
control_send (struct control *control, struct message_builder *builder)
{
  message_finish (builder);
  send_queue_put (&control->queue, builder->bytes, builder->length);
  message_wipe (builder);
}

void
control_send_first (struct control *control, struct message_builder *builder)
{
  size_t length;
  message_finish (builder);
  char *line = preamble_encode (builder, &length);
  send_queue_put (&control->queue, line, length);
  explicit_bzero (line, length);
  free (line);
  message_wipe (builder);
}

static void
beat (void *context)
{
  struct control *control = context;
  int64_t quiet = events_now (control->events) - control->queue.spoke;
  if (send_queue_is_busy (&control->queue))
    /* The login accepts nothing at the moment; one more would not help.  */
    quiet = 0;
  else if (control->heartbeat <= quiet)
    {
      struct message_builder ping;
      message_begin (&ping, MESSAGE_PING);
      control_send (control, &ping);
      quiet = 0;
    }
  timer_set (control->events, &control->timer,
             MAX (1, control->heartbeat - quiet), beat, control);
}

void
control_heartbeat (struct control *control, int64_t ms)
{
  control->heartbeat = ms;
  timer_set (control->events, &control->timer, ms, beat, control);
}


/* What comes in.  */

static void
end (struct control *control, enum control_end why)
{
  if (control->in < 0)
    return;
  if (why == CONTROL_EOF)
    preamble_end (&control->preamble, &control->received);
  events_forget (control->events, control->in);
  close (control->in);
  control->in = -1;
  timer_clear (control->events, &control->timer);
  timer_clear (control->events, &control->watch_timer);
  control->hooks.end (control->hooks.context, why);
}

/* Return whether RESULT lets something follow, and end if it must.  */
static bool
goes_on (struct control *control, enum preamble_result result)
{
  if (result == PREAMBLE_GARBLED)
    end (control, CONTROL_GARBLED);
  else if (result == PREAMBLE_TERMINAL)
    end (control, CONTROL_TERMINAL);
  return result == PREAMBLE_TAKEN;
}

/* Look for the other end's banner.  Return whether messages can follow.  */
static bool
take_banner (struct control *control)
{
  struct banner banner;
  if (!goes_on (control, preamble_take_banner (&control->preamble,
                                               &control->received, &banner)))
    return false;
  control->hooks.banner (control->hooks.context, banner.min, banner.max,
                         banner.version);
  return 0 <= control->in;
}

/* Take the first message, if its line is complete.  Return whether other
   messages can follow.  */
static bool
take_line (struct control *control)
{
  struct message message;
  unsigned char *bytes;
  size_t size;
  if (!goes_on (control, preamble_take_line (&control->preamble,
                                             &control->received, &message,
                                             &bytes, &size)))
    return false;
  control->hooks.message (control->hooks.context, &message);
  explicit_bzero (bytes, size);
  free (bytes);
  return 0 <= control->in;
}

/* Take the prefix of a MESSAGE_DATA, and those of its bytes that have been
   read with it.  Return whether messages can follow.  */
static bool
take_data (struct control *control)
{
  struct control_carriage const *carriage = &control->carriage;
  uint64_t channel;
  size_t length;
  ssize_t size = message_get_data (control->received.bytes,
                                   control->received.length, &channel,
                                   &length);
  if (0 < size && (!carriage->begin
                   || !carriage->begin (carriage->context, channel, length)))
    size = -1;
  if (size < 0)
    end (control, CONTROL_GARBLED);
  if (size <= 0)
    return false;
  receive_buffer_drop (&control->received, size);
  size_t here = MIN (length, control->received.length);
  control->data_to_come = length - here;
  control->last_to_come = true;
  if (0 < here)
    {
      carriage->bytes (carriage->context, control->received.bytes, here);
      receive_buffer_drop (&control->received, here);
    }
  return control->data_to_come == 0;
}

/* Take the end of a MESSAGE_DATA.  Return whether messages can follow.  */
static bool
take_last (struct control *control)
{
  if (control->received.length == 0)
    return false;
  if (*control->received.bytes != MESSAGE_LAST)
    {
      end (control, CONTROL_GARBLED);
      return false;
    }
  control->last_to_come = false;
  receive_buffer_drop (&control->received, 1);
  return true;
}

static void
dispatch_messages (struct control *control)
{
  if (control->preamble.expect_line && !take_line (control))
    return;
  while (0 <= control->in)
    {
      struct message message;
      if (control->last_to_come && !take_last (control))
        return;
      if (message_is_data (control->received.bytes, control->received.length))
        {
          if (!take_data (control))
            return;
          continue;
        }
      struct receive_buffer const *received = &control->received;
      ssize_t size = -1;
      if (!message_is_longer (received->bytes, received->length,
                              control->longest))
        size = message_parse (received->bytes, received->length, &message);
      if (size < 0)
        end (control, CONTROL_GARBLED);
      if (size <= 0)
        return;
      if (message.type != MESSAGE_PING)
        control->hooks.message (control->hooks.context, &message);
      receive_buffer_drop (&control->received, size);
    }
}

/* Read what is there, but no byte of a channel that could be moved.  */
static ssize_t
receive (struct control *control, int fd)
{
  struct receive_buffer *received = &control->received;
  size_t most = SIZE_MAX;
  if (control->carriage.take)
    most = (message_missing (received->bytes, received->length)
            + control->last_to_come);
  return receive_buffer_read (received, fd, most);
}

static void
ready_to_receive (void *context, int fd, short ready)
{
  struct control *control = context;
  struct control_carriage const *carriage = &control->carriage;
  (void) ready;
  bool data = 0 < control->data_to_come;
  ssize_t got = (data ? carriage->take (carriage->context, fd,
                                        control->data_to_come)
                 : receive (control, fd));
  if (got < 0 && (errno == EINTR || errno == EAGAIN))
    return;
  if (got <= 0)
    {
      end (control, CONTROL_EOF);
      return;
    }
  control->heard = events_now (control->events);
  if (data)
    control->data_to_come -= got;
  else if (control->preamble.banner_seen || take_banner (control))
    dispatch_messages (control);
}

static void
look_for_silence (void *context)
{
  struct control *control = context;
  int64_t left = control->silence - control_silence (control);
  if (left <= 0)
    control->silent (control->silent_context);
  else
    timer_set (control->events, &control->watch_timer, left,
               look_for_silence, control);
}

void
control_watch (struct control *control, int64_t ms,
               void (*silent) (void *context), void *context)
{
  control->silence = ms;
  control->silent = silent;
  control->silent_context = context;
  look_for_silence (control);
}

int64_t
control_silence (struct control const *control)
{
  return events_now (control->events) - control->heard;
}

bool
control_has_banner (struct control const *control)
{
  return control->preamble.banner_seen;
}

void
control_hide_noise (struct control *control)
{
  control->preamble.show_noise = false;
}


/* Both.  */

void
control_init (struct control *control)
{
  *control = (struct control) { .in = -1, .queue.fd = -1 };
}

void
control_open (struct control *control, struct events *events, int in,
              int out, bool local, struct control_hooks const *hooks)
{
  char line[BANNER_MAX];
  *control = (struct control) {
    .events = events, .hooks = *hooks, .in = in, .heard = events_now (events),
    .longest = local ? AGENT_MESSAGE_MAX : MESSAGE_MAX
  };
  preamble_init (&control->preamble, local);
  send_queue_open (&control->queue, events, out);
  send_queue_put (&control->queue, line,
                  preamble_put_banner (&control->preamble, line));
  events_watch (events, in, POLLIN, ready_to_receive, control);
}

void
control_carry (struct control *control,
               struct control_carriage const *carriage)
{
  control->carriage = *carriage;
  send_queue_on_room (&control->queue, carriage->room, carriage->context);
  if (0 <= control->in)
    pipe_enlarge (control->in, CARRYING_PIPE);
  if (0 <= control->queue.fd)
    pipe_enlarge (control->queue.fd, CARRYING_PIPE);
}

int
control_output (struct control const *control)
{
  return control->queue.fd;
}

void
control_finish (struct control *control)
{
  timer_clear (control->events, &control->timer);
  timer_clear (control->events, &control->watch_timer);
  send_queue_finish (&control->queue);
}

void
control_close (struct control *control)
{
  send_queue_close (&control->queue);
  timer_clear (control->events, &control->timer);
  timer_clear (control->events, &control->watch_timer);
  if (0 <= control->in)
    {
      events_forget (control->events, control->in);
      close (control->in);
      control->in = -1;
    }
  receive_buffer_wipe (&control->received);
}
