/* Test what the progress line says, and that it fits.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "report/progress.h"

#include "test-macros.h"

enum { SECOND = 1000000, START = 1000 };

/* Make *FLOW one that has come to BYTES in ten seconds, steadily.  */
static void
make_flow (struct flow *flow, uint64_t bytes)
{
  flow_begin (flow, START);
  for (int i = 1; i <= 10; i++)
    flow_add (flow, START + i * SECOND, bytes / 10 * i);
}

struct row
{
  int width;
  uint64_t size;                /* of the first channel */
  bool two;                     /* there is a second one */
  bool over;
  char const *line;
};

static struct row const rows[] = {
  /* Lines of their own.  */
  { 0, 0, false, false,
    "0:00:10 input 100 MiB, 10 MiB/s, average 10 MiB/s" },
  { 0, UINT64_C (400) << 20, false, false,
    "0:00:10 input 100 MiB, 10 MiB/s, average 10 MiB/s, 25%, ETA 0:00:30" },
  { 0, 0, true, false,
    "0:00:10 input 100 MiB, 10 MiB/s, average 10 MiB/s;"
    " output 20 MiB, 2.0 MiB/s, average 2.0 MiB/s" },
  { 0, UINT64_C (400) << 20, false, true,
    "0:00:10 input 100 MiB, average 10 MiB/s, 25%" },
  { 0, 1, false, true,
    "0:00:10 input 100 MiB, average 10 MiB/s, 100%" },

  /* On a terminal, amounts keep their places.  */
  { 79, 0, false, false,
    "0:00:10 input  100 MiB,   10 MiB/s, average   10 MiB/s" },
  { 99, UINT64_C (400) << 20, false, false,
    "0:00:10 input  100 MiB,   10 MiB/s, average   10 MiB/s"
    " [======>                 ]  25%, ETA 0:00:30" },
  /* The bar does not grow without limit.  */
  { 200, UINT64_C (400) << 20, false, false,
    "0:00:10 input  100 MiB,   10 MiB/s, average   10 MiB/s"
    " [==========>                             ]  25%, ETA 0:00:30" },
  { 79, UINT64_C (400) << 20, false, false,
    "0:00:10 input  100 MiB,   10 MiB/s"
    " [======>                 ]  25%, ETA 0:00:30" },
  { 65, UINT64_C (400) << 20, false, false,
    "0:00:10 input  100 MiB,   10 MiB/s [==>       ]  25%, ETA 0:00:30" },
  { 64, UINT64_C (400) << 20, false, false,
    "0:00:10 input  100 MiB,   10 MiB/s,  25%, ETA 0:00:30" },
  { 50, UINT64_C (400) << 20, false, false,
    "input  100 MiB,   10 MiB/s,  25%, ETA 0:00:30" },
  { 40, UINT64_C (400) << 20, false, false,
    " 100 MiB,   10 MiB/s,  25%, ETA 0:00:30" },
  { 30, UINT64_C (400) << 20, false, false, " 100 MiB,   10 MiB/s,  25%" },
  { 20, UINT64_C (400) << 20, false, false, " 100 MiB,  25%" },
  { 5, UINT64_C (400) << 20, false, false, " 100 " },
  { 1, 0, false, false, " " },
  { 79, 0, true, false,
    "0:00:10 input  100 MiB,   10 MiB/s; output   20 MiB,  2.0 MiB/s" },
  { 61, UINT64_C (400) << 20, true, false,
    " 100 MiB,   10 MiB/s,  25%, ETA 0:00:30;   20 MiB,  2.0 MiB/s" },
  { 79, UINT64_C (100) << 20, false, true,
    "0:00:10 input 100 MiB, average 10 MiB/s"
    " [================================] 100%" },
};

static void
test_rows (void)
{
  struct flow first, second;
  make_flow (&first, UINT64_C (100) << 20);
  make_flow (&second, UINT64_C (20) << 20);
  for (size_t i = 0; i < SIZEOF (rows); i++)
    {
      struct row const *row = &rows[i];
      struct progress_item const items[2] = {
        { .name = "input", .flow = &first, .size = row->size },
        { .name = "output", .flow = &second }
      };
      char line[PROGRESS_MAX];
      int64_t now = START + 10 * SECOND;
      if (row->over)
        {
          flow_end (&first, now);
          flow_end (&second, now);
        }
      row_is ("%zu: width %d", i, row->width);
      progress_line (line, items, row->two ? 2 : 1, 10 * SECOND, now,
                     row->width, row->over);
      CHECK_TEXT (line, row->line);
      first.over = second.over = false;
    }
}

/* Whatever the numbers and the width are, it fits.  */
static void
test_fits (void)
{
  static uint64_t const bytes[]
    = { 0, 1, 1023, UINT64_C (1023) << 20, UINT64_MAX - 9 };
  static uint64_t const sizes[] = { 0, 1, 1 << 30, UINT64_MAX };
  for (size_t b = 0; b < SIZEOF (bytes); b++)
    for (size_t s = 0; s < SIZEOF (sizes); s++)
      for (int width = 1; width < 600; width++)
        {
          struct flow flow;
          make_flow (&flow, bytes[b]);
          struct progress_item const items[2] = {
            { .name = "input", .flow = &flow, .size = sizes[s] },
            { .name = "output", .flow = &flow }
          };
          char line[PROGRESS_MAX];
          row_is ("bytes %zu, size %zu, width %d", b, s, width);
          progress_line (line, items, 1 + width % 2, INT64_MAX / 2,
                         START + 10 * SECOND, width, width % 3 == 0);
          CHECK (strlen (line) <= (size_t) width);
          if (60 <= width)
            CHECK (strstr (line, "B") != NULL);
        }
}

static void
test_not_counted (void)
{
  struct flow flow;
  char line[PROGRESS_MAX];
  flow_begin (&flow, START);
  struct progress_item const item = {
    .name = "input", .flow = &flow, .size = 100
  };
  row_is ("no count");
  progress_line (line, &item, 1, 0, START, 79, false);
  CHECK_TEXT (line, "0:00:00 input not counted");
}

int
main (void)
{
  test_rows ();
  test_fits ();
  test_not_counted ();
  return test_result ();
}
