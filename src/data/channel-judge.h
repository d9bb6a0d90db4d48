/* The result of a channel's reader, by the state that it left.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   These functions read nothing from the connection and write nothing to
   it.  */

#ifndef CHANNEL_JUDGE_H
# define CHANNEL_JUDGE_H 1

# include <stdbool.h>

# include "data/channel.h"
# include "tcp-meter.h"

/* Reading end, whose command has ended, where the kernel opens the records:
   return whether it cannot be decided yet if the command met an error: an
   incomplete record is there, and may stay incomplete.  */
extern bool channel_is_undecided (struct channel const *channel);

/* Reading end without holders: return its result.  */
extern enum channel_outcome
channel_judge_reader (struct channel const *channel);

#endif
