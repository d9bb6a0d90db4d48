/* What one end of a channel knows about how it goes.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Theory of operation.  It is the kernel that knows; nothing is counted here
   but what the mux counts of a channel that a login carries, and what relays
   count where the kernel does not.  If neither host would know, the leader has
   a relay count (KEY_CHANNEL of a MESSAGE_START).  What the reading end's
   command has taken is how far a channel is; what the channel waited for is in
   the account of the writing end.  */

#ifndef METER_H
# define METER_H 1

# include <stdbool.h>
# include <stdint.h>

# include "wire/message.h"
# include "data/end.h"

/* All times are in us.  */
struct meter
{
  bool counted;
  uint64_t bytes;               /* taken by the reading stage; on the writing
                                   end, taken by the other host */
  uint64_t round_trip;          /* 0 = not known */
  bool retransmitted_known;
  uint64_t retransmitted;       /* bytes */
  /* The writing end's account: how long there was nothing to send; the
     network, or a limit on it, was at work; the room for what is sent was too
     small; the reading end had no room.  */
  bool waits_known;
  uint64_t wait_writer;
  uint64_t wait_network;
  uint64_t wait_buffer;
  uint64_t wait_reader;
  bool last;                    /* nothing will change any more */
};

/* Read what END knows into *METER.  A system call or two.  */
extern void meter_read (struct end const *end, struct meter *meter);

/* Add *METER to a MESSAGE_METER, or take it from one.  */
extern void meter_put (struct meter const *meter,
                       struct message_builder *message);
extern void meter_get (struct meter *meter, struct message const *message);

#endif
