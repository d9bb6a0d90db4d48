/* The switch: what the leader does with a message of a host.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "leader/switch.h"

#include <stdlib.h>

#include "base/diagnose.h"
#include "crypto/encryption.h"
#include "leader/setup.h"
#include "monotonic.h"
#include "quotearg.h"
#include "xalloc.h"
#include "xvasprintf.h"

/* What can be done to get a direct connection.  */
static char const advice[]
  = "let a firewall pass TCP connections to one of the hosts, to a port that"
    " --port names, or name this host as it is seen there with -h";

/* Send MESSAGE on to HOST.  */
static void
forward (struct leader *l, unsigned host, struct message const *message)
{
  struct message_builder copy;
  message_copy (&copy, message);
  host_send (l, host, &copy);
}


/* Links.  */

/* Find the link in MESSAGE, if it is one of HOST's: return its number, and set
   *END to HOST's end of it; else return -1.  */
static int
find_link (struct leader const *l, unsigned host,
           struct message const *message, int *end)
{
  uint64_t number;
  if (!message_number (message, KEY_LINK, &number)
      || l->plan.link_count <= number)
    return -1;
  *end = plan_end_at (&l->plan.links[number], host);
  return *end < 0 ? -1 : (int) number;
}

/* Return whether all channels of the link NUMBER are connected.  */
static bool
link_is_connected (struct leader const *l, unsigned number)
{
  for (size_t i = 0; i < l->run->channel_count; i++)
    if (l->facts.channels[i].link == number
        && !l->facts.channels[i].connected)
      return false;
  return true;
}

/* Append the strings of LIST to *LINE, behind who tried them; of many only the
   first, since a person is to read it.  */
static void
append (char **line, char const *who, char **list)
{
  enum { SHOWN = 20 };
  size_t count = 0;
  while (list && list[count])
    count++;
  if (count == 0)
    return;
  char *all = xasprintf ("%s%s%s tried ", *line, **line ? "; " : "", who);
  for (size_t i = 0; i < count && i < SHOWN; i++)
    {
      char *more = xasprintf ("%s%s%s", all, i ? ", " : "",
                              quotearg_n_style (0, escape_quoting_style,
                                                list[i]));
      free (all);
      all = more;
    }
  free (*line);
  *line = all;
  if (SHOWN < count)
    {
      *line = xasprintf ("%s, and %zu more", all, count - SHOWN);
      free (all);
    }
}

/* Return what was tried in vain on both ends of the link NUMBER, as one
   malloc'ed line: "HOST tried A: why, B: why; this host tried C: why".  */
static char *
describe_tried (struct leader const *l, unsigned number)
{
  struct leader_link const *link = &l->links[number];
  unsigned const *hosts = l->plan.links[number].hosts;
  char *line = xstrdup ("");
  if (!link->told[1])
    {
      free (line);
      line = xasprintf ("%s has not told what it tried",
                        host_name (l, hosts[1]));
    }
  append (&line, host_name (l, hosts[1]), link->tried[1]);
  append (&line, host_name (l, hosts[0]), link->tried[0]);
  if (*line)
    return line;
  free (line);
  return xstrdup ("there was no address to try");
}

/* Return which hosts the link NUMBER is between, as "with A" or "between A and
   B", malloc'ed.  */
static char *
describe_link (struct leader const *l, unsigned number)
{
  unsigned const *hosts = l->plan.links[number].hosts;
  if (hosts[0] == 0)
    return xasprintf ("with %s", host_name (l, hosts[1]));
  return xasprintf ("between %s and %s", host_name (l, hosts[0]),
                    host_name (l, hosts[1]));
}

/* There is no route for the link NUMBER.  */
static void
report_no_route (struct leader *l, unsigned number)
{
  char *tried = describe_tried (l, number);
  char *which = describe_link (l, number);
  l->links[number].asked[0] = l->links[number].asked[1] = false;
  sessions_fail (&l->sessions, "no direct connection %s: %s; %s", which,
                 tried, advice);
  free (which);
  free (tried);
}

