/* Test what comes in on a connection that is measured.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include <signal.h>
#include <string.h>

#include "../fuzz/fuzz.h"
#include "probe/probe-link.h"
#include "test-macros.h"

/* Frames of each type, by their bytes: type, length, number.  */
static struct { int type, length, number; } const frames[] = {
  { 1, 0, 7 }, { 2, 0, 7 }, { 3, 0, 5 }, { 4, 20, 0 }, { 5, 0, 20 },
  { 6, 0, 0 }, { 7, 0, 99 }
};

/* No frames make it go wrong; the fuzzer aborts where some do.  */
static void
check_any_bytes (int flags)
{
  uint8_t sample[1 + SIZEOF (frames) * FRAME_HEAD + 20] = { flags };
  size_t length = 1;
  for (size_t i = 0; i < SIZEOF (frames); i++)
    {
      sample[length] = frames[i].type;
      sample[length + 7] = frames[i].length;
      sample[length + 15] = frames[i].number;
      length += FRAME_HEAD + frames[i].length;
    }
  row_is ("frames, %d", flags);
  fuzz_run (sample, length, 1000, flags);
}

/* More pings at once than we are ready to answer.  */
static void
check_many (void)
{
  uint8_t sample[1 + 60 * FRAME_HEAD] = { 0 };
  for (size_t i = 1; i < sizeof sample; i += FRAME_HEAD)
    sample[i] = 1;
  row_is ("many pings");
  fuzz_run (sample, sizeof sample, 100, 1);
}

int
main (void)
{
  signal (SIGPIPE, SIG_IGN);
  for (int flags = 0; flags < 256; flags += 31)
    check_any_bytes (flags);
  check_many ();
  return test_result ();
}
