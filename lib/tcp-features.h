/* What the system's TCP can do beyond the usual.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef TCP_FEATURES_H
# define TCP_FEATURES_H 1

# include <stdbool.h>

/* Return whether the kernel can encrypt and decrypt a TCP connection by
   itself, as TLS does.  A kernel that could once a module is loaded says
   no if it may not load it by itself.  */
extern bool tcp_has_tls (void);

/* Return whether the kernel can spread a connection over several paths
   (Multipath TCP, RFC 8684).  */
extern bool tcp_has_multipath (void);

#endif
