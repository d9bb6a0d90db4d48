/* Whether a channel is in trouble while commands are on it.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   The supervisor looks from time to time.  Each of these notes in the channel
   since when it has been so.  */

#ifndef CHANNEL_WATCH_H
# define CHANNEL_WATCH_H 1

# include <stdbool.h>
# include <stdint.h>

# include "data/channel.h"

/* Look after the connection at the time NOW, in ms.  Return whether it has
   been in trouble for LIMIT ms: nothing comes back from the other host.  */
extern bool channel_in_trouble (struct channel *channel, int64_t now,
                                int64_t limit);

/* Return whether at the time NOW, in ms, the connection has been broken for
   a while without a reason: the reading end's command met an error, and the
   writing end's supervisor, who would know why, has not told of its end.  */
extern bool channel_broke (struct channel *channel, int64_t now);

/* Return whether at the time NOW, in ms, the connection should have been reset
   for a while: our reader's writer has not come to a good end, but the reader
   has not been told so.  It is not by a system that does it only when nobody
   holds the connection any more, or by somebody on the way who keeps it from
   us.  */
extern bool channel_cut_is_overdue (struct channel *channel, int64_t now);

/* Return whether at the time NOW, in ms, nothing has gone through the
   connection for LIMIT ms; no where that is not counted.  */
extern bool channel_is_quiet (struct channel *channel, int64_t now,
                              int64_t limit);

#endif
