/* Optional features of the system's TCP.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef TCP_FEATURES_H
# define TCP_FEATURES_H 1

# include <stdbool.h>

/* Return whether the kernel can encrypt and decrypt a TCP connection by
   itself, as TLS does.  A kernel that needs a module for it, and may not load
   that by itself, counts as one that cannot.  */
extern bool tcp_has_tls (void);

/* Return whether the kernel can spread a connection over several paths
   (Multipath TCP, RFC 8684).  */
extern bool tcp_has_multipath (void);

#endif
