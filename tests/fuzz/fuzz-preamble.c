/* Fuzz how a direction of the control connection opens.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   The first byte of the input tells which side reads (bit 0), and how many
   bytes come at once (the rest).  */

#include <config.h>

#include "fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "minmax.h"
#include "wire/preamble.h"

/* No more than a pipe takes at once.  */
enum { CHUNK_MAX = 4096 };

/* Look for a banner, and for a message on a line if it is expected, as far as
   RESULT and what is there allow.  */
static enum preamble_result
look (struct preamble *preamble, struct receive_buffer *received)
{
  struct banner banner;
  size_t before = received->length;
  if (!preamble->banner_seen)
    {
      enum preamble_result result = preamble_take_banner (preamble, received,
                                                          &banner);
      MUST (received->length <= before);
      MUST ((result == PREAMBLE_TAKEN) == preamble->banner_seen);
      if (result != PREAMBLE_TAKEN)
        {
          /* What may be a banner is never long.  */
          MUST (received->length <= BANNER_MAX + 32
                || result != PREAMBLE_MORE);
          return result;
        }
      MUST (banner.min <= banner.max && *banner.version != '\0'
            && memchr (banner.version, '\0', sizeof banner.version));
    }
  if (!preamble->expect_line)
    return PREAMBLE_TAKEN;
  struct message message;
  unsigned char *bytes;
  size_t size;
  enum preamble_result result = preamble_take_line (preamble, received,
                                                    &message, &bytes, &size);
  if (result == PREAMBLE_TAKEN)
    {
      MUST (!preamble->expect_line && bytes <= message.body
            && message.length < size
            && message.body + message.length < bytes + size);
      free (bytes);
    }
  return result;
}

int
LLVMFuzzerTestOneInput (uint8_t const *data, size_t size)
{
  if (size == 0)
    return 0;
  bool local = *data & 1;
  size_t chunk = *data / 2 == 0 ? CHUNK_MAX : *data / 2;
  data++;
  size--;

  int ends[2];
  struct preamble preamble;
  struct receive_buffer received = { .bytes = NULL };
  MUST (pipe (ends) == 0);
  preamble_init (&preamble, local);
  /* Noise would go to standard error.  */
  preamble.show_noise = false;
  while (0 < size)
    {
      size_t some = MIN (chunk, size), before = received.length;
      MUST (write (ends[1], data, some) == (ssize_t) some);
      MUST (receive_buffer_read (&received, ends[0], some)
            == (ssize_t) some);
      MUST (received.length == before + some
            && memcmp (received.bytes + before, data, some) == 0);
      data += some;
      size -= some;
      enum preamble_result result = look (&preamble, &received);
      if (result != PREAMBLE_MORE)
        break;
    }
  preamble_end (&preamble, &received);
  receive_buffer_wipe (&received);
  close (ends[0]);
  close (ends[1]);
  return 0;
}
