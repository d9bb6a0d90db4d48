/* How each direction of the control connection opens.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "wire/preamble.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base64.h"
#include "full-write.h"
#include "minmax.h"
#include "xalloc.h"

void
preamble_init (struct preamble *preamble, bool local)
{
  *preamble = (struct preamble) {
    .own_banner = local ? BANNER_LOCAL : BANNER_AGENT,
    .peer_banner = local ? BANNER_AGENT : BANNER_LOCAL,
    .show_noise = local, .expect_line = !local
  };
}

size_t
preamble_put_banner (struct preamble const *preamble, char line[BANNER_MAX])
{
  return snprintf (line, BANNER_MAX, "%s%d %d %s\n", preamble->own_banner,
                   PROTOCOL_MIN, PROTOCOL_MAX, PACKAGE_VERSION);
}

/* Show the LENGTH bytes at BYTES, if they are to be shown and can be.  */
static void
show (struct preamble *preamble, unsigned char const *bytes, size_t length)
{
  if (preamble->show_noise && 0 < length
      && full_write (STDERR_FILENO, bytes, length) != length)
    preamble->show_noise = false;
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
skip_noise (struct preamble *preamble, struct receive_buffer *received)
{
  size_t noise = 0;
  while (noise < received->length)
    {
      unsigned char const *at = received->bytes + noise;
      size_t left = received->length - noise;
      if (may_begin (at, left, preamble->peer_banner)
          || may_begin (at, left, preamble->own_banner))
        break;
      noise++;
    }
  show (preamble, received->bytes, noise);
  receive_buffer_drop (received, noise);
  return strlen (preamble->peer_banner) <= received->length;
}

enum preamble_result
preamble_take_banner (struct preamble *preamble,
                      struct receive_buffer *received, struct banner *banner)
{
  if (!skip_noise (preamble, received))
    return PREAMBLE_MORE;
  size_t word = strlen (preamble->peer_banner);
  if (may_begin (received->bytes, word, preamble->own_banner))
    return PREAMBLE_TERMINAL;
  char const *line = (char const *) received->bytes + word;
  size_t left = received->length - word;
  char const *newline = memchr (line, '\n', MIN (left, BANNER_MAX));
  if (newline == NULL)
    return BANNER_MAX < left ? PREAMBLE_GARBLED : PREAMBLE_MORE;

  size_t length = newline + 1 - line;
  if (!banner_parse (line, length, &banner->min, &banner->max,
                     banner->version, sizeof banner->version))
    {
      /* Only a terminal makes a newline two characters.  */
      bool terminal = line < newline && newline[-1] == '\r';
      return terminal ? PREAMBLE_TERMINAL : PREAMBLE_GARBLED;
    }
  receive_buffer_drop (received, word + length);
  preamble->banner_seen = true;
  return PREAMBLE_TAKEN;
}

void
preamble_end (struct preamble *preamble,
              struct receive_buffer const *received)
{
  if (!preamble->banner_seen)
    show (preamble, received->bytes, received->length);
}

char *
preamble_encode (struct message_builder const *builder, size_t *length)
{
  size_t encoded = BASE64_LENGTH (builder->length);
  char *line = xmalloc (encoded + 1);
  base64_encode ((char const *) builder->bytes, builder->length, line,
                 encoded + 1);
  line[encoded] = '\n';
  *length = encoded + 1;
  return line;
}

enum preamble_result
preamble_take_line (struct preamble *preamble,
                    struct receive_buffer *received, struct message *message,
                    unsigned char **bytes, size_t *size)
{
  unsigned char const *line = received->bytes;
  unsigned char const *newline = memchr (line, '\n', received->length);
  if (newline == NULL)
    return (BASE64_LENGTH (MESSAGE_MAX) < received->length
            ? PREAMBLE_GARBLED : PREAMBLE_MORE);
  idx_t length = newline - line;
  *size = length / 4 * 3 + 3;
  *bytes = xmalloc (*size);
  idx_t decoded = *size;
  bool good = (base64_decode ((char const *) line, length, (char *) *bytes,
                              &decoded)
               && 0 < decoded
               && message_parse (*bytes, decoded, message) == decoded);
  preamble->expect_line = false;
  receive_buffer_drop (received, length + 1);
  if (good)
    return PREAMBLE_TAKEN;
  explicit_bzero (*bytes, *size);
  free (*bytes);
  return PREAMBLE_GARBLED;
}
