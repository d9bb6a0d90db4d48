/* What goes out on the control connection, in order.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "wire/send-queue.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "splice-relay.h"
#include "xalloc.h"

static void watch (struct send_queue *queue);

void
send_queue_open (struct send_queue *queue, struct events *events, int fd)
{
  *queue = (struct send_queue) {
    .events = events, .fd = fd, .spoke = events_now (events)
  };
}

void
send_queue_on_room (struct send_queue *queue, void (*room) (void *context),
                    void *context)
{
  queue->room = room;
  queue->context = context;
}

void
send_queue_close (struct send_queue *queue)
{
  if (queue->fd < 0)
    return;
  events_forget (queue->events, queue->fd);
  close (queue->fd);
  queue->fd = -1;
  message_wipe (&queue->bytes);
  queue->sent = queue->in_pipe = queue->prefix = 0;
}

/* Send some of the bytes, and wipe them.  Return as write does.  */
static ssize_t
send_bytes (struct send_queue *queue)
{
  struct message_builder *all = &queue->bytes;
  unsigned char *bytes = all->bytes + queue->sent;
  size_t length = (0 < queue->in_pipe ? queue->prefix
                   : all->length - queue->sent);
  ssize_t sent = write_now (queue->fd, bytes, length);
  if (sent <= 0)
    return sent;
  explicit_bzero (bytes, sent);
  queue->sent += sent;
  if (0 < queue->prefix)
    queue->prefix -= sent;
  if (queue->sent == all->length)
    {
      queue->sent = all->length = 0;
      queue->ending = false;
    }
  return sent;
}

static ssize_t
move_bytes (struct send_queue *queue)
{
  ssize_t sent = splice_move_now (queue->pipe, queue->fd, queue->in_pipe);
  if (0 < sent)
    queue->in_pipe -= sent;
  return sent;
}

static bool
pipe_is_next (struct send_queue const *queue)
{
  return 0 < queue->in_pipe && queue->prefix == 0;
}

/* The descriptor may be shared with others, so it is never made
   non-blocking.  */
static void
ready_to_send (void *context, int fd, short ready)
{
  struct send_queue *queue = context;
  (void) fd, (void) ready;
  bool had_room = send_queue_has_room (queue);
  ssize_t sent = 0;
  if (!pipe_is_next (queue))
    sent = send_bytes (queue);
  if (0 <= sent && pipe_is_next (queue))
    sent = move_bytes (queue);
  if (sent < 0 && errno != EINTR && errno != EAGAIN)
    {
      /* The reading direction will show that the other end is gone.  */
      send_queue_close (queue);
      return;
    }
  queue->spoke = events_now (queue->events);
  if (queue->room && !had_room && send_queue_has_room (queue))
    queue->room (queue->context);
  watch (queue);
}

bool
send_queue_is_busy (struct send_queue const *queue)
{
  return 0 < queue->bytes.length || 0 < queue->in_pipe;
}

bool
send_queue_has_room (struct send_queue const *queue)
{
  return (0 <= queue->fd && !queue->finishing && queue->in_pipe == 0
          && (queue->bytes.length == 0 || queue->ending));
}

/* Watch the descriptor only while there is something to send: one whose
   reader is gone is always ready.  */
static void
watch (struct send_queue *queue)
{
  if (send_queue_is_busy (queue))
    events_watch (queue->events, queue->fd, POLLOUT, ready_to_send, queue);
  else if (queue->finishing)
    send_queue_close (queue);
  else
    events_forget (queue->events, queue->fd);
}

/* Make room for LENGTH bytes more, and wipe what moves.  */
static void
extend (struct send_queue *queue, size_t length)
{
  struct message_builder *all = &queue->bytes;
  struct message_builder bigger = {
    .length = all->length - queue->sent,
    .size = 2 * all->size + length
  };
  bigger.bytes = xmalloc (bigger.size);
  if (0 < bigger.length)
    memcpy (bigger.bytes, all->bytes + queue->sent, bigger.length);
  message_wipe (all);
  *all = bigger;
  queue->sent = 0;
}

void
send_queue_put (struct send_queue *queue, void const *bytes, size_t length)
{
  struct message_builder *all = &queue->bytes;
  if (queue->fd < 0 || queue->finishing)
    return;
  if (all->size - all->length < length)
    extend (queue, length);
  memcpy (all->bytes + all->length, bytes, length);
  all->length += length;
  queue->ending = false;
  watch (queue);
}

void
send_queue_move (struct send_queue *queue, void const *bytes, size_t length,
                 int pipe, size_t count)
{
  static unsigned char const last[] = { MESSAGE_LAST };
  if (queue->fd < 0 || queue->finishing)
    return;
  send_queue_put (queue, bytes, length);
  queue->pipe = pipe;
  queue->in_pipe = count;
  /* The last message's end may still be unsent.  */
  queue->prefix = queue->bytes.length - queue->sent;
  send_queue_put (queue, last, sizeof last);
  queue->ending = true;
}

void
send_queue_finish (struct send_queue *queue)
{
  queue->finishing = true;
  if (0 <= queue->fd)
    watch (queue);
}
