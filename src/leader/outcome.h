/* How a run ended: from what the leader was told to the exit status.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef OUTCOME_H
# define OUTCOME_H 1

# include "leader/facts.h"

/* Report on standard error what failed in the run of *FACTS, whose results are
   completed by what the channels have to do with them.  FAILED says that it
   failed by our own fault, which has been reported.  Return the exit status;
   or minus SIGPIPE, when this process should die of that like a filter whose
   reader is gone.  */
extern int outcome_report (struct facts *facts, bool failed);

#endif
