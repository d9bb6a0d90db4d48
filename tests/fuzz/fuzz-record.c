/* Fuzz how records of TLS are opened.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   The first byte of the input tells the cipher (bit 0), whether what follows
   is for bytes as they come on the line (bit 1), and how soon the sender takes
   new keys.  If bit 1 is not set, each byte is a record, sealed by the one who
   has the keys, with as many bytes of data; 0 is the end.  The three bytes
   before tell where a bit is changed on the way, and which.  */

#include <config.h>

#include "fuzz.h"

#include <stdbool.h>
#include <string.h>

#include "crypto/record.h"

enum { HEAD = 4, STREAM_MAX = 65536 };

static unsigned char stream[STREAM_MAX + 2 * (RECORD_MAX + RECORD_UPDATE)];
static unsigned char plain[RECORD_PLAIN_MAX + 256];
static unsigned char out[RECORD_PLAIN_MAX + 256];

static void
begin (struct record_cipher *cipher, int flags)
{
  static struct secure_half const half = { .secret = "a secret" };
  MUST (record_begin (cipher, flags & 1 ? SECURE_CHACHA : SECURE_AES, &half)
        == 0);
  cipher->limit = 1 + flags / 4;
}

/* Open what STREAM has, LENGTH bytes.  Return how many bytes of data came
   before what is BAD or not all there, and set *RESULT to what that is.  */
static size_t
open_all (int flags, size_t length, enum record_result *result)
{
  struct record_cipher cipher;
  size_t at = 0, all = 0;
  begin (&cipher, flags);
  do
    {
      size_t used = 0, data = 0;
      *result = record_open (&cipher, stream + at, length - at, &used, out,
                             &data);
      if (*result == RECORD_BAD || *result == RECORD_MORE)
        break;
      MUST (RECORD_HEADER < used && used <= length - at);
      MUST (data <= RECORD_PLAIN_MAX && data < used);
      /* Nothing but what was sent.  */
      MUST (memcmp (out, plain, data) == 0);
      at += used;
      all += data;
    }
  while (*result == RECORD_DATA);
  record_finish (&cipher);
  return all;
}

int
LLVMFuzzerTestOneInput (uint8_t const *data, size_t size)
{
  enum record_result result;
  /* A build without the library has nothing to look at.  */
  if (size < HEAD || secure_load () != NULL)
    return 0;
  int flags = data[0];
  if (flags & 2)
    {
      size = size - 1 < STREAM_MAX ? size - 1 : STREAM_MAX;
      memcpy (stream, data + 1, size);
      /* Who has no keys gets nothing in.  */
      MUST (open_all (flags, size, &result) == 0);
      MUST (result == RECORD_BAD || result == RECORD_MORE);
      return 0;
    }

  struct record_cipher cipher;
  size_t length = 0, all = 0, change = data[1] << 8 | data[2];
  int bit = 1 << data[3] % 8;
  bool ended = false;
  begin (&cipher, flags);
  for (size_t i = HEAD; i < size && length < STREAM_MAX && !ended; i++)
    {
      ended = data[i] == 0;
      size_t some = (ended ? record_seal_end (&cipher, stream + length)
                     : record_seal (&cipher, plain, data[i],
                                    stream + length));
      MUST (0 < some);
      length += some;
      all += data[i];
    }
  record_finish (&cipher);
  MUST (open_all (flags, length, &result) == all);
  MUST (result == (ended ? RECORD_END : RECORD_MORE));
  if (change < length)
    {
      stream[change] ^= bit;
      MUST (open_all (flags, length, &result) <= all);
      MUST (result == RECORD_BAD || result == RECORD_MORE);
    }
  return 0;
}
