/* Run a fuzzer without libFuzzer.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "fuzz.h"

#include <string.h>

#include "xalloc.h"

/* The longest noise, and the most that one round adds.  */
enum { NOISE_MAX = 300, ADDED_MAX = 16 };

/* xorshift32 (Marsaglia, 2003): the same numbers on every system.  */
static uint32_t
next (uint32_t *state)
{
  *state ^= *state << 13;
  *state ^= *state >> 17;
  *state ^= *state << 5;
  return *state;
}

/* Change the LENGTH bytes at BYTES in one place.  Return their new
   number.  */
static size_t
change (uint8_t *bytes, size_t length, uint32_t *state)
{
  size_t at = length == 0 ? 0 : next (state) % length;
  switch (next (state) % 5)
    {
    case 0:
      if (0 < length)
        bytes[at] ^= 1 << next (state) % 8;
      return length;
    case 1:
      if (0 < length)
        bytes[at] = next (state);
      return length;
    case 2:
      return at;
    case 3:
      if (0 < length)
        memmove (bytes + at, bytes + at + 1, --length - at);
      return length;
    default:
      memmove (bytes + at + 1, bytes + at, length - at);
      bytes[at] = next (state);
      return length + 1;
    }
}

void
fuzz_run (uint8_t const *sample, size_t size, unsigned rounds, uint32_t seed)
{
  uint32_t state = seed | 1;
  for (unsigned round = 0; round < rounds; round++)
    {
      /* A block of its own size each time, for tools that watch its end.  */
      uint8_t *work = xmalloc (size + ADDED_MAX + NOISE_MAX);
      size_t length = size;
      if (round % 4 == 3)
        {
          length = next (&state) % NOISE_MAX;
          for (size_t i = 0; i < length; i++)
            work[i] = next (&state);
        }
      else
        {
          memcpy (work, sample, size);
          for (uint32_t left = next (&state) % ADDED_MAX; 0 < left; left--)
            length = change (work, length, &state);
        }
      uint8_t *input = xmemdup (work, length + (length == 0));
      LLVMFuzzerTestOneInput (input, length);
      free (input);
      free (work);
    }
}
