/* A probe, on the side that the user starts: how good are the routes?
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "probe/probe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "closeout.h"
#include "base/children.h"
#include "base/diagnose.h"
#include "base/process.h"
#include "base/system.h"
#include "leader/foreground.h"
#include "worker/task.h"
#include "probe/probe-carry.h"
#include "probe/probe-measure.h"
#include "probe/probe-print.h"
#include "probe/probe-report.h"
#include "probe/probe-scout.h"
#include "leader/session.h"
#include "xalloc.h"

/* Times, in ms.  */
enum
{
  AGENT_LIMIT = 15000,          /* for the agent to have tried everything */
  ARRIVAL_LIMIT = 1000          /* for the proof to end here, after that */
};

/* What is known of a candidate of either end.  */
struct found
{
  bool told;
  char *address;                /* malloc'ed */
  char *why;                    /* malloc'ed; NULL = works */
  int64_t connect_time;         /* us */
  int segment;
  int fd;                       /* -1 = none, or not yet */
};

struct probe
{
  struct process process;
  struct sessions sessions;
  struct session session;
  struct scout scout;
  struct found found[2][TRIALS_MAX];    /* by direction */
  bool tried_all[2];
  bool begun;                   /* to measure */
  bool finished;
  double login_time;            /* seconds until the agent answered */
  enum direction direction;     /* of what is measured */
  unsigned number;
  struct measure measure;
  struct timer timer;
  struct probe_report report;
};

static void measure_next (struct probe *p);

static char *
copy (char const *text)
{
  return text ? xstrdup (text) : NULL;
}

/* Take the route of the candidate that is the turn into the report.  */
static struct probe_route *
add_route (struct probe *p, struct found const *found)
{
  struct probe_route *route = probe_add_route (&p->report, p->direction,
                                               found->address);
  route->why = copy (found->why);
  if (!found->why)
    {
      route->connect_time = found->connect_time / 1e6;
      route->segment = found->segment;
    }
  return route;
}

/* Put the measures of the route into the report.  */
static void
fill_in (struct probe_route *route, struct measures const *measures)
{
  if (*measures->why)
    {
      probe_route_fails (route, measures->why);
      return;
    }
  route->round_trip = (measures->round_trip < 0 ? -1
                       : measures->round_trip / 1e6);
  route->to = measures->to;
  route->from = measures->from;
}

static void
measured (void *context)
{
  struct probe *p = context;
  struct probe_route *route;
  if (p->direction == THROUGH_LOGIN)
    {
      route = probe_add_route (&p->report, THROUGH_LOGIN, NULL);
      route->connect_time = p->login_time;
    }
  else
    route = add_route (p, &p->found[p->direction][p->number++]);
  fill_in (route, &p->measure.result);
  if (p->direction != THROUGH_LOGIN)
    {
      measure_next (p);
      return;
    }
  p->finished = true;
  session_finish (&p->session);
}

static void
begin_measure (struct probe *p, int in, int out)
{
  verbose ("measuring %s",
           p->direction == THROUGH_LOGIN ? "the login"
           : p->found[p->direction][p->number].address);
  measure_begin (&p->measure, &p->process.events, in, out, measured, p);
}

static void
measure_login (struct probe *p)
{
  struct message_builder message;
  int in, out;
  message_begin (&message, MESSAGE_ROUTE);
  control_send (&p->session.control, &message);
  if (carry_both (&p->session.mux, false, &in, &out) == 0)
    begin_measure (p, in, out);
  else
    sessions_fail (&p->sessions, "cannot make a pipe: %s", strerror (errno));
}

/* The other end reports that the candidate works, but no connection came.  */
static void
not_arrived (void *context)
{
  struct probe *p = context;
  p->found[p->direction][p->number].why
    = xstrdup ("connected, but did not prove itself in time");
  measure_next (p);
}

