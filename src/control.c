/* The control connection: the login's standard input and output.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base64.h"
#include "full-write.h"
#include "minmax.h"
#include "splice-relay.h"
#include "xalloc.h"

/* The longest line that can be a banner.  */
enum { BANNER_MAX = 200 };

/* What a pipe to or from the login should hold when it carries channels.  */
enum { CARRYING_PIPE = 1024 * 1024 };

static void watch_output (struct control *control);

static void
close_output (struct control *control)
{
  if (control->out < 0)
    return;
  events_forget (control->events, control->out);
  close (control->out);
  control->out = -1;
  message_wipe (&control->to_send);
  control->sent = control->data_to_send = control->prefix_to_send = 0;
}

/* Send some bytes of the messages; what has the secret is wiped.  Return as
   write does.  */
static ssize_t
send_messages (struct control *control, int fd)
{
  struct message_builder *all = &control->to_send;
  unsigned char *bytes = all->bytes + control->sent;
  size_t length = (0 < control->data_to_send ? control->prefix_to_send
                   : all->length - control->sent);
  ssize_t sent = write_now (fd, bytes, length);
  if (sent <= 0)
    return sent;
  explicit_bzero (bytes, sent);
  control->sent += sent;
  if (0 < control->prefix_to_send)
    control->prefix_to_send -= sent;
  if (control->sent == all->length)
    control->sent = all->length = 0;
  return sent;
}

static ssize_t
send_data (struct control *control, int fd)
{
  ssize_t sent = splice_move_now (control->data_pipe, fd,
                                  control->data_to_send);
  if (0 < sent)
    control->data_to_send -= sent;
  return sent;
}

static bool
data_is_next (struct control const *control)
{
  return 0 < control->data_to_send && control->prefix_to_send == 0;
}

/* The descriptors may be shared with others, so they are never made
   non-blocking.  */
static void
ready_to_send (void *context, int fd, short ready)
{
  struct control *control = context;
  (void) ready;
  ssize_t sent = 0;
  if (!data_is_next (control))
    sent = send_messages (control, fd);
  if (0 <= sent && data_is_next (control))
    sent = send_data (control, fd);
  if (sent < 0 && errno != EINTR && errno != EAGAIN)
    {
      /* The reading direction will tell that the other end is gone.  */
      close_output (control);
      return;
    }
  control->spoke = events_now (control->events);
  if (control->carriage.room && control_has_room (control))
    control->carriage.room (control->carriage.context);
  watch_output (control);
}

static bool
is_sending (struct control const *control)
{
  return 0 < control->to_send.length || 0 < control->data_to_send;
}

/* Watch the descriptor only while there is something to send: one whose
   reader is gone would be ready at once and for ever.  */
static void
watch_output (struct control *control)
{
  if (is_sending (control))
    events_watch (control->events, control->out, POLLOUT, ready_to_send,
                  control);
  else if (control->finishing)
    close_output (control);
  else
    events_forget (control->events, control->out);
}

/* Make room for LENGTH bytes more, and wipe what moves.  */
static void
extend (struct control *control, size_t length)
{
  struct message_builder *all = &control->to_send;
  struct message_builder bigger = {
    .length = all->length - control->sent,
    .size = 2 * all->size + length
  };
  bigger.bytes = xmalloc (bigger.size);
  if (0 < bigger.length)
    memcpy (bigger.bytes, all->bytes + control->sent, bigger.length);
  message_wipe (all);
  *all = bigger;
  control->sent = 0;
}

static void
queue (struct control *control, void const *bytes, size_t length)
{
  struct message_builder *all = &control->to_send;
  if (control->out < 0 || control->finishing)
    return;
  if (all->size - all->length < length)
    extend (control, length);
  memcpy (all->bytes + all->length, bytes, length);
  all->length += length;
  watch_output (control);
}

bool
control_has_room (struct control const *control)
{
  return 0 <= control->out && !control->finishing && !is_sending (control);
}

void
control_send_data (struct control *control, unsigned channel,
                   void const *bytes, size_t length)
{
  unsigned char prefix[DATA_PREFIX];
  message_put_data (prefix, channel, length);
  queue (control, prefix, sizeof prefix);
  queue (control, bytes, length);
}

void
control_move_data (struct control *control, unsigned channel, int pipe,
                   size_t length)
{
  unsigned char prefix[DATA_PREFIX];
  message_put_data (prefix, channel, length);
  control->data_pipe = pipe;
  control->data_to_send = length;
  control->prefix_to_send = sizeof prefix;
  queue (control, prefix, sizeof prefix);
}

