/* How the leader speaks to the hosts.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "leader/hosts.h"

#include <signal.h>

/* How long, in ms, agents may take to tell that stages have ended.  */
enum { AGENT_GRACE = 2000 };

void
host_send (struct leader *l, unsigned host, struct message_builder *builder)
{
  if (host == 0)
    message_queue_put (&l->to_worker, builder);
  else
    control_send (&l->hosts[host].control, builder);
}

char const *
host_name (struct leader const *l, unsigned host)
{
  return host == 0 ? "this host" : session_host (&l->hosts[host]);
}

/* Tell the worker on HOST to end its stages by SIG after GRACE ms, and with
   CUT to cut all its channels at once.  */
static void
send_stop (struct leader *l, unsigned host, int sig, int64_t grace, bool cut)
{
  struct message_builder message;
  message_begin (&message, MESSAGE_STOP);
  message_add_number (&message, KEY_SIGNAL, sig);
  if (host == 0)
    {
      message_add_number (&message, KEY_GRACE, grace);
      message_add_number (&message, KEY_CUT, cut);
    }
  host_send (l, host, &message);
}

void
hosts_limit (struct leader *l, unsigned host, int64_t ms)
{
  struct message_builder message;
  int link = plan_link_between (&l->plan, 0, host);
  if (link < 0)
    return;
  message_begin (&message, MESSAGE_LINK);
  message_add_number (&message, KEY_LINK, link);
  message_add_number (&message, KEY_TIMEOUT, ms);
  host_send (l, 0, &message);
}

void
hosts_finish (struct leader *l)
{
  if (!l->running)
    send_stop (l, 0, SIGTERM, 0, true);
  for (size_t i = 1; i < l->run->host_count; i++)
    session_finish (&l->hosts[i]);
}

void
hosts_end (struct leader *l, int sig, int64_t grace, bool cut)
{
  for (size_t i = 1; i < l->run->host_count; i++)
    send_stop (l, i, sig, 0, true);
  send_stop (l, 0, sig, grace, cut);
  for (size_t i = 1; i < l->run->host_count; i++)
    session_limit (&l->hosts[i], grace + KILL_GRACE + AGENT_GRACE);
}
