/* End a TCP connection so that its reader gets an error, not end of file.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef TCP_ABORT_H
# define TCP_ABORT_H 1

# include <stdbool.h>

/* Reset the connection of the socket FD although other processes hold it:
   what is queued is dropped, the other end's reader gets ECONNRESET.  Where
   the system can reset a connection only by closing it, the reset happens
   when the last holder closes, so close FD afterwards.  Never fails.  */
extern void tcp_abort (int fd);

/* Let the last close of the socket FD reset the connection (ON), or end it
   in the ordinary way (not ON).  Return 0, or -1 with errno set.  */
extern int tcp_abort_on_close (int fd, bool on);

#endif