/* A login carries a channel of the link NUMBER.  */
static void
warn_carried (struct leader *l, unsigned number)
{
  if (l->links[number].warned)
    return;
  l->links[number].warned = true;
  char *tried = describe_tried (l, number);
  char *which = describe_link (l, number);
  warn ("no direct connection %s, so the data goes through the login%s: %s;"
        " %s", which, l->plan.links[number].hosts[0] == 0 ? "" : "s", tried,
        advice);
  free (which);
  free (tried);
}

static bool
on_offer (struct leader *l, unsigned host, struct message const *message)
{
  int end;
  int number = find_link (l, host, message, &end);
  if (number < 0)
    return false;
  if (host == 0)
    setup_on_offer (l, number, message);
  else
    forward (l, l->plan.links[number].hosts[!end], message);
  return true;
}

static bool
on_tried (struct leader *l, unsigned host, struct message const *message)
{
  int end;
  char **tried;
  int number = find_link (l, host, message, &end);
  if (number < 0 || message_texts (message, KEY_TEXT, &tried) < 0)
    return false;
  struct leader_link *link = &l->links[number];
  texts_free (link->tried[end]);
  link->tried[end] = tried;
  link->told[end] = true;
  unsigned other = l->plan.links[number].hosts[!end];
  if (link->asked[end])
    report_no_route (l, number);
  /* What is connected, or is about to be, needs no more of this, but for this
     host.  */
  else if (other == 0 || !(link->routed || link_is_connected (l, number)))
    forward (l, other, message);
  return true;
}

/* The decider says that a login carries a channel.  */
static bool
on_route (struct leader *l, unsigned host, struct message const *message)
{
  int end, channel_end;
  int number = find_link (l, host, message, &end);
  int channel = facts_channel (&l->facts, host, message, &channel_end);
  if (number < 0 || end != 1 || channel < 0
      || l->facts.channels[channel].link != (unsigned) number
      || l->facts.channels[channel].connected)
    return false;
  unsigned other = l->plan.links[number].hosts[0];
  l->links[number].routed = true;
  if (other != 0)
    {
      unsigned const *hosts = l->facts.channels[channel].hosts;
      if (!mux_forward (&l->hosts[hosts[WRITER_END]].mux, channel,
                        &l->hosts[hosts[READER_END]].mux))
        return false;
    }
  forward (l, other, message);
  return true;
}

/* Tell those who want to know each step how CHANNEL was connected.  */
static void
report_connected (struct leader *l, unsigned number)
{
  struct channel_facts const *channel = &l->facts.channels[number];
  char const *name = l->run->channels[number].name;
  double time = sessions_seconds (&l->sessions);
  if (channel->carried)
    {
      verbose ("%s channel connected after %.3f s (login)", name, time);
      return;
    }
  bool writes = channel->hosts[WRITER_END] == channel->connector;
  int from = writes ? WRITER_END : READER_END;
  verbose ("%s channel connected after %.3f s: %s -> %s (%s%s%s)", name, time,
           channel->address[from], channel->address[!from],
           facts_route (channel),
           !l->run->multipath ? ""
           : channel->multipath ? ", multipath" : ", no multipath",
           encryption_text (channel->mode));
}

static bool
on_connected (struct leader *l, unsigned host, struct message const *message)
{
  int number = facts_connected (&l->facts, host, message);
  if (number < 0)
    return false;
  struct channel_facts const *channel = &l->facts.channels[number];
  if (channel->carried)
    warn_carried (l, channel->link);
  report_connected (l, number);
  if (facts_all_connected (&l->facts))
    l->at.connected = monotonic_us ();
  setup_start_if_ready (l);
  return true;
}


/* Stages and channels.  */

