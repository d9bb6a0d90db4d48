/* Whether the other hosts are still there.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef WATCH_H
# define WATCH_H 1

# include "worker/worker-state.h"

/* Look now, and from now on, whether the other ends of all links are there,
   and say MESSAGE_ERROR when one is not.  */
extern void watch_peers (struct worker *worker);

#endif
