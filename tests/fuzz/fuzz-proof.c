/* Fuzz what comes in on a new connection.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   The first byte of the input tells which end reads (bit 0), whether it is
   the decider (bit 1), and how many messages of the right other end come
   first (bits 2 and 3); the next one, how many bytes come at once; two more,
   how many zeros there are.  The rest is a stranger's.  */

#include <config.h>

#include "fuzz.h"

#include <string.h>

#include "minmax.h"
#include "crypto/proof.h"

enum { HEAD = 4, CHANNELS = 2 };

/* See that PROOF keeps its promises, whatever has come.  */
static void
look_at (struct proof const *proof)
{
  size_t wants = proof_wants (proof);
  MUST ((proof->state == PROOF_MORE) == (0 < wants));
  MUST (wants <= PROOF_LARGEST
        || (wants <= PADDING_MAX && wants == proof->skip));
  MUST (proof->out_length <= PROOF_LARGEST
        && proof->out_zeros <= PADDING_MAX);
  MUST (!proof->listener || proof->channel == UINT32_MAX
        || proof->channel < CHANNELS);
  MUST (proof->in_length <= sizeof proof->in);
}

/* Give the SIZE bytes at BYTES to PROOF, at most CHUNK at once, until it wants
   no more.  A state other than PROOF_MORE is for the caller.  */
static void
feed (struct proof *proof, uint8_t const *bytes, size_t size, size_t chunk)
{
  while (0 < size && proof->state == PROOF_MORE)
    {
      size_t some = MIN (MIN (chunk, size), proof_wants (proof));
      enum proof_state state = proof_feed (proof, bytes, some);
      MUST (state == proof->state);
      look_at (proof);
      bytes += some;
      size -= some;
    }
}

/* Let TO take what FROM is about to send.  Return whether there was
   something.  */
static bool
pass_on (struct proof *from, struct proof *to, size_t chunk)
{
  static uint8_t bytes[PROOF_LARGEST + PADDING_MAX];
  size_t length = from->out_length, zeros = from->out_zeros;
  memcpy (bytes, from->out, length);
  memset (bytes + length, 0, zeros);
  from->out_length = from->out_zeros = 0;
  feed (to, bytes, length + zeros, chunk);
  if (to->state == PROOF_CHOOSE)
    proof_choose (to);
  look_at (to);
  return 0 < length;
}

int
LLVMFuzzerTestOneInput (uint8_t const *data, size_t size)
{
  static unsigned char const secret[SECRET_SIZE] = "the secret";
  if (size < HEAD)
    return 0;
  bool listens = data[0] & 1, decider = data[0] & 2;
  int good = data[0] >> 2 & 3;
  size_t chunk = data[1] == 0 ? size + PADDING_MAX : data[1];
  struct proof connector, listener;
  struct proof_path const path = { .here = { 4 }, .there = { 6 } };
  proof_connector (&connector, secret, 1, listens ? !decider : decider);
  proof_listener (&listener, secret, CHANNELS, listens ? decider : !decider,
                  &path);
  /* Whatever the paths are.  */
  proof_begin (&connector, (data[2] << 8 | data[3]) % (PADDING_MAX + 1),
               ORIGIN_USER, &path);
  struct proof *us = listens ? &listener : &connector;
  struct proof *them = listens ? &connector : &listener;
  look_at (us);

  /* The right end gets what it needs, to have something to say.  */
  bool last = false;
  for (int i = 0; i < good && !last; i++)
    {
      if (!listens)
        pass_on (us, them, PADDING_MAX);
      last = !pass_on (them, us, chunk);
      MUST (us->state != PROOF_FAILED && them->state != PROOF_FAILED);
      if (listens)
        pass_on (us, them, PADDING_MAX);
    }
  bool proven = us->state == PROOF_DONE;
  feed (us, data + HEAD, size - HEAD, chunk);
  MUST (proven ? us->state == PROOF_DONE
        : us->state == PROOF_MORE || us->state == PROOF_FAILED);
  /* What does not fit is never taken.  */
  uint8_t const more[PADDING_MAX + 1] = { 0 };
  MUST (proof_feed (us, more, proof_wants (us) + 1) == PROOF_FAILED);
  MUST (proof_wants (us) == 0);
  return 0;
}
