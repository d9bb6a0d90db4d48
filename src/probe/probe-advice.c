/* What to do about what a probe has found.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "probe/probe-advice.h"

#include <stdlib.h>

#include "net/address.h"
#include "quotearg.h"
#include "xalloc.h"
#include "xvasprintf.h"

/* How much faster than the route that a run takes another one has to be.  */
static double const WORTH_IT = 1.5;

static bool
works (struct probe_route const *route)
{
  return route->why == NULL;
}

static double
speed (struct probe_route const *route)
{
  return route->to + route->from;
}

/* Return the fastest direct route that works, or NULL.  */
static struct probe_route const *
fastest (struct probe_report const *report)
{
  struct probe_route const *best = NULL;
  for (size_t i = 0; i < report->count; i++)
    {
      struct probe_route const *route = &report->routes[i];
      if (works (route) && route->direction != THROUGH_LOGIN
          && (best == NULL || speed (best) < speed (route)))
        best = route;
    }
  return best;
}

/* Return the first direct route that works: a run takes this one, as far as
   that can be told, for the remote end tries first.  Or NULL.  */
static struct probe_route const *
taken (struct probe_report const *report)
{
  for (size_t i = 0; i < report->count; i++)
    if (works (&report->routes[i])
        && report->routes[i].direction != THROUGH_LOGIN)
      return &report->routes[i];
  return NULL;
}

/* Return whether something was tried in DIRECTION, and all failed.  */
static bool
in_vain (struct probe_report const *report, enum direction direction)
{
  bool tried = false;
  for (size_t i = 0; i < report->count; i++)
    if (report->routes[i].direction == direction)
      {
        tried = tried || report->routes[i].address != NULL;
        if (works (&report->routes[i]))
          return false;
      }
  return tried;
}

static bool
login_works (struct probe_report const *report)
{
  for (size_t i = 0; i < report->count; i++)
    if (report->routes[i].direction == THROUGH_LOGIN)
      return works (&report->routes[i]);
  return false;
}

/* Return how to name the ports to be opened, malloc'ed.  */
static char *
ports (struct run const *run)
{
  if (run->hosts[1].port_low == 0)
    return xstrdup ("to a port that --port names then");
  if (run->hosts[1].port_low == run->hosts[1].port_high)
    return xasprintf ("to port %d", run->hosts[1].port_low);
  return xasprintf ("to ports %d to %d", run->hosts[1].port_low,
                    run->hosts[1].port_high);
}

/* There is no direct route.  */
static char *
advise_opening (struct probe_report const *report)
{
  char *where = ports (report->run);
  char const *mend = (report->run->hosts[1].address
                      ? "correct the address given with -h"
                      : "name this host with -h as it is seen there");
  char *advice
    = xasprintf ("%s: let a firewall pass TCP connections to one of the "
                 "hosts, %s, or %s",
                 login_works (report)
                 ? "no direct connection can be made, so everything goes "
                   "through the login"
                 : "nothing works", where, mend);
  free (where);
  return advice;
}

static char *
advise_mtu (struct probe_route const *route)
{
  return xasprintf ("large packets are lost on the way, and connections use "
                    "small ones (%d bytes), which is slow: let firewalls "
                    "pass ICMP, or set the MTU of the interface to that of "
                    "the path", route->segment);
}

/* ROUTE is the fastest: how to make a run take it.  */
static char *
advise_better (struct probe_route const *route)
{
  char *host;
  int port;
  char *advice;
  address_split (route->address, &host, &port);
  if (route->direction == LOCAL_TO_REMOTE)
    advice = xasprintf ("the fastest route is local-to-remote: "
                        "--listen=remote makes a run take it");
  else
    advice = xasprintf ("the fastest route is remote-to-local to %s: "
                        "-h %s makes a run take it",
                        quotearg_n_style (0, escape_quoting_style, host),
                        quotearg_n_style (1, escape_quoting_style, host));
  free (host);
  return advice;
}

/* All attempts in the direction DEAD failed.  */
static char *
advise_one_way (struct probe_report const *report, enum direction dead)
{
  bool to_local = dead == REMOTE_TO_LOCAL;
  if (to_local && report->run->hosts[1].address)
    return xstrdup ("a run takes local-to-remote; check the address given "
                    "with -h, which does not lead to this host");
  char *where = ports (report->run);
  char *advice
    = xasprintf ("a run takes %s; --listen=%s avoids useless attempts, or "
                 "let a firewall pass TCP connections to %s host, %s",
                 direction_name (to_local ? LOCAL_TO_REMOTE
                                 : REMOTE_TO_LOCAL),
                 to_local ? "remote" : "local",
                 to_local ? "this" : "the other", where);
  free (where);
  return advice;
}

char *
probe_advice (struct probe_report const *report)
{
  struct probe_route const *best = fastest (report);
  struct probe_route const *first = taken (report);
  if (best == NULL)
    return advise_opening (report);
  if (best->segment != 0)
    return advise_mtu (best);
  if (in_vain (report, REMOTE_TO_LOCAL))
    return advise_one_way (report, REMOTE_TO_LOCAL);
  if (speed (first) * WORTH_IT < speed (best))
    return advise_better (best);
  if (in_vain (report, LOCAL_TO_REMOTE))
    return advise_one_way (report, LOCAL_TO_REMOTE);
  return xasprintf ("nothing to do: a run takes a direct route (%s)",
                    direction_name (first->direction));
}
