/* Whether a channel is in trouble while commands are on it.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   The worker calls these from time to time.  Each records in the channel since
   when its condition has held.  */

#ifndef CHANNEL_WATCH_H
# define CHANNEL_WATCH_H 1

# include <stdbool.h>
# include <stdint.h>

# include "data/channel.h"

/* Check the connection at the time NOW, in ms.  Return whether it has been in
   trouble for LIMIT ms: the other host does not answer.  */
extern bool channel_in_trouble (struct channel *channel, int64_t now,
                                int64_t limit);

/* Return whether at the time NOW, in ms, the connection has been broken for a
   while without a reason: the reading end's command met an error, and the
   writing end's worker, which would know why, has not reported its end.  */
extern bool channel_broke (struct channel *channel, int64_t now);

/* Return whether at the time NOW, in ms, the connection should have been reset
   for a while: the writer of the reader here has not ended well, but the
   reader has met no error.  Some systems reset a connection only when its last
   holder closes it, and a third party on the path can suppress a reset.  */
extern bool channel_cut_is_overdue (struct channel *channel, int64_t now);

/* Return whether at the time NOW, in ms, no byte has passed the connection for
   LIMIT ms; false where bytes are not counted.  */
extern bool channel_is_quiet (struct channel *channel, int64_t now,
                              int64_t limit);

#endif
