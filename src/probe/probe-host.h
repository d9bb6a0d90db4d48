/* What a probe shows of a host.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef PROBE_HOST_H
# define PROBE_HOST_H 1

# include <stdbool.h>

# include "wire/message.h"

struct probe_host
{
  char *name;                   /* malloc'ed or NULL, as the next two */
  char *version;                /* of socketpipe there */
  char *system;                 /* "Linux 6.18.0 x86_64" */
  bool ktls;
  bool mptcp;
  unsigned protocol_min;
  unsigned protocol_max;
};

/* Fill in *HOST, but for its version and protocols, for this host.  */
extern void probe_host_look (struct probe_host *host);

/* Add HOST, but for its name, version and protocols, to a message; or take
   the same from one.  */
extern void probe_host_put (struct probe_host const *host,
                            struct message_builder *message);
extern void probe_host_get (struct probe_host *host,
                            struct message const *message);

/* Set version and protocols of *HOST.  */
extern void probe_host_speaks (struct probe_host *host, unsigned min,
                               unsigned max, char const *version);

/* Free what *HOST holds.  */
extern void probe_host_free (struct probe_host *host);

#endif
