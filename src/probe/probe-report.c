/* What a probe has found.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "probe/probe-report.h"

#include <stdlib.h>

#include "xalloc.h"

char const *
direction_name (enum direction direction)
{
  return (direction == REMOTE_TO_LOCAL ? "remote-to-local"
          : direction == LOCAL_TO_REMOTE ? "local-to-remote" : "login");
}

struct probe_route *
probe_add_route (struct probe_report *report, enum direction direction,
                 char const *address)
{
  report->routes = xnrealloc (report->routes, report->count + 1,
                              sizeof *report->routes);
  struct probe_route *route = &report->routes[report->count++];
  *route = (struct probe_route) {
    .direction = direction, .address = address ? xstrdup (address) : NULL,
    .connect_time = -1, .round_trip = -1
  };
  return route;
}

void
probe_route_fails (struct probe_route *route, char const *why)
{
  free (route->why);
  route->why = xstrdup (why);
}

void
probe_report_free (struct probe_report *report)
{
  for (size_t i = 0; i < report->count; i++)
    {
      free (report->routes[i].address);
      free (report->routes[i].why);
    }
  free (report->routes);
  report->routes = NULL;
  report->count = 0;
  probe_host_free (&report->local);
  probe_host_free (&report->remote);
}
