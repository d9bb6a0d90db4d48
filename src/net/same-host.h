/* Whether both ends are on one host.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Two ends on one host reach each other by its loopback interface; on two
   hosts such an address is a different one's on each.  So each end sends the
   other a tag: an HMAC-SHA-256 (RFC 2104), by the secret that the two share,
   of the identity of its host (host-identity.h).  The identity itself does not
   leave the host: with it, another host could have this end connect to itself.

   Pure but for the identity of this host, which comes from the system.  */

#ifndef SAME_HOST_H
# define SAME_HOST_H 1

# include <stdbool.h>

# include "crypto/proof.h"

enum { SAME_HOST_SIZE = MAC_SIZE };

/* Write to TAG what an end on this host shows by SECRET, the decider or the
   other one.  Return false where the system does not tell one host from
   another.  */
extern bool same_host_tag (unsigned char tag[SAME_HOST_SIZE],
                           unsigned char const *secret, bool decider);

/* Return whether TAG is what an end on this host would have shown by SECRET,
   the decider or the other one.  */
extern bool same_host_check (unsigned char const tag[SAME_HOST_SIZE],
                             unsigned char const *secret, bool decider);

#endif
