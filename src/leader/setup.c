/* From the worker here to running stages everywhere.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "leader/setup.h"

#include <stdlib.h>
#include <string.h>

#include "base/diagnose.h"
#include "leader/silence.h"
#include "monotonic.h"
#include "quote.h"
#include "quotearg.h"
#include "xalloc.h"


/* Tasks and logins.  */

/* Put the task of the worker on HOST into *MESSAGE, with the links whose
   offers are known.  */
static void
make_task (struct leader *l, unsigned host, struct message_builder *message)
{
  struct task task = l->plan.tasks[host];
  struct task_link *links = xnmalloc (l->plan.link_count + 1, sizeof *links);
  for (size_t i = 0; i < l->plan.link_count; i++)
    {
      struct plan_link *link = &l->plan.links[i];
      int end = plan_end_at (link, host);
      if (0 <= end && link->hosts[0] == 0)
        links[task.link_count++] = link->ends[end];
    }
  task.links = links;
  message_begin (message, MESSAGE_TASK);
  task_put (&task, message);
  explicit_bzero (links, task.link_count * sizeof *links);
  free (links);
}

/* Return what the agent on HOST may begin with before it has its task, written
   to TEXT, of EARLY_TEXT_MAX bytes; or NULL.  */
static char const *
describe_early (struct leader const *l, unsigned host, char *text)
{
  struct run const *run = l->run;
  int link = plan_link_between (&l->plan, 0, host);
  /* Usual connections, to where the login comes from.  */
  if (link < 0 || run->multipath || 0 <= run->dscp || run->congestion)
    return NULL;
  struct task_link const *end = &l->plan.links[link].ends[1];
  struct message const fields = { .body = end->offer,
                                  .length = end->offer_length };
  struct offer offer;
  offer_get (&offer, &fields);
  bool usual = !offer.host && offer.port4 + offer.port6 != 0;
  if (usual)
    early_describe (text, &offer, end->channel_count);
  offer_free (&offer);
  return usual ? text : NULL;
}

/* Both hosts of LINK have its secret: it is of no use here any more.  */
static void
wipe_secret (struct plan_link *link)
{
  for (int i = 0; i < 2; i++)
    explicit_bzero (link->ends[i].secret, sizeof link->ends[i].secret);
}

/* Start the login to HOST, and send its worker the task.  Return whether that
   went well; if not, it has been reported.  */
static bool
log_in (struct leader *l, unsigned host)
{
  char early[EARLY_TEXT_MAX];
  struct message_builder message;
  if (!session_start (&l->hosts[host], describe_early (l, host, early)))
    return false;
  make_task (l, host, &message);
  control_send_first (&l->hosts[host].control, &message);
  int link = plan_link_between (&l->plan, 0, host);
  if (0 <= link)
    wipe_secret (&l->plan.links[link]);
  return true;
}

static void
warn_if_open (struct run_host const *host, enum encrypt_mode encrypt)
{
  if (encrypt != ENCRYPT_NONE && encryption_login_is_open (host->login[0]))
    warn ("the login command %s sends in clear what it carries, and with it"
          " the key of the encryption: whoever listens there can pose as"
          " either end", quote (host->login[0]));
}

/* Start the logins, once the worker here has made its offers.  */
static void
log_in_if_ready (struct leader *l)
{
  if (l->logged_in || l->sessions.failed || l->sessions.signal != 0)
    return;
  for (size_t i = 0; i < l->plan.link_count; i++)
    if (l->plan.links[i].hosts[0] == 0
        && l->plan.links[i].ends[1].offer_length == 0)
      return;
  l->logged_in = true;
  for (size_t i = 1; i < l->run->host_count; i++)
    {
      warn_if_open (&l->run->hosts[i], l->run->encrypt);
      if (log_in (l, i))
        continue;
      l->sessions.failed = true;
      hosts_finish (l);
      return;
    }
}

void
setup_on_offer (struct leader *l, unsigned number,
                 struct message const *message)
{
  struct task_link *link = &l->plan.links[number].ends[1];
  free (link->offer);
  link->offer = xmemdup (message->body, message->length);
  link->offer_length = message->length;
  log_in_if_ready (l);
}