/* One end had nothing to try in the present direction.  */
static void
add_untried (struct probe *p)
{
  enum listeners listeners = p->session.host->listeners;
  struct probe_route *route = probe_add_route (&p->report, p->direction,
                                               NULL);
  enum listeners other = (p->direction == REMOTE_TO_LOCAL ? LISTEN_REMOTE
                          : LISTEN_LOCAL);
  probe_route_fails (route, listeners == other ? "not tried: see --listen"
                     : "no address to try");
}

/* Measure the next candidate in the present direction that works.  Return
   whether there is one.  */
static bool
measure_candidate (struct probe *p)
{
  struct found *all = p->found[p->direction];
  for (; p->number < TRIALS_MAX; p->number++)
    {
      struct found *found = &all[p->number];
      if (found->told && found->why)
        add_route (p, found);
      if (!found->told || found->why)
        continue;
      int fd = found->fd;
      found->fd = -1;
      if (0 <= fd)
        begin_measure (p, fd, fd);
      else
        timer_set (&p->process.events, &p->timer, ARRIVAL_LIMIT,
                   not_arrived, p);
      return true;
    }
  return false;
}

static void
measure_next (struct probe *p)
{
  while (p->direction != THROUGH_LOGIN)
    {
      if (measure_candidate (p))
        return;
      if (p->number == TRIALS_MAX && !p->found[p->direction][0].told)
        add_untried (p);
      p->direction++;
      p->number = 0;
    }
  measure_login (p);
}

/* Measure as soon as all has been tried.  */
static void
begin_if_ready (struct probe *p)
{
  if (p->begun || !p->tried_all[REMOTE_TO_LOCAL]
      || !p->tried_all[LOCAL_TO_REMOTE])
    return;
  p->begun = true;
  timer_clear (&p->process.events, &p->timer);
  measure_next (p);
}

static void
on_tried (void *context, unsigned number, struct trial *trial)
{
  struct probe *p = context;
  p->found[LOCAL_TO_REMOTE][number] = (struct found) {
    .told = true, .address = xstrdup (trial->address),
    .why = *trial->why ? xstrdup (trial->why) : NULL, .fd = trial->fd,
    .connect_time = trial->connect_time, .segment = trial->segment
  };
  trial->fd = -1;
}

static void
on_tried_all (void *context)
{
  struct probe *p = context;
  p->tried_all[LOCAL_TO_REMOTE] = true;
  begin_if_ready (p);
}

static void
on_arrived (void *context, unsigned number, int fd)
{
  struct probe *p = context;
  struct found *found = &p->found[REMOTE_TO_LOCAL][number];
  if (p->begun && p->direction == REMOTE_TO_LOCAL && p->number == number
      && p->timer.set)
    {
      timer_clear (&p->process.events, &p->timer);
      begin_measure (p, fd, fd);
    }
  else if (p->begun && (REMOTE_TO_LOCAL < p->direction
                        || number <= p->number))
    /* Too late.  */
    close (fd);
  else
    found->fd = fd;
}

/* The agent reports the result of one of its candidates.  Return whether that
   is valid.  */
static bool
on_probed (struct probe *p, struct message const *message)
{
  uint64_t number, value;
  if (p->tried_all[REMOTE_TO_LOCAL])
    return false;
  if (!message_number (message, KEY_CHANNEL, &number))
    {
      p->tried_all[REMOTE_TO_LOCAL] = true;
      begin_if_ready (p);
      return true;
    }
  if (TRIALS_MAX <= number || p->found[REMOTE_TO_LOCAL][number].told)
    return false;
  struct found *found = &p->found[REMOTE_TO_LOCAL][number];
  found->told = true;
  found->address = message_text (message, KEY_ADDRESS, 0);
  found->why = message_text (message, KEY_TEXT, 0);
  if (message_number (message, KEY_TIME, &value) && value < INT32_MAX)
    found->connect_time = value;
  if (message_number (message, KEY_SEGMENT, &value) && value <= UINT16_MAX)
    found->segment = value;
  return found->address != NULL;
}

