/* Tell how much of what was written to a local socket is unread.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SOCKET_UNREAD_H
# define SOCKET_UNREAD_H 1

/* Return 0 when all that was written to the local socket FD has been read, or
   can be read no more as its other end is closed; a number greater than 0,
   which need not be that of the bytes, while there is something to be read;
   or -1 where the system does not tell.  */
extern int socket_unread (int fd);

#endif
