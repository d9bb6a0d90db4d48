/* What tells this host, and this network of its own, from all others.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef HOST_IDENTITY_H
# define HOST_IDENTITY_H 1

/* Return a malloc'ed text that is the same for two processes only if both see
   the same loopback interface: on Linux the boot's random number and the
   network name space; on BSDs and macOS the time of the boot and the name of
   the host, outside of jails.  Return NULL where the system does not tell.  */
extern char *host_identity (void);

#endif
