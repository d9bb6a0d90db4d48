/* Test the line by which another process changes a run.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include <string.h>

#include "../fuzz/fuzz.h"
#include "test-macros.h"

int
main (void)
{
  /* What begins another piece, and lines that are good and are not; the fuzzer
     aborts where one makes the run go wrong.  */
  static char const *const lines[] = {
    "rate 1000\n", "rate \377100\n", "rate 9223372036854775807\n",
    "size 1000\n", "rate 1000\nrate 2000\n"
  };
  for (size_t i = 0; i < SIZEOF (lines); i++)
    {
      row_is ("line %zu", i);
      fuzz_run ((uint8_t const *) lines[i], strlen (lines[i]), 2000, i);
    }
  return test_result ();
}
