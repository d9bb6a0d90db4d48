/* A rate limit that the kernel keeps, measured and corrected.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   The kernel waits between packets by timers, which are late on a busy
   machine.  At high rates that loses up to a tenth, so the kernel is asked for
   more than the limit, by as much as makes the measured rate equal to it.  */

#ifndef PACE_H
# define PACE_H 1

# include <stdbool.h>
# include <stdint.h>

/* How often, in ms, pace_look is to be called while pace_needs_look.  */
enum { PACE_LOOKS = 200 };

struct pace
{
  uint64_t rate;                /* the limit, in bytes/s; 0 = none */
  uint64_t asked;               /* what the kernel has been asked for */
  int64_t looked;               /* monotonic_us of the last look, or 0 */
  uint64_t acknowledged;        /* the meter's count then */
};

/* Limit sending on the TCP socket FD to RATE, from now on.  Return whether the
   kernel can do that.  */
extern bool pace_begin (struct pace *pace, int fd, uint64_t rate);

/* Return whether pace_look is worth calling.  */
extern bool pace_needs_look (struct pace const *pace);

/* Measure the rate of FD, and correct it.  */
extern void pace_look (struct pace *pace, int fd);

#endif
