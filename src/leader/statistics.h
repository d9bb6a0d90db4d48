/* The statistics of a run.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef STATISTICS_H
# define STATISTICS_H 1

# include <stdint.h>

# include "leader/facts.h"
# include "leader/monitor.h"
# include "run.h"

/* monotonic_us of what happened; 0 = not yet.  */
struct moments
{
  int64_t begun;
  int64_t answered;             /* all agents have */
  int64_t connected;            /* all channels are */
  int64_t started;              /* the last stage was */
};

/* Open the file for the statistics of RUN.  Return its descriptor, or -1, and
   the failure has been reported.  */
extern int statistics_open (struct run const *run);

/* Write to FD, which is closed, the statistics of a run that exits with STATUS
   (negative: by that signal), had RATE_LIMIT at its end, and whose hosts have
   the names HOSTS, each of which may be NULL.  Return STATUS; or that of a
   failure of ours, which has been reported, if they cannot be written and
   nothing else has failed.  */
extern int statistics_write (int fd, int status, struct facts const *facts,
                             struct monitor const *monitor,
                             struct moments const *at, uint64_t rate_limit,
                             char const *const *hosts);

#endif
