/* The progress line.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   On a terminal it is the last line, and is overwritten; messages go above it.
   Elsewhere, lines are written at intervals.  */

#ifndef PROGRESS_H
# define PROGRESS_H 1

# include <stdbool.h>
# include <stddef.h>
# include <stdint.h>

# include "report/flow.h"

/* The longest line, with its NUL.  */
enum { PROGRESS_MAX = 512 };

/* A channel on the line.  */
struct progress_item
{
  char const *name;
  struct flow const *flow;
  uint64_t size;                /* the expected total; 0 = not known */
};

/* Write to LINE, of PROGRESS_MAX bytes, the progress of the COUNT ITEMS at
   NOW, ELAPSED us after the beginning.  It has at most WIDTH columns, and
   where there is room, a bar for each item with a size; or, if WIDTH is 0, as
   many columns as it needs and no bar.  With OVER, only the totals are
   written.  */
extern void progress_line (char *line, struct progress_item const *items,
                           size_t count, int64_t elapsed, int64_t now,
                           int width, bool over);

struct progress
{
  bool terminal;                /* standard error is a terminal */
  size_t drawn;                 /* columns of the line that is there */
};

/* Make *PROGRESS the one progress line of this process, on standard error.
   *PROGRESS must not move until progress_close.  */
extern void progress_open (struct progress *progress);

/* Return the width of a line; 0 = no limit.  */
extern int progress_width (struct progress const *progress);

/* Return whether nothing may be shown because the process is in the
   background of the terminal.  */
extern bool progress_hidden (struct progress const *progress);

/* Replace the line that is shown by LINE.  On a terminal only.  */
extern void progress_draw (struct progress *progress, char const *line);

/* Clear the line.  */
extern void progress_clear (struct progress *progress);

/* Keep the line that is shown, and move to the next one.  */
extern void progress_close (struct progress *progress);

#endif
