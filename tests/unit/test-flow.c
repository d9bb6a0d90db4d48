/* Test rates, times and what is left of a flow, and how amounts are shown.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "report/flow.h"

#include <inttypes.h>

#include "base/amount.h"
#include "test-macros.h"

enum { SECOND = 1000000 };

/* An arbitrary moment for a beginning.  */
#define START INT64_C (5000000000000)

static void
test_amounts (void)
{
  static struct { uint64_t bytes; char const *text; } const bytes[] = {
    { 0, "0 B" }, { 1, "1 B" }, { 1023, "1023 B" }, { 1024, "1.0 KiB" },
    { 1536, "1.5 KiB" }, { 10 * 1024, "10 KiB" },
    { 1024 * 1024 - 1, "1.0 MiB" },
    { UINT64_C (105) << 20, "105 MiB" }, { UINT64_C (3) << 29, "1.5 GiB" },
    { UINT64_C (7) << 40, "7.0 TiB" }, { UINT64_MAX, "16 EiB" }
  };
  static struct { int64_t us; char const *text; } const times[] = {
    { -1, "0:00:00" }, { 0, "0:00:00" }, { 999999, "0:00:00" },
    { 12 * SECOND, "0:00:12" }, { INT64_C (3599) * SECOND, "0:59:59" },
    { INT64_C (3600) * SECOND, "1:00:00" },
    { INT64_C (360000) * SECOND, "100:00:00" }
  };
  static struct { double rate; char const *text; } const rates[] = {
    { -1, "0 B/s" }, { 0, "0 B/s" }, { 0.4, "0 B/s" }, { 0.6, "1 B/s" },
    { 1048576, "1.0 MiB/s" }, { 1e300, "1.0 EiB/s" }
  };
  char text[AMOUNT_MAX];
  for (size_t i = 0; i < SIZEOF (bytes); i++)
    {
      row_is ("%"PRIu64" bytes", bytes[i].bytes);
      CHECK_TEXT (amount_bytes (bytes[i].bytes, text), bytes[i].text);
    }
  for (size_t i = 0; i < SIZEOF (times); i++)
    {
      row_is ("%"PRId64" us", times[i].us);
      CHECK_TEXT (amount_time (times[i].us, text), times[i].text);
    }
  for (size_t i = 0; i < SIZEOF (rates); i++)
    {
      row_is ("%g bytes/s", rates[i].rate);
      CHECK_TEXT (amount_rate (rates[i].rate, text), rates[i].text);
    }
}

static void
test_before_the_beginning (void)
{
  struct flow flow = { .begun = false };
  row_is ("not begun");
  flow_add (&flow, START, 100);
  flow_end (&flow, START);
  CHECK_NUMBER (flow.bytes, 0);
  CHECK (!flow.over && !flow.counted);
  CHECK (flow_rate (&flow) == 0);
  CHECK (flow_average (&flow, START) == 0);
  CHECK_NUMBER (flow_left (&flow, 100, START), -1);

  row_is ("just begun");
  flow_begin (&flow, START);
  CHECK (!flow.counted);
  CHECK (flow_rate (&flow) == 0);
  CHECK (flow_average (&flow, START) == 0);
  CHECK_NUMBER (flow_left (&flow, 100, START), -1);
  CHECK_NUMBER (flow_left (&flow, 0, START), -1);
}

/* Samples twice a second, 1000 bytes a second for 10 seconds and then 3000,
   as long as SECONDS.  */
static void
run_flow (struct flow *flow, int seconds)
{
  uint64_t bytes = 0;
  flow_begin (flow, START);
  for (int i = 1; i <= 2 * seconds; i++)
    {
      bytes += i <= 20 ? 500 : 1500;
      flow_add (flow, START + INT64_C (500000) * i, bytes);
    }
}

static void
test_rates (void)
{
  struct flow flow;
  row_is ("steady");
  run_flow (&flow, 10);
  CHECK_NUMBER (flow.bytes, 10000);
  CHECK_NUMBER (flow_rate (&flow), 1000);
  CHECK_NUMBER (flow_average (&flow, START + 10 * SECOND), 1000);
  CHECK_NUMBER (flow_left (&flow, 15000, START + 10 * SECOND), 5 * SECOND);
  CHECK_NUMBER (flow_left (&flow, 10000, START + 10 * SECOND), 0);
  CHECK_NUMBER (flow_left (&flow, 9000, START + 10 * SECOND), 0);
  CHECK_NUMBER (flow_left (&flow, 0, START + 10 * SECOND), -1);

  row_is ("faster: the current rate forgets, the average does not");
  run_flow (&flow, 20);
  CHECK_NUMBER (flow_rate (&flow), 3000);
  CHECK_NUMBER (flow_average (&flow, START + 20 * SECOND), 2000);

  row_is ("stalled");
  int64_t now = START + 20 * SECOND;
  for (int i = 1; i <= 8; i++)
    flow_add (&flow, now + INT64_C (500000) * i, flow.bytes);
  CHECK_NUMBER (flow_rate (&flow), 0);
  CHECK_NUMBER (flow.moved - START, 20 * SECOND);
  CHECK_NUMBER (flow_average (&flow, START + 40 * SECOND), 1000);

  row_is ("samples that are far apart");
  flow_begin (&flow, START);
  flow_add (&flow, START + INT64_C (60) * SECOND, 60);
  CHECK_NUMBER (flow_rate (&flow), 1);
}

static void
test_oddities (void)
{
  struct flow flow;
  flow_begin (&flow, START);
  flow_add (&flow, START + SECOND, 1000);

  row_is ("fewer bytes than before");
  flow_add (&flow, START + 2 * SECOND, 900);
  CHECK_NUMBER (flow.bytes, 1000);
  CHECK_NUMBER (flow.moved - START, SECOND);

  row_is ("a clock that goes back");
  flow_add (&flow, START, 2000);
  CHECK_NUMBER (flow.bytes, 2000);
  CHECK_NUMBER (flow_rate (&flow), 1000);

  row_is ("over");
  flow_end (&flow, START + 4 * SECOND);
  flow_add (&flow, START + 5 * SECOND, 9000);
  flow_end (&flow, START + 9 * SECOND);
  CHECK_NUMBER (flow.bytes, 2000);
  CHECK_NUMBER (flow_elapsed (&flow, START + 9 * SECOND), 4 * SECOND);
  CHECK_NUMBER (flow_average (&flow, START + 9 * SECOND), 500);

  row_is ("less than was estimated");
  flow_correct (&flow, 1990);
  CHECK_NUMBER (flow.bytes, 1990);

  row_is ("nothing was seen before the end");
  flow_begin (&flow, START);
  flow_end (&flow, START + SECOND);
  flow_correct (&flow, 5000);
  CHECK_NUMBER (flow.bytes, 5000);
  CHECK_NUMBER (flow.moved, START + SECOND);

  row_is ("many bytes");
  flow_begin (&flow, START);
  flow_add (&flow, START + SECOND, UINT64_MAX);
  CHECK (1.8e19 < flow_rate (&flow));
  row_is ("nearly no byte, and forever to go");
  flow_begin (&flow, START);
  flow_add (&flow, START + INT64_C (1000) * SECOND, 1);
  CHECK_NUMBER (flow_left (&flow, UINT64_MAX,
                           START + INT64_C (1000) * SECOND), -1);
}

int
main (void)
{
  test_amounts ();
  test_before_the_beginning ();
  test_rates ();
  test_oddities ();
  return test_result ();
}
