/* What a probe shows of a host.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "probe/probe-host.h"

#include <stdlib.h>
#include <sys/utsname.h>

#include "tcp-features.h"
#include "xalloc.h"
#include "xvasprintf.h"

void
probe_host_look (struct probe_host *host)
{
  struct utsname system;
  *host = (struct probe_host) {
    .ktls = tcp_has_tls (), .mptcp = tcp_has_multipath ()
  };
  if (uname (&system) < 0)
    return;
  host->name = xstrdup (system.nodename);
  host->system = xasprintf ("%s %s %s", system.sysname, system.release,
                            system.machine);
}

void
probe_host_put (struct probe_host const *host,
                struct message_builder *message)
{
  if (host->system)
    message_add_text (message, KEY_SYSTEM, host->system);
  message_add_number (message, KEY_KTLS, host->ktls);
  message_add_number (message, KEY_MPTCP, host->mptcp);
}

void
probe_host_get (struct probe_host *host, struct message const *message)
{
  uint64_t number;
  free (host->system);
  host->system = message_text (message, KEY_SYSTEM, 0);
  host->ktls = message_number (message, KEY_KTLS, &number) && number != 0;
  host->mptcp = message_number (message, KEY_MPTCP, &number) && number != 0;
}

void
probe_host_speaks (struct probe_host *host, unsigned min, unsigned max,
                   char const *version)
{
  free (host->version);
  host->version = xstrdup (version);
  host->protocol_min = min;
  host->protocol_max = max;
}

void
probe_host_free (struct probe_host *host)
{
  free (host->name);
  free (host->version);
  free (host->system);
  *host = (struct probe_host) { .name = NULL };
}
