/* Bytes that have come in and are not used up yet.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "wire/receive-buffer.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "minmax.h"
#include "xalloc.h"

/* Room for so many bytes is made before each read.  */
enum { ROOM_MIN = 4096 };

/* Return for how many bytes there is room after those in the buffer.  */
static size_t
room_behind (struct receive_buffer const *buffer)
{
  size_t front = buffer->bytes - buffer->room;
  return buffer->size - front - buffer->length;
}

/* Move all to the front, where at least as much was dropped: so each byte is
   moved once on average.  */
static void
move_to_front (struct receive_buffer *buffer)
{
  memcpy (buffer->room, buffer->bytes, buffer->length);
  explicit_bzero (buffer->bytes, buffer->length);
  buffer->bytes = buffer->room;
}

static void
extend (struct receive_buffer *buffer)
{
  size_t length = buffer->length;
  size_t size = 2 * buffer->size + ROOM_MIN;
  unsigned char *bytes = xmalloc (size);
  if (0 < length)
    memcpy (bytes, buffer->bytes, length);
  receive_buffer_wipe (buffer);
  *buffer = (struct receive_buffer) {
    .bytes = bytes, .length = length, .room = bytes, .size = size
  };
}

/* Make room for ROOM_MIN bytes after those in the buffer.  */
static void
make_room (struct receive_buffer *buffer)
{
  size_t front = buffer->bytes - buffer->room;
  if (ROOM_MIN <= front && buffer->length <= front)
    move_to_front (buffer);
  if (room_behind (buffer) < ROOM_MIN)
    extend (buffer);
}

ssize_t
receive_buffer_read (struct receive_buffer *buffer, int fd, size_t most)
{
  if (room_behind (buffer) < ROOM_MIN)
    make_room (buffer);
  ssize_t got = read (fd, buffer->bytes + buffer->length,
                      MIN (most, room_behind (buffer)));
  if (0 < got)
    buffer->length += got;
  return got;
}

void
receive_buffer_drop (struct receive_buffer *buffer, size_t count)
{
  explicit_bzero (buffer->bytes, count);
  buffer->bytes += count;
  buffer->length -= count;
  if (buffer->length == 0)
    buffer->bytes = buffer->room;
}

void
receive_buffer_wipe (struct receive_buffer *buffer)
{
  if (buffer->room != NULL)
    explicit_bzero (buffer->room, buffer->size);
  free (buffer->room);
  *buffer = (struct receive_buffer) { .bytes = NULL };
}
