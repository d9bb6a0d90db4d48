/* Make the kernel detect that the other end of a connection is gone.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef TCP_KEEPALIVE_H
# define TCP_KEEPALIVE_H 1

/* Make the kernel probe the connection of the socket FD after IDLE seconds of
   silence, then every INTERVAL seconds, and give it up after COUNT probes
   without an answer; and, where it can be asked to, wait at most LONGEST
   seconds between two attempts to reach an end that does not answer.  Options
   that the system lacks keep its own values.  Return 0, or -1 with errno set
   when not even SO_KEEPALIVE could be set.  */
extern int tcp_keepalive (int fd, int idle, int interval, int count,
                          int longest);

#endif
