/* What a pipeline waited for.  Pure.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Each channel has an account of its waits (meter.h).  Where a stage reads
   from one channel and writes to another, the first may have waited for the
   stage only because the stage waited for the second; so the waits of the
   second are subtracted.  And the time that the second waited for the stage to
   write, while the first was still busy, belongs to the first.

   Data in flight delays nothing as long as the writer has nothing more to
   send: a network that is too slow always has data waiting for it.  So the
   time that the channel waited for its writer is subtracted from the
   network's.  */

#ifndef BOTTLENECK_H
# define BOTTLENECK_H 1

# include <stdbool.h>
# include <stddef.h>
# include <stdint.h>

enum wait
{
  WAIT_WRITER,                  /* there was nothing to send */
  WAIT_NETWORK,                 /* ... or what limits the rate */
  WAIT_BUFFER,                  /* no room in the send queue */
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
  enum wait wait;               /* what it waited for */
  double share;                 /* of its time, 0 to 1 */
};

/* Return the whole time of the account.  */
extern uint64_t waits_total (struct waits const *waits);

/* Find the bottleneck of the COUNT channels in pipeline order whose accounts
   are CHANNELS.  It is unknown when all accounts are.  */
extern struct bottleneck bottleneck_find (struct waits const *channels,
                                          size_t count);

#endif
