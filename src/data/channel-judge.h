/* The result of a channel's reader, by the traces that it left.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   These only look: nothing is read from the connection or written to it.  */

#ifndef CHANNEL_JUDGE_H
# define CHANNEL_JUDGE_H 1

# include <stdbool.h>

# include "data/channel.h"
# include "tcp-meter.h"

/* Reading end, whose command is over: return whether it cannot be told yet if
   that met an error, where the kernel opens the records: there is something
   that is not a whole one, and may never be.  */
extern bool channel_is_undecided (struct channel const *channel);

/* Reading end that no command has any more: return its result.  */
extern enum channel_outcome
channel_judge_reader (struct channel const *channel);

#endif
