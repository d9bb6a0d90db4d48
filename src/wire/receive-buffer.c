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
    .bytes = bytes, .length = length, .size = size
  };
}

ssize_t
receive_buffer_read (struct receive_buffer *buffer, int fd, size_t most)
{
  if (buffer->size - buffer->length < ROOM_MIN)
    extend (buffer);
  ssize_t got = read (fd, buffer->bytes + buffer->length,
                      MIN (most, buffer->size - buffer->length));
  if (0 < got)
    buffer->length += got;
  return got;
}

void
receive_buffer_drop (struct receive_buffer *buffer, size_t count)
{
  buffer->length -= count;
  memmove (buffer->bytes, buffer->bytes + count, buffer->length);
  explicit_bzero (buffer->bytes + buffer->length, count);
}

void
receive_buffer_wipe (struct receive_buffer *buffer)
{
  if (buffer->bytes != NULL)
    explicit_bzero (buffer->bytes, buffer->size);
  free (buffer->bytes);
  *buffer = (struct receive_buffer) { .bytes = NULL };
}