/* The agent's offer, with what it reports of its host.  */
static void
on_offer (struct probe *p, struct message const *message)
{
  struct offer offer;
  struct run const *run = p->sessions.run;
  offer_get (&offer, message);
  /* The user wants only this host to listen.  */
  if (p->session.host->listeners == LISTEN_LOCAL)
    offer.port4 = offer.port6 = 0;
  probe_host_get (&p->report.remote, message);
  scout_try (&p->scout, SIDE_LOCAL, run->family, &offer,
             run->timeout * INT64_C (1000));
  offer_free (&offer);
}

static bool
on_message (void *context, struct session *session,
              struct message const *message)
{
  struct probe *p = context;
  (void) session;
  if (!p->session.answered)
    return false;
  switch (message->type)
    {
    case MESSAGE_OFFER:
      if (p->report.remote.system || p->scout.count != 0)
        return false;
      on_offer (p, message);
      return true;
    case MESSAGE_PROBED:
      return on_probed (p, message);
    case MESSAGE_CREDIT:
      return mux_credit (&p->session.mux, message);
    default:
      return false;
    }
}

static void
agent_too_slow (void *context)
{
  struct probe *p = context;
  sessions_fail (&p->sessions, "lost contact with %s: it does not tell what"
                 " it tried", session_host (&p->session));
}

/* Nothing has arrived from the agent for too long.  */
static void
on_silence (void *context)
{
  struct probe *p = context;
  char why[80];
  snprintf (why, sizeof why, "it has been silent for %d seconds",
            p->sessions.run->dead_peer);
  session_lose (&p->session, why);
}

static void
on_answered (void *context, struct session *session, unsigned min,
               unsigned max, char const *version)
{
  struct probe *p = context;
  (void) session;
  p->login_time = sessions_seconds (&p->sessions);
  probe_host_speaks (&p->report.remote, min, max, version);
  control_watch (&p->session.control,
                 p->sessions.run->dead_peer * INT64_C (1000), on_silence, p);
  timer_set (&p->process.events, &p->timer, AGENT_LIMIT, agent_too_slow, p);
}

static void
let_go (void *context)
{
  struct probe *p = context;
  timer_clear (&p->process.events, &p->timer);
  measure_stop (&p->measure);
  scout_close (&p->scout);
  for (int i = 0; i < 2; i++)
    for (int j = 0; j < TRIALS_MAX; j++)
      {
        struct found *found = &p->found[i][j];
        free (found->address);
        free (found->why);
        if (0 <= found->fd)
          close (found->fd);
        *found = (struct found) { .fd = -1 };
      }
}

/* The session closes.  */
static void
on_closing (void *context, struct session *session)
{
  (void) session;
  let_go (context);
}

static void
on_failed (void *context)
{
  struct probe *p = context;
  session_finish (&p->session);
}

static void
on_children (void *context)
{
  struct probe *p = context;
  session_reap (&p->session);
  children_reap_orphans ();
}

static void
on_signal (void *context, int sig)
{
  struct probe *p = context;
  if (p->sessions.signal == 0)
    p->sessions.signal = sig;
  session_finish (&p->session);
  session_signal (&p->session, sig);
}

/* The channels that the login carries in a probe have no ends.  */
static void
on_channel (void *context, unsigned channel)
{
  (void) context, (void) channel;
}

static void
on_channel_failed (void *context, unsigned channel, int error)
{
  struct probe *p = context;
  (void) channel;
  sessions_fail (&p->sessions, "cannot measure the login: %s",
                 strerror (error));
}

/* Add what is offered to the agent to *MESSAGE.  */
static void
put_task (struct task *task, struct task_link *link,
          struct offer const *offer, struct message_builder *message)
{
  struct message_builder fields;
  message_begin (&fields, MESSAGE_OFFER);
  offer_put (offer, &fields);
  message_finish (&fields);
  struct message body;
  message_begin (message, MESSAGE_PROBE);
  if (0 < message_parse (fields.bytes, fields.length, &body))
    {
      link->offer = xmemdup (body.body, body.length);
      link->offer_length = body.length;
    }
  message_wipe (&fields);
  task->links = link;
  task->link_count = 1;
  task_put (task, message);
}

