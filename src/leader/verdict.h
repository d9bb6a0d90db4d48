/* How the run of three stages ended, as the local side sees it.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef VERDICT_H
# define VERDICT_H 1

# include "report/report.h"
# include "run.h"
# include "worker/supervisor.h"

/* Places of the stages in the pipeline.  */
enum { INPUT, REMOTE, OUTPUT };

/* Numbers of the channels.  */
enum { CHANNEL_OUTPUT = 0, CHANNEL_INPUT = 1 };

struct verdict
{
  struct run const *run;
  struct supervisor const *supervisor;
  struct unit const *input;     /* NULL without -i */
  struct unit const *output;
  struct result results[STAGES_MAX];
  char const *host;             /* the remote one's name */
  bool stage_pipes;                  /* readers may have been ended by a signal
                                   because their input was cut */
  bool failed;                  /* by our own fault, which has been said */
};

/* Put into the results who they are of.  */
extern void verdict_name (struct verdict *verdict);

/* Say on standard error what failed.  Return the exit status; or minus
   SIGPIPE, when this process should die of that like a filter whose reader
   is gone.  */
extern int verdict_report (struct verdict *verdict);

/* Free what the results hold.  */
extern void verdict_free (struct verdict *verdict);

#endif