static bool
on_started (struct leader *l, unsigned host, struct message const *message)
{
  int sent[2] = { -1, -1 };
  int number = facts_started (&l->facts, host, message);
  if (number < 0)
    return false;
  if (host == 0)
    verbose ("%s started after %.3f s", l->run->stages[number].role,
             sessions_seconds (&l->sessions));
  l->at.started = monotonic_us ();
  for (size_t i = 0; i < l->run->channel_count; i++)
    {
      struct run_channel const *channel = &l->run->channels[i];
      bool writes = channel->writer == (unsigned) number;
      if (writes)
        monitor_begin_channel (&l->monitor, i);
      else if (channel->reader != (unsigned) number)
        continue;
      /* The end that did not decide learns so that the other one did; once,
         of all channels.  */
      unsigned link = l->facts.channels[i].link;
      sent[writes] = link;
      if (l->plan.links[link].hosts[1] == host && sent[!writes] != (int) link)
        forward (l, l->plan.links[link].hosts[0], message);
    }
  setup_start_if_ready (l);
  return true;
}

static bool
on_stage_end (struct leader *l, unsigned host, struct message const *message)
{
  int number = facts_stage_ended (&l->facts, host, message);
  if (number < 0)
    return false;
  /* The local stages have not even been started.  Of one that did run, word
     may have been faster than the last connection.  */
  if (!l->running && l->facts.stages[number].result.not_run)
    hosts_finish (l);
  else if (!l->running)
    hosts_limit (l, host, AGENT_FIRST);
  return true;
}

static bool
on_channel_end (struct leader *l, unsigned host,
                struct message const *message)
{
  int number = facts_channel_ended (&l->facts, host, message);
  if (number < 0)
    return false;
  struct channel_facts const *channel = &l->facts.channels[number];
  unsigned other = channel->hosts[channel->hosts[WRITER_END] == host
                                  ? READER_END : WRITER_END];
  forward (l, other, message);
  if (channel->ends[0].outcome != OUTCOME_OPEN
      && channel->ends[1].outcome != OUTCOME_OPEN)
    monitor_end_channel (&l->monitor, number, channel->ends);
  return true;
}

static bool
on_credit (struct leader *l, unsigned host, struct message const *message)
{
  int end;
  int number = facts_channel (&l->facts, host, message, &end);
  if (number < 0 || end != READER_END)
    return false;
  unsigned writer = l->facts.channels[number].hosts[WRITER_END];
  if (host != 0 && writer != 0
      && !mux_forward_credit (&l->hosts[writer].mux, message))
    return false;
  forward (l, writer, message);
  return true;
}

static bool
on_meter (struct leader *l, unsigned host, struct message const *message)
{
  int end;
  int number = facts_channel (&l->facts, host, message, &end);
  if (number < 0 || (host != 0 && !l->monitor.metered))
    return false;
  monitor_on_meter (&l->monitor, number, end, host == 0, message);
  return true;
}


/* What is for the user.  */

/* Show a note of the worker on HOST.  */
static bool
on_note (struct leader *l, unsigned host, struct message const *message)
{
  uint64_t level;
  char *text = message_text (message, KEY_TEXT, 0);
  if (text == NULL || !message_number (message, KEY_LEVEL, &level))
    {
      free (text);
      return false;
    }
  char const *shown = quotearg_n_style (0, escape_quoting_style, text);
  /* As a process there would say it itself.  */
  diagnose_host (host == 0 ? NULL : host_name (l, host));
  if (level == NOTE_COMPLAIN)
    complain ("%s", shown);
  else if (level == NOTE_WARN)
    warn ("%s", shown);
  else
    verbose ("%s", shown);
  diagnose_host (NULL);
  free (text);
  return true;
}

/* HOST cannot go on with a link with the remote host PEER, as CODE and MESSAGE
   say.  Return false if that is no matter of the two.  */
