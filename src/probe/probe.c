/* A probe, on the side that the user starts: how good are the routes?
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "probe/probe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "closeout.h"
#include "base/diagnose.h"
#include "worker/order.h"
#include "probe/probe-carry.h"
#include "probe/probe-measure.h"
#include "probe/probe-report.h"
#include "probe/probe-scout.h"
#include "leader/session.h"
#include "xalloc.h"

/* Times, in ms.  */
enum
{
  AGENT_LIMIT = 15000,          /* for the agent to have tried everything */
  ARRIVAL_LIMIT = 1000          /* for the last word of a proof, after that */
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
  measure_begin (&p->measure, &p->session.s.events, in, out, measured, p);
}

static void
measure_login (struct probe *p)
{
  struct message_builder message;
  struct supervisor *s = &p->session.s;
  int in, out;
  message_begin (&message, MESSAGE_ROUTE);
  control_send (&s->control, &message);
  if (carry_both (&s->mux, false, &in, &out) == 0)
    begin_measure (p, in, out);
  else
    session_fail (&p->session, "cannot make a pipe: %s", strerror (errno));
}

/* The other end says that the candidate works, but it never came.  */
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
  enum listeners listeners = p->session.run->listeners;
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
        timer_set (&p->session.s.events, &p->timer, ARRIVAL_LIMIT,
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
  timer_clear (&p->session.s.events, &p->timer);
  measure_next (p);
}

static void
take_tried (void *context, unsigned number, struct trial *trial)
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
take_tried_all (void *context)
{
  struct probe *p = context;
  p->tried_all[LOCAL_TO_REMOTE] = true;
  begin_if_ready (p);
}

static void
take_arrived (void *context, unsigned number, int fd)
{
  struct probe *p = context;
  struct found *found = &p->found[REMOTE_TO_LOCAL][number];
  if (p->begun && p->direction == REMOTE_TO_LOCAL && p->number == number
      && p->timer.set)
    {
      timer_clear (&p->session.s.events, &p->timer);
      begin_measure (p, fd, fd);
    }
  else if (p->begun && (REMOTE_TO_LOCAL < p->direction
                        || number <= p->number))
    /* Too late.  */
    close (fd);
  else
    found->fd = fd;
}

/* The agent has told how its candidate did.  Return whether that makes
   sense.  */
static bool
take_probed (struct probe *p, struct message const *message)
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

/* The agent has told where it listens, and what it is.  */
static void
take_offer (struct probe *p, struct message const *message)
{
  struct offer offer;
  struct run const *run = p->session.run;
  offer_get (&offer, message);
  probe_host_get (&p->report.remote, message);
  scout_try (&p->scout, SIDE_LOCAL, &offer, run->timeout * INT64_C (1000));
  offer_free (&offer);
}

static bool
take_message (void *context, struct message const *message)
{
  struct probe *p = context;
  if (!p->session.answered)
    return false;
  switch (message->type)
    {
    case MESSAGE_OFFER:
      if (p->report.remote.system || p->scout.count != 0)
        return false;
      take_offer (p, message);
      return true;
    case MESSAGE_PROBED:
      return take_probed (p, message);
    default:
      return false;
    }
}

static void
agent_too_slow (void *context)
{
  struct probe *p = context;
  session_fail (&p->session, "lost contact with %s: it does not tell what it "
                "tried", session_host (&p->session));
}

static void
take_answered (void *context, unsigned min, unsigned max,
               char const *version)
{
  struct probe *p = context;
  p->login_time = session_seconds (&p->session);
  probe_host_speaks (&p->report.remote, min, max, version);
  timer_set (&p->session.s.events, &p->timer, AGENT_LIMIT, agent_too_slow, p);
}

static void
let_go (void *context)
{
  struct probe *p = context;
  timer_clear (&p->session.s.events, &p->timer);
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

/* Listen, and put into *ORDER where.  */
static bool
fill_order (struct probe *p, struct order *order)
{
  struct run const *run = p->session.run;
  struct scout_hooks const hooks = {
    .context = p, .tried = take_tried, .tried_all = take_tried_all,
    .arrived = take_arrived
  };
  *order = (struct order) {
    .in = -1, .out = -1, .dead_peer = run->dead_peer,
    .timeout = run->timeout * INT64_C (1000), .fallback = true,
    .listen = run->listeners != LISTEN_LOCAL,
    .net = { .family = run->family, .port_low = run->port_low,
             .port_high = run->port_high }
  };
  proof_random (order->secret, sizeof order->secret);
  scout_open (&p->scout, &p->session.s.events, order->secret, false, &hooks);
  struct net_choice const *choice = (run->listeners == LISTEN_REMOTE ? NULL
                                     : &order->net);
  if (scout_offer (&p->scout, choice, run->host, &order->offer) == 0)
    return true;
  char why[200];
  listener_explain (&order->net, errno, why, sizeof why);
  complain ("%s", why);
  return false;
}

static bool
begin (struct probe *p)
{
  struct order order;
  bool good = fill_order (p, &order) && session_start (&p->session, NULL);
  if (good)
    {
      struct message_builder message;
      message_begin (&message, MESSAGE_PROBE);
      order_put (&order, &message);
      control_send_first (&p->session.s.control, &message);
    }
  order_free (&order);
  return good;
}

/* Print what was found.  Return the exit status.  */
static int
report (struct probe *p)
{
  struct probe_report *r = &p->report;
  r->run = p->session.run;
  r->remote.name = copy (p->session.host);
  probe_host_look (&r->local);
  probe_host_speaks (&r->local, PROTOCOL_MIN, PROTOCOL_MAX, PACKAGE_VERSION);
  /* A failure to write is told by that.  */
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

int
probe_main (struct run const *run)
{
  struct probe *p = xzalloc (sizeof *p);
  struct session_hooks const hooks = {
    .context = p, .answered = take_answered, .message = take_message,
    .closing = let_go
  };
  diagnose_level (run->level);
  for (int i = 0; i < TRIALS_MAX; i++)
    p->found[0][i].fd = p->found[1][i].fd = -1;
  int status = session_open (&p->session, run, &hooks);
  if (status != 0)
    {
      free (p);
      return status;
    }
  status = EXIT_OWN_FAILURE;
  if (begin (p))
    {
      while (!session_over (&p->session))
        events_step (&p->session.s.events);
      if (p->finished && !p->session.failed && p->session.signal == 0)
        status = report (p);
    }
  let_go (p);
  probe_report_free (&p->report);
  session_close (&p->session);
  free (p);
  return status;
}
