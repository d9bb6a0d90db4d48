/* A probe, on the side that the user starts: how good are the routes?
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Theory of operation.  Both ends try all candidates of each other, at the
   same time (probe-scout.h); the agent reports its results.  The
   connections that work stay open.  When all have been tried, this side
   measures them, one after the other (probe-measure.h), and then the login,
   which carries two channels for that.  */

#ifndef PROBE_H
# define PROBE_H 1

# include "run.h"

/* Probe the routes to the other host of RUN, and print the results.  Return
   the exit status.  */
extern int probe_main (struct run const *run);

#endif