static bool
on_link_error (struct leader *l, unsigned host, unsigned peer, uint64_t code,
               struct message const *message)
{
  char *text = message_text (message, KEY_TEXT, 0);
  char const *why = quotearg_n_style (0, escape_quoting_style,
                                      text ? text : "no reason given");
  char const *own = host_name (l, host);
  char const *other = host_name (l, peer);
  free (text);
  if (code == ERROR_LOST)
    sessions_fail (&l->sessions, "lost contact with %s: seen from %s, %s",
                   other, own, why);
  else if (code == ERROR_BROKEN)
    sessions_fail (&l->sessions, "lost contact between %s and %s: a connection"
                   " between the commands was %s", own, other, why);
  else if (code == ERROR_ROUTE_LOST)
    sessions_fail (&l->sessions, "the connection between %s and %s was %s",
                   own, other, why);
  else if (code == ERROR_PROTOCOL)
    sessions_fail (&l->sessions, "%s sent %s: %s", other, own, why);
  else
    return false;
  return true;
}

bool
switch_error (struct leader *l, unsigned host, uint64_t code,
              struct message const *message)
{
  int end;
  int number = find_link (l, host, message, &end);
  if (number < 0)
    return false;
  unsigned peer = l->plan.links[number].hosts[!end];
  if (code != ERROR_NO_ROUTE)
    return peer != 0 && on_link_error (l, host, peer, code, message);
  /* What the other end has tried, too, is for the user to read.  */
  l->links[number].asked[!end] = true;
  forward (l, l->plan.links[number].hosts[!end], message);
  return true;
}

/* The worker here cannot go on, as CODE and WHY say, with the link NUMBER or
   with all if that is negative.  */
static void
on_own_error (struct leader *l, uint64_t code, int number, char const *why)
{
  struct session *peer = (number < 0 ? NULL
                          : &l->hosts[l->plan.links[number].hosts[1]]);
  if (code == ERROR_UNABLE)
    sessions_fail (&l->sessions, "this host cannot %s", why);
  else if (code == ERROR_LISTEN || peer == NULL)
    sessions_fail (&l->sessions, "%s", why);
  else if (code == ERROR_NO_ROUTE)
    report_no_route (l, number);
  else if (code == ERROR_LOST)
    session_lose (peer, why);
  else if (code == ERROR_BROKEN)
    sessions_fail (&l->sessions, "lost contact with %s: a connection between"
                   " the commands was %s", session_host (peer), why);
  else if (code == ERROR_ROUTE_LOST)
    sessions_fail (&l->sessions, "the connection with %s was %s",
                   session_host (peer), why);
  else if (code == ERROR_PROTOCOL)
    sessions_fail (&l->sessions, "%s sent %s", session_host (peer), why);
  else
    sessions_fail (&l->sessions, "no connection with %s: %s",
                   session_host (peer), why);
}

/* Only the worker here says it so; an agent's goes by its session.  */
static bool
on_error (struct leader *l, unsigned host, struct message const *message)
{
  int end;
  uint64_t code;
  char *why = message_text (message, KEY_TEXT, 0);
  if (host != 0 || why == NULL || !message_number (message, KEY_CODE, &code))
    {
      free (why);
      return false;
    }
  on_own_error (l, code, find_link (l, host, message, &end), why);
  free (why);
  return true;
}

bool
switch_message (struct leader *l, unsigned host,
                struct message const *message)
{
  switch (message->type)
    {
    case MESSAGE_OFFER:
      return on_offer (l, host, message);
    case MESSAGE_TRIED:
      return on_tried (l, host, message);
    case MESSAGE_ROUTE:
      return on_route (l, host, message);
    case MESSAGE_CONNECTED:
      return on_connected (l, host, message);
    case MESSAGE_STARTED:
      return on_started (l, host, message);
    case MESSAGE_STAGE_END:
      return on_stage_end (l, host, message);
    case MESSAGE_CHANNEL_END:
      return on_channel_end (l, host, message);
    case MESSAGE_CREDIT:
      return on_credit (l, host, message);
    case MESSAGE_METER:
      return on_meter (l, host, message);
    case MESSAGE_NOTE:
      return on_note (l, host, message);
    case MESSAGE_ERROR:
      return on_error (l, host, message);
    default:
      return false;
    }
}
