/* Let a TCP connection send small pieces at once.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef TCP_NO_DELAY_H
# define TCP_NO_DELAY_H 1

/* Let the TCP socket FD send what is written to it at once, although what was
   sent before has not been acknowledged: switch off the algorithm of Nagle
   (RFC 896; TCP_NODELAY of POSIX, <netinet/tcp.h>).  Never fails: where the
   system refuses, the connection works as well, only slower.  */
extern void tcp_no_delay (int fd);

#endif
