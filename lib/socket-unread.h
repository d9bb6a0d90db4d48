/* Whether data that was written to a local socket is unread.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SOCKET_UNREAD_H
# define SOCKET_UNREAD_H 1

/* Return 0 when all data that was written to the local socket FD has been
   read, or can no longer be read because its other end is closed; a number
   greater than 0, not necessarily of bytes, while some is unread; or -1 where
   the system cannot tell.  */
extern int socket_unread (int fd);

#endif
