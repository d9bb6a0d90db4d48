/* How one host's share of a run is ended.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "worker/worker.h"

#include "worker/doom.h"
#include "worker/ends.h"

void
worker_end (struct worker *w, int sig, int64_t grace, bool cut)
{
  bool again = w->ending != 0;
  w->ending = sig;
  w->closing = true;
  for (size_t i = 0; i < w->link_count; i++)
    link_stop (w->links[i]);
  if (!again)
    w->holders_doomed = doom_holders (w);
  for (size_t i = 0; i < w->stage_count; i++)
    {
      struct worker_stage *stage = &w->stages[i];
      struct worker_end *out = worker_end_of (w, stage->task.out);
      if (!worker_stage_runs (stage) || stage->doomed)
        continue;
      stage->doomed = true;
      if (out)
        ends_cut (w, out);
    }
  /* What commands left behind has no command any more that would end it.  */
  for (size_t i = 0; i < w->end_count; i++)
    if (w->ends[i]->end.state == END_HELD)
      ends_cut (w, w->ends[i]);
  doom_stages (w, sig, grace, again);
  if (cut)
    ends_cut_all (w);
}
