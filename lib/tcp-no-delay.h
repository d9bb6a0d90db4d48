/* Make a TCP connection send small pieces at once.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef TCP_NO_DELAY_H
# define TCP_NO_DELAY_H 1

/* Make the TCP socket FD send each write at once, although earlier data is not
   acknowledged: switch off Nagle's algorithm (RFC 896; TCP_NODELAY of POSIX,
   <netinet/tcp.h>).  Never fails: where the system refuses, the connection
   works as well, only slower.  */
extern void tcp_no_delay (int fd);

#endif