/* Listen, start the login, and send the agent its task.  Return whether this
   succeeded; if not, it has been reported why.  */
static bool
begin (struct probe *p)
{
  struct run const *run = p->sessions.run;
  struct run_host const *host = p->session.host;
  struct scout_hooks const hooks = {
    .context = p, .tried = on_tried, .tried_all = on_tried_all,
    .arrived = on_arrived
  };
  struct net_choice net = {
    .family = run->family, .port_low = host->port_low,
    .port_high = host->port_high
  };
  struct task task = {
    .dead_peer = run->dead_peer, .wait_for_writers = -1, .name_after = -1,
    .net = { .family = run->family }
  };
  struct task_link link = {
    .decider = true, .fallback = true,
    .listen = host->listeners != LISTEN_LOCAL, .dial = true,
    .to_leader = true, .port_low = host->port_low,
    .port_high = host->port_high, .timeout = run->timeout * INT64_C (1000)
  };
  struct offer offer;
  proof_random (link.secret, sizeof link.secret);
  scout_open (&p->scout, &p->process.events, link.secret, false, &hooks);
  bool good = scout_offer (&p->scout, host->listeners == LISTEN_REMOTE
                           ? NULL : &net, host->address, &offer) == 0;
  if (!good)
    {
      char why[200];
      listener_explain (&net, errno, why, sizeof why);
      complain ("%s", why);
    }
  good = good && session_start (&p->session, NULL);
  if (good)
    {
      struct message_builder message;
      put_task (&task, &link, &offer, &message);
      control_send_first (&p->session.control, &message);
    }
  offer_free (&offer);
  task_link_free (&link);
  return good;
}

/* Print what was found.  Return the exit status.  */
static int
report (struct probe *p)
{
  struct probe_report *r = &p->report;
  r->run = p->sessions.run;
  r->remote.name = copy (p->session.nodename);
  probe_host_look (&r->local);
  probe_host_speaks (&r->local, PROTOCOL_MIN, PROTOCOL_MAX, PACKAGE_VERSION);
  /* That reports a failure to write.  */
  atexit (close_stdout);
  if (r->run->purpose == PURPOSE_PROBE_JSON)
    probe_print_json (r);
  else
    probe_print_table (r);
  for (size_t i = 0; i < r->count; i++)
    if (r->routes[i].why == NULL)
      return EXIT_SUCCESS;
  complain ("no route to %s works", session_host (&p->session));
  return EXIT_OWN_FAILURE;
}

static void
open_process (struct probe *p, struct run const *run)
{
  struct process_hooks const hooks = {
    .context = p, .children = on_children, .signal = on_signal
  };
  struct session_hooks const session_hooks = {
    .context = p, .answered = on_answered, .message = on_message,
    .closing = on_closing, .failed = on_failed
  };
  struct mux_out_hooks const mux_hooks = {
    .context = p, .closed = on_channel, .drained = on_channel,
    .failed = on_channel_failed
  };
  process_open (&p->process, &hooks);
  p->process.own_session = run->batch;
  p->process.own_groups = run->batch || !foreground_has_terminal ();
  sessions_open (&p->sessions, &p->process, run, &session_hooks, &mux_hooks);
  session_open (&p->session, &p->sessions, 1);
}

int
probe_main (struct run const *run)
{
  int status = foreground_check (run);
  diagnose_level (run->level);
  if (status != 0)
    return status;
  struct probe *p = xzalloc (sizeof *p);
  for (int i = 0; i < TRIALS_MAX; i++)
    p->found[0][i].fd = p->found[1][i].fd = -1;
  status = EXIT_OWN_FAILURE;
  open_process (p, run);
  if (begin (p))
    {
      while (!session_is_over (&p->session))
        events_step (&p->process.events);
      if (p->finished && !p->sessions.failed && p->sessions.signal == 0)
        status = report (p);
    }
  int sig = p->sessions.signal;
  let_go (p);
  probe_report_free (&p->report);
  session_close (&p->session);
  process_close (&p->process);
  free (p);
  if (sig != 0)
    foreground_die (sig);
  return status;
}
