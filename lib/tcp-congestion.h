/* Choose the congestion control of a TCP connection.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef TCP_CONGESTION_CONTROL_H
# define TCP_CONGESTION_CONTROL_H 1

/* Make the TCP socket FD, and connections accepted on it, use the congestion
   control called NAME.  Return 0, or -1 with errno set: ENOENT where the
   system has none of that name, ENOTSUP where it has no choice.  */
extern int tcp_congestion (int fd, char const *name);

#endif
