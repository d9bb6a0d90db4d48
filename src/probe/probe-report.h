/* What a probe has found.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef PROBE_REPORT_H
# define PROBE_REPORT_H 1

# include <stdbool.h>
# include <stddef.h>

# include "probe/probe-host.h"
# include "run.h"

enum direction { REMOTE_TO_LOCAL, LOCAL_TO_REMOTE, THROUGH_LOGIN };

/* A route and its result.  */
struct probe_route
{
  enum direction direction;
  char *address;                /* "192.0.2.1 port 4000", a host's name, or
                                   NULL; malloc'ed */
  char *why;                    /* it failed; malloc'ed, NULL = it works */
  double connect_time;          /* seconds; -1 = unknown */
  int segment;                  /* larger ones are lost; 0 = any */
  double round_trip;            /* seconds; -1 = unknown */
  double to;                    /* bytes per second; 0 = unknown */
  double from;
};

struct probe_report
{
  struct run const *run;
  struct probe_host local;
  struct probe_host remote;
  struct probe_route *routes;   /* malloc'ed; best first in each direction */
  size_t count;
};

/* Add a route in DIRECTION to ADDRESS, which is copied and may be NULL.
   Return it; it is good until the next one is added.  */
extern struct probe_route *probe_add_route (struct probe_report *report,
                                            enum direction direction,
                                            char const *address);

/* ROUTE fails because of WHY, which is copied.  */
extern void probe_route_fails (struct probe_route *route, char const *why);

/* Return the name of DIRECTION.  */
extern char const *direction_name (enum direction direction);

/* Free what *REPORT holds.  */
extern void probe_report_free (struct probe_report *report);

#endif