void
setup_begin (struct leader *l)
{
  struct message_builder task;
  make_task (l, 0, &task);
  host_send (l, 0, &task);
  log_in_if_ready (l);
}


/* Links between remote hosts.  */

/* Let the hosts of the link NUMBER, both remote, have it.  */
static void
begin_link (struct leader *l, unsigned number)
{
  struct plan_link *link = &l->plan.links[number];
  l->links[number].begun = true;
  for (int i = 0; i < 2; i++)
    {
      struct message_builder message;
      message_begin (&message, MESSAGE_LINK);
      task_put_link (&link->ends[i], &message);
      host_send (l, link->hosts[i], &message);
    }
  wipe_secret (link);
}

void
setup_on_answered (struct leader *l, struct session *session)
{
  bool all = true;
  for (size_t i = 1; i < l->run->host_count; i++)
    all = all && l->hosts[i].answered;
  if (all)
    l->at.answered = monotonic_us ();
  silence_watch (l);
  if (0 < l->run->timeout)
    hosts_limit (l, session->number,
                  l->run->timeout * INT64_C (1000) + AGENT_FIRST);
  for (size_t i = 0; i < l->plan.link_count; i++)
    {
      unsigned const *hosts = l->plan.links[i].hosts;
      if (hosts[0] != 0 && !l->links[i].begun && l->hosts[hosts[0]].answered
          && l->hosts[hosts[1]].answered)
        begin_link (l, i);
    }
}


/* Stages.  */

/* Tell those who want to know each step what was tried in vain.  */
static void
list_tried (struct leader const *l)
{
  for (size_t i = 0; i < l->plan.link_count; i++)
    for (int end = 1; 0 <= end; end--)
      for (char **text = l->links[i].tried[end]; text && *text; text++)
        verbose ("%s tried %s", host_name (l, l->plan.links[i].hosts[end]),
                 quotearg_n_style (0, escape_quoting_style, *text));
}

/* Start the held stage NUMBER.  What the host at the other end of a channel
   does not count has to be counted there, if somebody wants to know.  */
static void
send_start (struct leader *l, unsigned number)
{
  struct message_builder message;
  message_begin (&message, MESSAGE_START);
  message_add_number (&message, KEY_STAGE, number);
  for (size_t i = 0; l->monitor.metered && i < l->run->channel_count; i++)
    {
      struct run_channel const *channel = &l->run->channels[i];
      bool writes = channel->writer == number;
      int other = writes ? READER_END : WRITER_END;
      if ((writes || channel->reader == number)
          && !l->facts.channels[i].counted[other])
        message_add_number (&message, KEY_CHANNEL, i);
    }
  host_send (l, l->run->stages[number].host, &message);
}

/* An agent has all its channels, but does not say that its command runs.  */
static void
starts_too_late (void *context)
{
  struct leader *l = context;
  for (size_t i = 0; i < l->run->stage_count; i++)
    if (!l->facts.stages[i].held && !l->facts.stages[i].started)
      {
        sessions_fail (&l->sessions, "lost contact with %s: it does not tell "
                       "whether its command has started",
                       host_name (l, l->run->stages[i].host));
        return;
      }
}

void
setup_start_if_ready (struct leader *l)
{
  if (l->running || l->sessions.failed || l->sessions.signal != 0
      || !facts_all_connected (&l->facts))
    return;
  if (!facts_all_started (&l->facts))
    {
      timer_set (&l->process.events, &l->start_timer, AGENT_FIRST,
                 starts_too_late, l);
      return;
    }
  timer_clear (&l->process.events, &l->start_timer);
  l->running = true;
  list_tried (l);
  verbose ("all connected after %.3f s", sessions_seconds (&l->sessions));
  for (size_t i = l->run->stage_count; 0 < i--;)
    if (l->facts.stages[i].held)
      send_start (l, i);
  monitor_begin (&l->monitor);
}
