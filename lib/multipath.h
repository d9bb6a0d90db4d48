/* Connections over several paths at once: Multipath TCP (RFC 8684).
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MULTIPATH_H
# define MULTIPATH_H 1

# include <stdbool.h>

# include "tcp-meter.h"

/* Return a new socket of FAMILY for connections that may take several paths,
   non-blocking and close-on-exec; or -1 with errno set where the system has
   none.  */
extern int multipath_socket (int family);

/* Return whether the connected socket FD uses Multipath TCP, which needs the
   other end's consent: otherwise it is a plain TCP connection.  */
extern bool multipath_agreed (int fd);

/* Read the meter of such a connection into *METER (tcp-meter.h), EXACTly or at
   a glance.  Return 1 on success, 0 if the socket FD has no such connection,
   or -1 with errno set where the system has no such counts.  */
extern int multipath_meter (int fd, struct tcp_meter *meter, bool exact);

/* If the socket FD was made for several paths and is a plain TCP connection
   now, set *WAITING to the number of bytes that were written to it and are not
   acknowledged.  Return 1 on success, 0 for any other socket, or -1 with errno
   set where the system does not count them.  */
extern int multipath_waiting (int fd, int *waiting);

#endif
