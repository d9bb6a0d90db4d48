/* The addresses of this host's network interfaces.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef INTERFACES_H
# define INTERFACES_H 1

# include <stddef.h>
# include <sys/socket.h>

/* Call FN with CONTEXT once for each IPv4 and IPv6 address of an interface
   that is up, loopback ones included.  Where the system cannot list its
   interfaces, the addresses of the host's own name are used.  Return 0, or -1
   with errno set.  */
extern int interfaces_each (void (*fn) (void *context,
                                        struct sockaddr const *address,
                                        socklen_t length),
                            void *context);

#endif
