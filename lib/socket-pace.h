/* Let the kernel send no faster than a rate.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SOCKET_PACE_H
# define SOCKET_PACE_H 1

# include <stdint.h>

/* Let the kernel send RATE bytes a second at most on the TCP socket FD, from
   now on.  Return 0, or -1 with errno set: ENOTSUP where the system can't.  */
extern int socket_pace (int fd, uint64_t rate);

#endif
