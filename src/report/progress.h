/* The line that shows how far the channels are.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   On a terminal there is one line, the last, which is written over; messages
   go above it.  Elsewhere there are lines now and then.  */

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
  uint64_t size;                /* that it will have; 0 = not known */
};

/* Write to LINE, of PROGRESS_MAX bytes, how far the COUNT ITEMS are at NOW,
   ELAPSED us after the beginning.  It has at most WIDTH columns, and a bar
   for what has a size where there is room for it; or as many as it needs and
   no bar if WIDTH is 0.  If all is OVER, it tells no more than what it came
   to.  */
extern void progress_line (char *line, struct progress_item const *items,
                           size_t count, int64_t elapsed, int64_t now,
                           int width, bool over);

struct progress
{
  bool terminal;                /* standard error is one */
  size_t drawn;                 /* columns of the line that is there */
};

/* Make *PROGRESS the one progress line of this process, on standard error.
   It stays at its place until progress_close.  */
extern void progress_open (struct progress *progress);

/* Return how wide a line may be; 0 = as it likes.  */
extern int progress_width (struct progress const *progress);

/* Return whether nothing may be shown because the process is in the
   background of the terminal.  */
extern bool progress_hidden (struct progress const *progress);

/* Show LINE in the place of the one that is there.  On a terminal only.  */
extern void progress_draw (struct progress *progress, char const *line);

/* Take the line away.  */
extern void progress_clear (struct progress *progress);

/* Leave the line that is there as it is, and go to the next.  */
extern void progress_close (struct progress *progress);

#endif
