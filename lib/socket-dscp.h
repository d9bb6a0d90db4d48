/* Mark the packets of a connection for routers.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SOCKET_DSCP_H
# define SOCKET_DSCP_H 1

/* Give the packets of the socket FD of FAMILY the differentiated services code
   point DSCP (RFC 2474), 0 to 63.  Return 0, or -1 with errno set: ENOTSUP
   where the system cannot.  */
extern int socket_dscp (int fd, int family, int dscp);

#endif
