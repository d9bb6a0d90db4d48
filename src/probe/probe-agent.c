/* The agent's share of a probe.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "probe/probe-agent.h"

#include <errno.h>
#include <stdlib.h>

#include "wire/message.h"
#include "probe/probe-carry.h"
#include "probe/probe-host.h"
#include "probe/probe-link.h"
#include "probe/probe-scout.h"
#include "base/system.h"
#include "xalloc.h"

/* A connection to be measured.  */
struct served
{
  struct probe_link link;
  struct probe_agent *agent;
  struct served *next;
};

struct probe_agent
{
  struct events *events;
  struct control *control;
  struct mux *mux;
  struct scout scout;
  struct served *served;
  bool carried;
};

static void
link_closed (void *context, char const *why)
{
  struct served *served = context;
  struct served **link = &served->agent->served;
  (void) why;
  while (*link != served)
    link = &(*link)->next;
  *link = served->next;
  free (served);
}

static void
serve (struct probe_agent *agent, int in, int out)
{
  struct served *served = xzalloc (sizeof *served);
  struct probe_link_hooks const hooks = {
    .context = served, .closed = link_closed
  };
  served->agent = agent;
  served->next = agent->served;
  agent->served = served;
  probe_link_open (&served->link, agent->events, in, out, &hooks);
}

static void
on_tried (void *context, unsigned number, struct trial *trial)
{
  struct probe_agent *agent = context;
  struct message_builder message;
  message_begin (&message, MESSAGE_PROBED);
  message_add_number (&message, KEY_CHANNEL, number);
  message_add_text (&message, KEY_ADDRESS, trial->address);
  if (*trial->why)
    message_add_text (&message, KEY_TEXT, trial->why);
  else
    {
      message_add_number (&message, KEY_TIME, trial->connect_time);
      message_add_number (&message, KEY_SEGMENT, trial->segment);
    }
  control_send (agent->control, &message);
  if (0 <= trial->fd)
    serve (agent, trial->fd, trial->fd);
  trial->fd = -1;
}

static void
on_tried_all (void *context)
{
  struct probe_agent *agent = context;
  struct message_builder message;
  message_begin (&message, MESSAGE_PROBED);
  control_send (agent->control, &message);
}

static void
on_arrived (void *context, unsigned number, int fd)
{
  (void) number;
  serve (context, fd, fd);
}

static void
send_offer (struct probe_agent *agent, struct offer const *offer)
{
  struct message_builder message;
  struct probe_host host;
  probe_host_look (&host);
  message_begin (&message, MESSAGE_OFFER);
  offer_put (offer, &message);
  probe_host_put (&host, &message);
  control_send (agent->control, &message);
  probe_host_free (&host);
}

struct probe_agent *
probe_agent_begin (struct events *events, struct control *control,
                   struct mux *mux, struct task *task, char *why,
                   unsigned size)
{
  struct probe_agent *agent = xzalloc (sizeof *agent);
  struct scout_hooks const hooks = {
    .context = agent, .tried = on_tried, .tried_all = on_tried_all,
    .arrived = on_arrived
  };
  struct task_link const *link = &task->links[0];
  struct net_choice net = task->net;
  struct message const body = { .body = link->offer,
                                .length = link->offer_length };
  struct offer offer, peer;
  net.port_low = link->port_low;
  net.port_high = link->port_high;
  offer_get (&peer, &body);
  agent->events = events;
  agent->control = control;
  agent->mux = mux;
  scout_open (&agent->scout, events, link->secret, true, &hooks);
  bool good = (scout_offer (&agent->scout, link->listen ? &net : NULL, NULL,
                            &offer) == 0
               || offer_has_port (&peer, link->secret, false, errno));
  if (good)
    {
      send_offer (agent, &offer);
      scout_try (&agent->scout, SIDE_REMOTE, task->net.family, &peer,
                 link->timeout);
    }
  else
    {
      listener_explain (&net, errno, why, size);
      probe_agent_end (agent);
    }
  offer_free (&peer);
  offer_free (&offer);
  return good ? agent : NULL;
}

bool
probe_agent_carry (struct probe_agent *agent)
{
  int in, out;
  if (agent->carried
      || carry_both (agent->mux, true, &in, &out) != 0)
    return false;
  agent->carried = true;
  serve (agent, in, out);
  return true;
}

void
probe_agent_end (struct probe_agent *agent)
{
  if (agent == NULL)
    return;
  while (agent->served != NULL)
    {
      struct served *served = agent->served;
      agent->served = served->next;
      probe_link_close (&served->link);
      free (served);
    }
  scout_close (&agent->scout);
  free (agent);
}
