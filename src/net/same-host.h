/* Whether both ends are on one host.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Two ends on one host reach each other by its loopback interface; on two
   hosts such an address is another one's on each.  So each end shows the other
   a tag: an HMAC-SHA-256 (RFC 2104), by the secret that the two share, of what
   tells its host from all others (host-identity.h).  That itself does not
   leave the host: who has learnt it could have this end connect to itself.

   Pure but for what the system says of this host.  */

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
