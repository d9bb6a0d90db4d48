/* How the stages of one host get on their ends of the channels.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef ATTACH_H
# define ATTACH_H 1

# include <stdbool.h>

# include "worker/worker-state.h"

/* Put the relays in place that END, which STAGE is on, needs, and start them.
   Return what the end gives the stage: the channel's own descriptor, or one of
   the relays', which is put into *OURS to be closed once the stage has it.
   Return -1 with errno set when that fails.  */
extern int attach_channel (struct worker *worker, struct worker_end *end,
                           struct worker_stage *stage, int *ours);

/* The stage of END, or NULL, has its end of the stage pipe, if it is carried:
   close ours, which would keep it from its end of file, or from SIGPIPE; and
   wipe the keys.  */
extern void attach_release (struct worker_end *end);

/* Let nothing here be sent faster than RATE bytes a second on a channel, from
   now on.  What goes through a login keeps to it only if there was a limit
   from the beginning.  */
extern void attach_limit_rate (struct worker *worker, uint64_t rate);

#endif
