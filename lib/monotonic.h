/* A clock that is never set.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MONOTONIC_H
# define MONOTONIC_H 1

# include <stdint.h>

/* Return the milliseconds, or microseconds, that have passed since an
   arbitrary moment, by CLOCK_MONOTONIC (POSIX clock_gettime) where the system
   has it and by the time of day elsewhere.  Never fails.  */
extern int64_t monotonic_ms (void);
extern int64_t monotonic_us (void);

#endif
