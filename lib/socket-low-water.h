/* Make a blocking read wait for more than a byte.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SOCKET_LOW_WATER_H
# define SOCKET_LOW_WATER_H 1

# include <stdint.h>

/* Make each blocking read on the stream socket FD, of TCP or local, wait until
   there are SIZE bytes, or as many as it asks for if these are fewer, or the
   end of file.  Return how many bytes the system waits for from now on, which
   may be fewer than SIZE, and is 1 where it cannot do this.  */
extern uint64_t socket_low_water (int fd, uint64_t size);

#endif
