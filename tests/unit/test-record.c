/* Test the records of an encrypted channel.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "crypto/record.h"

#include "../fuzz/fuzz.h"
#include "test-macros.h"

static struct secure_half const half
  = { .secret = "a secret that everybody may know", .sequence = 1 };

/* The two directions' ends of one.  */
static struct record_cipher to, from;

static unsigned char plain[RECORD_PLAIN_MAX + 1];
static unsigned char sealed[RECORD_MAX + RECORD_UPDATE];
static unsigned char opened[RECORD_PLAIN_MAX + 256];

static void
begin (enum secure_mode mode)
{
  NEED (record_begin (&to, mode, &half) == 0);
  NEED (record_begin (&from, mode, &half) == 0);
}

static void
finish (void)
{
  record_finish (&to);
  record_finish (&from);
}

/* Open all of the LENGTH bytes in SEALED.  Return the last result, and set
   *DATA to how much data there was.  */
static enum record_result
open_all (size_t length, size_t *data)
{
  enum record_result result = RECORD_DATA;
  *data = 0;
  for (size_t at = 0, used, some; result == RECORD_DATA && at < length;
       at += used)
    {
      used = 0;
      result = record_open (&from, sealed + at, length - at, &used, opened,
                            &some);
      if (result == RECORD_DATA)
        *data += some;
    }
  return result;
}

static void
test_sizes (enum secure_mode mode)
{
  static size_t const sizes[] = { 0, 1, 2, 255, 256, 16383, 16384 };
  size_t data;
  begin (mode);
  for (size_t i = 0; i < sizeof plain; i++)
    plain[i] = i % 251;
  for (size_t i = 0; i < SIZEOF (sizes); i++)
    {
      row_is ("mode %d, %zu bytes", (int) mode, sizes[i]);
      unsigned char behind = plain[sizes[i]];
      size_t length = record_seal (&to, plain, sizes[i], sealed);
      CHECK_NUMBER (length, RECORD_HEADER + sizes[i] + 1 + RECORD_TAG);
      CHECK (plain[sizes[i]] == behind);
      CHECK_NUMBER (open_all (length, &data), RECORD_DATA);
      CHECK (data == sizes[i] && memcmp (opened, plain, data) == 0);
    }
  row_is ("mode %d, the end", (int) mode);
  size_t length = record_seal_end (&to, sealed);
  CHECK_NUMBER (open_all (length, &data), RECORD_END);
  finish ();
}

/* Cut anywhere, it is not all there; changed anywhere, it is bad.  */
static void
test_harm (enum secure_mode mode)
{
  size_t used, data;
  begin (mode);
  size_t length = record_seal (&to, plain, 40, sealed);
  for (size_t i = 0; i < length; i++)
    {
      row_is ("mode %d, byte %zu", (int) mode, i);
      CHECK_NUMBER (record_open (&from, sealed, i, &used, opened, &data),
                    RECORD_MORE);
      struct record_cipher victim;
      NEED (record_begin (&victim, mode, &half) == 0);
      sealed[i] ^= 0x10;
      enum record_result result = record_open (&victim, sealed, length, &used,
                                               opened, &data);
      /* A longer record may still be on its way.  */
      CHECK (result == RECORD_BAD
             || (result == RECORD_MORE && (i == 3 || i == 4)));
      sealed[i] ^= 0x10;
      record_finish (&victim);
    }
  row_is ("mode %d, twice", (int) mode);
  CHECK_NUMBER (record_open (&from, sealed, length, &used, opened, &data),
                RECORD_DATA);
  CHECK_NUMBER (record_open (&from, sealed, length, &used, opened, &data),
                RECORD_BAD);
  finish ();
}

static void
test_lost (void)
{
  size_t used, data;
  row_is ("one of two lost");
  begin (SECURE_AES);
  record_seal (&to, plain, 40, sealed);
  size_t length = record_seal (&to, plain, 40, sealed);
  CHECK_NUMBER (record_open (&from, sealed, length, &used, opened, &data),
                RECORD_BAD);
  finish ();
}

static void
test_new_keys (enum secure_mode mode)
{
  size_t data;
  begin (mode);
  to.limit = 2;
  unsigned updates = 0;
  for (int i = 0; i < 20; i++)
    {
      row_is ("mode %d, new keys, record %d", (int) mode, i);
      size_t length = record_seal (&to, plain, 100, sealed);
      updates += length != RECORD_HEADER + 100 + 1 + RECORD_TAG;
      CHECK_NUMBER (open_all (length, &data), RECORD_DATA);
      CHECK (data == 100 && memcmp (opened, plain, 100) == 0);
    }
  CHECK (5 <= updates);
  CHECK (memcmp (to.half.secret, half.secret, HKDF_SIZE) != 0);
  finish ();
}

/* No bytes make it go wrong; the fuzzer aborts where some do.  */
static void
check_any_bytes (void)
{
  static uint8_t const records[] = { 0, 0, 60, 1, 200, 17, 0 };
  static uint8_t const line[] = {
    2, 23, 3, 3, 0, 20, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
    17, 18, 19, 20
  };
  row_is ("any bytes");
  fuzz_run (records, sizeof records, 2000, 1);
  fuzz_run (line, sizeof line, 2000, 2);
}

int
main (void)
{
  char const *failed = secure_load ();
  if (failed)
    {
      fprintf (stderr, "%s\n", failed);
      return 77;
    }
  for (int mode = SECURE_AES; mode <= SECURE_CHACHA; mode++)
    {
      test_sizes (mode);
      test_harm (mode);
      test_new_keys (mode);
    }
  test_lost ();
  check_any_bytes ();
  return test_result ();
}
