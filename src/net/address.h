/* Addresses of sockets: what kind they are, and how they read.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef ADDRESS_H
# define ADDRESS_H 1

# include <stdbool.h>
# include <stddef.h>
# include <sys/socket.h>

/* Enough for any numeric address with a scope and a port.  */
enum { ADDRESS_TEXT_MAX = 80 };

/* Return whether ADDRESS is one of the host itself; or means something on one
   link only (RFC 3927; RFC 4291, section 2.5.6).  */
extern bool address_is_loopback (struct sockaddr const *address);
extern bool address_is_link_local (struct sockaddr const *address);

/* Write the address of ADDRESS, without a scope and a port, to TEXT, of SIZE
   bytes.  Return whether it has one.  */
extern bool address_numeric (struct sockaddr const *address, char *text,
                             size_t size);

/* Write the address and port of ADDRESS to TEXT, of ADDRESS_TEXT_MAX bytes,
   as "192.0.2.1 port 4242".  */
extern void address_format (struct sockaddr const *address, char *text);

/* Split TEXT, which looks like that, into *HOST, a malloc'ed string, and
   *PORT, which is 0 when it has none.  */
extern void address_split (char const *text, char **host, int *port);

#endif
