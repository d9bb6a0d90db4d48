/* What a pipeline spent its time on.  Pure.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Each channel has an account of what it waited for (meter.h).  Where a stage
   reads from one and writes to another, the first may have waited for it only
   because it waited for the second; so what the second waited for, behind it,
   is taken off.  And what the second waited for the stage to write, while the
   first one was still at work, is the first one's.

   Bytes that are on their way hold nobody up as long as the writer has nothing
   more to send: a network that is too slow always has something waiting for
   it.  So there is as much less to blame it for as the writer was waited
   for.  */

#ifndef BOTTLENECK_H
# define BOTTLENECK_H 1

# include <stdbool.h>
# include <stddef.h>
# include <stdint.h>

enum wait
{
  WAIT_WRITER,                  /* there was nothing to send */
  WAIT_NETWORK,                 /* ... or what limits the rate */
  WAIT_BUFFER,                  /* no room for what is sent */
  WAIT_READER,                  /* no room at the other end */
  WAITS                         /* one more than the last */
};

/* The account of a channel, in us.  */
struct waits
{
  bool known;
  uint64_t on[WAITS];
};

struct bottleneck
{
  bool known;
  size_t channel;               /* its place in the list */
  enum wait wait;               /* for what that one waited */
  double share;                 /* of its time, 0 to 1 */
};

/* Return the whole time of the account.  */
extern uint64_t waits_total (struct waits const *waits);

/* Find the bottleneck of the COUNT channels in pipeline order whose accounts
   are CHANNELS.  It is not known when no account is.  */
extern struct bottleneck bottleneck_find (struct waits const *channels,
                                          size_t count);

#endif
