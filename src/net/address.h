/* Addresses of sockets: what kind they are, and how they read.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef ADDRESS_H
# define ADDRESS_H 1

# include <stdbool.h>
# include <stddef.h>
# include <sys/socket.h>

# include "crypto/proof.h"

/* Enough for any numeric address with a scope and a port.  */
enum { ADDRESS_TEXT_MAX = 80 };

/* Return whether ADDRESS is one of the host itself; or means something on one
   link only (RFC 3927; RFC 4291, section 2.5.6).  */
extern bool address_is_loopback (struct sockaddr const *address);
extern bool address_is_link_local (struct sockaddr const *address);

/* Return whether no single host has ADDRESS: it is unspecified, multicast,
   broadcast or reserved (RFC 6890; RFC 1112, section 4; RFC 4291, sections
   2.5.2 and 2.7), or not of the Internet at all.  */
extern bool address_is_special (struct sockaddr const *address);

/* Return whether ADDRESS, of IPv6, is link-local and does not name its
   link (RFC 4007, section 6).  */
extern bool address_lacks_scope (struct sockaddr const *address);

/* Turn an IPv4 address that is written as one of IPv6 (RFC 4291, section
   2.5.5.2) into one of IPv4, in *ADDRESS with its *LENGTH.  */
extern void address_unmap (struct sockaddr_storage *address,
                           socklen_t *length);

/* Write ADDRESS and its port to BYTES as in a proof, which is the same on all
   hosts: unmapped, and without a scope.  All zeros if it is neither of IPv4
   nor of IPv6.  */
extern void address_canonical (struct sockaddr const *address,
                               unsigned char bytes[PROOF_ADDRESS_SIZE]);

/* Return whether the two are the same address, whatever the ports.  */
extern bool address_same (unsigned char const one[PROOF_ADDRESS_SIZE],
                          unsigned char const other[PROOF_ADDRESS_SIZE]);

/* Fill in *PATH of the socket FD.  */
extern void address_path (int fd, struct proof_path *path);

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
