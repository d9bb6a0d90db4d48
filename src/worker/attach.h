/* How the stages of one host get on their ends of the channels.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef ATTACH_H
# define ATTACH_H 1

# include <stdbool.h>

# include "worker/supervisor.h"

/* Put the relays in place that our end of channel NUMBER needs, and start
   them.  Return what the end gives its UNIT: the channel's own descriptor, or
   one of the relays', which is put into *OURS to be closed once the unit has
   it.  Return -1 with errno set when that fails.  */
extern int attach_channel (struct supervisor *supervisor, int number,
                           struct unit const *unit, int *ours);

/* The unit has its end of the stage pipe of channel NUMBER, if that is
   carried; ours would keep it from its end of file, or from SIGPIPE.  */
extern void attach_give_away (struct supervisor *supervisor, int number);

#endif