void
control_send (struct control *control, struct message_builder *builder)
{
  message_finish (builder);
  queue (control, builder->bytes, builder->length);
  message_wipe (builder);
}

void
control_send_first (struct control *control, struct message_builder *builder)
{
  message_finish (builder);
  size_t length = BASE64_LENGTH (builder->length);
  char *line = xmalloc (length + 1);
  base64_encode ((char const *) builder->bytes, builder->length, line,
                 length + 1);
  line[length] = '\n';
  queue (control, line, length + 1);
  explicit_bzero (line, length + 1);
  free (line);
  message_wipe (builder);
}

static void
end (struct control *control, enum control_end why)
{
  if (control->in < 0)
    return;
  /* What began like a banner was none.  */
  if (why == CONTROL_EOF && !control->banner_seen && control->show_noise
      && (full_write (STDERR_FILENO, control->received,
                      control->received_length)
          != control->received_length))
    control->show_noise = false;
  events_forget (control->events, control->in);
  close (control->in);
  control->in = -1;
  timer_clear (control->events, &control->timer);
  control->hooks.end (control->hooks.context, why);
}

/* Drop COUNT bytes from the start of what was received, and overwrite them:
   one of the messages has the secret.  */
static void
drop (struct control *control, size_t count)
{
  control->received_length -= count;
  memmove (control->received, control->received + count,
           control->received_length);
  explicit_bzero (control->received + control->received_length, count);
}

/* Return whether BYTES, of LENGTH, and the banner BANNER agree as far as both
   go.  */
static bool
may_begin (unsigned char const *bytes, size_t length, char const *banner)
{
  size_t all = strlen (banner);
  return memcmp (bytes, banner, MIN (length, all)) == 0;
}

/* Pass on what cannot be the beginning of a banner.  Return whether a whole
   banner word, ours or the other end's, now begins the buffer.  */
static bool
skip_noise (struct control *control)
{
  size_t noise = 0;
  while (noise < control->received_length)
    {
      unsigned char const *at = control->received + noise;
      size_t left = control->received_length - noise;
      if (may_begin (at, left, control->peer_banner)
          || may_begin (at, left, control->own_banner))
        break;
      noise++;
    }
  if (control->show_noise && 0 < noise
      && full_write (STDERR_FILENO, control->received, noise) != noise)
    control->show_noise = false;
  drop (control, noise);
  return strlen (control->peer_banner) <= control->received_length;
}

/* Look for the other end's banner.  Return whether messages can follow.  */
static bool
take_banner (struct control *control)
{
  if (!skip_noise (control))
    return false;
  size_t word = strlen (control->peer_banner);
  if (may_begin (control->received, word, control->own_banner))
    {
      end (control, CONTROL_TERMINAL);
      return false;
    }
  char const *line = (char const *) control->received + word;
  size_t left = control->received_length - word;
  char const *newline = memchr (line, '\n', MIN (left, BANNER_MAX));
  if (newline == NULL)
    {
      if (BANNER_MAX < left)
        end (control, CONTROL_GARBLED);
      return false;
    }

  unsigned min, max;
  char version[64];
  size_t length = newline + 1 - line;
  if (!banner_parse (line, length, &min, &max, version, sizeof version))
    {
      /* Only a terminal makes a newline two characters.  */
      bool terminal = line < newline && newline[-1] == '\r';
      end (control, terminal ? CONTROL_TERMINAL : CONTROL_GARBLED);
      return false;
    }
  drop (control, word + length);
  control->banner_seen = true;
  control->hooks.banner (control->hooks.context, min, max, version);
  return 0 <= control->in;
}

/* Take the first message, if its line is all there.  Return whether other
   messages can follow.  */
static bool
take_line (struct control *control)
{
  unsigned char const *line = control->received;
  unsigned char const *newline = memchr (line, '\n',
                                         control->received_length);
  if (newline == NULL)
    {
      if (BASE64_LENGTH (MESSAGE_MAX) < control->received_length)
        end (control, CONTROL_GARBLED);
      return false;
    }
  struct message message;
  idx_t length = newline - line;
  idx_t size = length / 4 * 3 + 3;
  unsigned char *bytes = xmalloc (size);
  idx_t decoded = size;
  bool good = (base64_decode ((char const *) line, length, (char *) bytes,
                              &decoded)
               && 0 < decoded
               && message_parse (bytes, decoded, &message) == decoded);
  control->expect_line = false;
  if (good)
    control->hooks.message (control->hooks.context, &message);
  else
    end (control, CONTROL_GARBLED);
  explicit_bzero (bytes, size);
  free (bytes);
  drop (control, length + 1);
  return good && 0 <= control->in;
}

