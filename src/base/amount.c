/* Amounts as texts for people.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "base/amount.h"

#include <inttypes.h>
#include <stdio.h>

#include "human.h"

char *
amount_bytes (uint64_t bytes, char *text)
{
  char place[LONGEST_HUMAN_READABLE + 1];
  int how = (human_round_to_nearest | human_autoscale | human_base_1024
             | human_space_before_unit | human_SI | human_B);
  snprintf (text, AMOUNT_MAX, "%s",
            human_readable (bytes, place, how, 1, 1));
  return text;
}

char *
amount_rate (double rate, char *text)
{
  char bytes[AMOUNT_MAX];
  /* No number of bytes comes near to 1e18 a second.  */
  uint64_t whole = rate < 0 ? 0 : rate < 1e18 ? rate + .5 : UINT64_C (1) << 60;
  snprintf (text, AMOUNT_MAX, "%.*s/s", AMOUNT_MAX - 3,
            amount_bytes (whole, bytes));
  return text;
}

char *
amount_time (int64_t us, char *text)
{
  int64_t seconds = us < 0 ? 0 : us / 1000000;
  snprintf (text, AMOUNT_MAX, "%"PRId64":%02d:%02d", seconds / 3600,
            (int) (seconds / 60 % 60), (int) (seconds % 60));
  return text;
}
