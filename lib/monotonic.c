/* A clock that is never set.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "monotonic.h"

#include <sys/time.h>
#include <time.h>

int64_t
monotonic_us (void)
{
#if HAVE_CLOCK_MONOTONIC
  struct timespec now;
  if (clock_gettime (CLOCK_MONOTONIC, &now) == 0)
    return (int64_t) now.tv_sec * 1000000 + now.tv_nsec / 1000;
#endif
  struct timeval day;
  gettimeofday (&day, NULL);
  return (int64_t) day.tv_sec * 1000000 + day.tv_usec;
}

int64_t
monotonic_ms (void)
{
  return monotonic_us () / 1000;
}