/* Take the prefix of a MESSAGE_DATA, and those of its bytes that have been
   read with it.  Return whether messages can follow.  */
static bool
take_data (struct control *control)
{
  struct control_carriage const *carriage = &control->carriage;
  uint64_t channel;
  size_t length;
  ssize_t size = message_get_data (control->received,
                                   control->received_length, &channel,
                                   &length);
  if (0 < size && (!carriage->begin
                   || !carriage->begin (carriage->context, channel, length)))
    size = -1;
  if (size < 0)
    end (control, CONTROL_GARBLED);
  if (size <= 0)
    return false;
  drop (control, size);
  size_t here = MIN (length, control->received_length);
  control->data_to_come = length - here;
  if (0 < here)
    {
      carriage->bytes (carriage->context, control->received, here);
      drop (control, here);
    }
  return control->data_to_come == 0;
}

static void
take_messages (struct control *control)
{
  if (control->expect_line && !take_line (control))
    return;
  while (0 <= control->in)
    {
      struct message message;
      if (message_is_data (control->received, control->received_length))
        {
          if (!take_data (control))
            return;
          continue;
        }
      ssize_t size = message_parse (control->received,
                                    control->received_length, &message);
      if (size < 0)
        end (control, CONTROL_GARBLED);
      if (size <= 0)
        return;
      if (message.type != MESSAGE_PING)
        control->hooks.message (control->hooks.context, &message);
      drop (control, size);
    }
}

/* Make room in the buffer, and wipe what moves.  */
static void
extend_received (struct control *control)
{
  size_t size = 2 * control->received_size + 4096;
  unsigned char *bytes = xmalloc (size);
  if (0 < control->received_length)
    memcpy (bytes, control->received, control->received_length);
  if (control->received != NULL)
    explicit_bzero (control->received, control->received_size);
  free (control->received);
  control->received = bytes;
  control->received_size = size;
}

/* Read into the buffer, but no byte of a channel that could be moved.  */
static ssize_t
receive (struct control *control, int fd)
{
  if (control->received_size - control->received_length < 4096)
    extend_received (control);
  size_t most = control->received_size - control->received_length;
  if (control->carriage.take)
    most = MIN (most, message_missing (control->received,
                                       control->received_length));
  ssize_t got = read (fd, control->received + control->received_length,
                      most);
  if (0 < got)
    control->received_length += got;
  return got;
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
  else if (control->banner_seen || take_banner (control))
    take_messages (control);
}

void
control_open (struct control *control, struct events *events, int in,
              int out, bool local, struct control_hooks const *hooks)
{
  *control = (struct control) {
    .events = events, .hooks = *hooks, .in = in, .out = out,
    .own_banner = local ? BANNER_LOCAL : BANNER_AGENT,
    .peer_banner = local ? BANNER_AGENT : BANNER_LOCAL,
    .show_noise = local, .expect_line = !local,
    .heard = events_now (events), .spoke = events_now (events)
  };
  char line[BANNER_MAX];
  int length = snprintf (line, sizeof line, "%s%d %d %s\n",
                         control->own_banner, PROTOCOL_MIN, PROTOCOL_MAX,
                         PACKAGE_VERSION);
  queue (control, line, length);
  events_watch (events, in, POLLIN, ready_to_receive, control);
}

static void
beat (void *context)
{
  struct control *control = context;
  int64_t quiet = events_now (control->events) - control->spoke;
  if (is_sending (control))
    /* The login takes nothing at the moment; one more would not help.  */
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

int64_t
control_silence (struct control const *control)
{
  return events_now (control->events) - control->heard;
}

void
control_carry (struct control *control,
               struct control_carriage const *carriage)
{
  control->carriage = *carriage;
  if (0 <= control->in)
    pipe_enlarge (control->in, CARRYING_PIPE);
  if (0 <= control->out)
    pipe_enlarge (control->out, CARRYING_PIPE);
}

void
control_finish (struct control *control)
{
  control->finishing = true;
  timer_clear (control->events, &control->timer);
  if (0 <= control->out)
    watch_output (control);
}

void
control_close (struct control *control)
{
  close_output (control);
  timer_clear (control->events, &control->timer);
  if (0 <= control->in)
    {
      events_forget (control->events, control->in);
      close (control->in);
      control->in = -1;
    }
  if (control->received != NULL)
    explicit_bzero (control->received, control->received_size);
  free (control->received);
  control->received = NULL;
  control->received_length = control->received_size = 0;
}
