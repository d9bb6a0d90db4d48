/* The progress line: its text.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "report/progress.h"

#include <stdio.h>
#include <string.h>

#include "base/amount.h"
#include "attribute.h"
#include "minmax.h"

/* Parts of the line.  */
enum
{
  PART_ELAPSED = 1,
  PART_NAME = 2,
  PART_RATE = 4,
  PART_AVERAGE = 8,
  PART_BAR = 16,
  PART_LEFT = 32,
  PART_STEADY = 64              /* in columns of one width */
};

/* The parts that are left out, in this order, where the line is too
   narrow.  */
static int const fits[] = {
  PART_ELAPSED | PART_NAME | PART_RATE | PART_AVERAGE | PART_BAR | PART_LEFT,
  PART_ELAPSED | PART_NAME | PART_RATE | PART_BAR | PART_LEFT,
  PART_ELAPSED | PART_NAME | PART_RATE | PART_LEFT,
  PART_NAME | PART_RATE | PART_LEFT,
  PART_RATE | PART_LEFT,
  PART_RATE,
  0
};
enum { FITS = sizeof fits / sizeof *fits };

/* Fixed width of an amount on a terminal: "1023 MiB/s".  */
enum { BYTES_WIDTH = 8, RATE_WIDTH = 10 };

/* Columns of a bar with its brackets and the space before them.  */
enum { BAR_LEAST = 13, BAR_MOST = 43 };

struct text
{
  char *bytes;                  /* PROGRESS_MAX of them */
  size_t length;
};

static void append (struct text *text, char const *format, ...)
  ATTRIBUTE_FORMAT ((__printf__, 2, 3));

static void
append (struct text *text, char const *format, ...)
{
  va_list arguments;
  size_t room = PROGRESS_MAX - text->length;
  va_start (arguments, format);
  int more = vsnprintf (text->bytes + text->length, room, format, arguments);
  va_end (arguments);
  if (0 < more)
    text->length += MIN ((size_t) more, room - 1);
}

static int
per_cent (struct progress_item const *item)
{
  double part = (double) item->flow->bytes / item->size;
  return part < 1 ? part * 100 : 100;
}

static void
append_bar (struct text *text, struct progress_item const *item, int columns)
{
  int inner = columns - 3;
  int done = inner * (int64_t) per_cent (item) / 100;
  append (text, " [");
  for (int i = 0; i < inner; i++)
    append (text, "%c", i < done ? '=' : i == done ? '>' : ' ');
  append (text, "]");
}

static void
append_item (struct text *text, struct progress_item const *item, int parts,
             int64_t now, int bar)
{
  char amount[AMOUNT_MAX];
  struct flow const *flow = item->flow;
  if (parts & PART_NAME)
    append (text, "%s ", item->name);
  if (!flow->counted)
    {
      append (text, "not counted");
      return;
    }
  bool steady = parts & PART_STEADY;
  append (text, "%*s", steady ? BYTES_WIDTH : 0,
          amount_bytes (flow->bytes, amount));
  if (parts & PART_RATE && !flow->over)
    append (text, ", %*s", steady ? RATE_WIDTH : 0,
            amount_rate (flow_rate (flow), amount));
  if (parts & PART_AVERAGE)
    append (text, ", average %*s", steady ? RATE_WIDTH : 0,
            amount_rate (flow_average (flow, now), amount));
  if (item->size == 0)
    return;
  if (parts & PART_BAR)
    append_bar (text, item, bar);
  append (text, parts & PART_BAR ? " %*d%%" : ", %*d%%", steady ? 3 : 0,
          per_cent (item));
  int64_t left = flow_left (flow, item->size, now);
  if (parts & PART_LEFT && !flow->over)
    append (text, ", ETA %s",
            0 <= left ? amount_time (left, amount) : "-:--:--");
}

/* Write the line with PARTS and bars of BAR columns.  Return its length.  */
static size_t
compose (char *line, struct progress_item const *items, size_t count,
         int64_t elapsed, int64_t now, int parts, int bar)
{
  char amount[AMOUNT_MAX];
  struct text text = { .bytes = line };
  *line = '\0';
  if (parts & PART_ELAPSED)
    append (&text, "%s ", amount_time (elapsed, amount));
  for (size_t i = 0; i < count; i++)
    {
      if (0 < i)
        append (&text, "; ");
      append_item (&text, &items[i], parts, now, bar);
    }
  return text.length;
}

static int
count_bars (struct progress_item const *items, size_t count)
{
  int bars = 0;
  for (size_t i = 0; i < count; i++)
    bars += items[i].size != 0 && items[i].flow->counted;
  return bars;
}

void
progress_line (char *line, struct progress_item const *items, size_t count,
               int64_t elapsed, int64_t now, int width, bool over)
{
  int bars = count_bars (items, count);
  int allowed = ~0;
  if (over)
    allowed &= ~(PART_RATE | PART_LEFT);
  if (width == 0 || bars == 0)
    allowed &= ~PART_BAR;
  int steady = width == 0 || over ? 0 : PART_STEADY;
  size_t most = width == 0 || PROGRESS_MAX <= width ? PROGRESS_MAX - 1 : width;
  for (int i = 0; i < FITS; i++)
    {
      int parts = (fits[i] & allowed) | steady;
      size_t length = compose (line, items, count, elapsed, now, parts,
                               BAR_LEAST);
      if (most < length)
        continue;
      if (parts & PART_BAR)
        {
          int more = (most - length) / bars;
          compose (line, items, count, elapsed, now, parts,
                   MIN (BAR_LEAST + more, BAR_MOST));
        }
      return;
    }
  line[most] = '\0';
}
