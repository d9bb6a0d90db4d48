/* How fast a channel's bytes move.  Pure: samples in, rates out.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   A sample or two a second are enough.  All times are of one clock, in
   us.  */

#ifndef FLOW_H
# define FLOW_H 1

# include <stdbool.h>
# include <stddef.h>
# include <stdint.h>

enum { FLOW_SAMPLES = 16 };

struct flow_sample
{
  int64_t at;
  uint64_t bytes;
};

struct flow
{
  bool begun;
  bool counted;                 /* a sample was taken */
  bool over;
  int64_t start;
  int64_t end;                  /* if OVER */
  uint64_t bytes;
  int64_t moved;                /* when the last bytes were seen */
  struct flow_sample recent[FLOW_SAMPLES];      /* a ring */
  size_t samples;               /* in all */
};

/* Make *FLOW one that begins at NOW, with no bytes.  */
extern void flow_begin (struct flow *flow, int64_t now);

/* Take a sample: BYTES at NOW.  A lower number than the one before counts as
   that one, an earlier time as the last one.  No effect when the flow is over,
   or has not begun.  */
extern void flow_add (struct flow *flow, int64_t now, uint64_t bytes);

/* The flow has ended at NOW.  */
extern void flow_end (struct flow *flow, int64_t now);

/* The flow is over, with exactly BYTES; earlier samples may have been
   estimates.  */
extern void flow_correct (struct flow *flow, uint64_t bytes);

/* Return the us from its beginning to NOW, or to its end.  */
extern int64_t flow_elapsed (struct flow const *flow, int64_t now);

/* Return the bytes a second in the last few seconds, or since it began.  */
extern double flow_rate (struct flow const *flow);
extern double flow_average (struct flow const *flow, int64_t now);

/* Return the us until SIZE bytes at the average rate, or -1 when that is
   unknown.  */
extern int64_t flow_left (struct flow const *flow, uint64_t size,
                          int64_t now);

#endif
