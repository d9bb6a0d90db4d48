/* What one end of a channel knows about how it goes.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Theory of operation.  It is the kernel that knows; nothing is counted here
   but what the mux counts of a channel through the login, and what relays
   count where the kernel does not.  If neither host would know, the local side
   puts a relay there for that (supervisor.h: needs_count).  What the
   reading end's command has taken is what a channel has come to; what the
   channel waited for is in the accounts of the writing end.  The agent tells
   of its ends by MESSAGE_METER, as often as the order says, and once more
   when both ends of a channel are over; that is the last one of it.  */

#ifndef METER_H
# define METER_H 1

# include <stdbool.h>
# include <stdint.h>

# include "base/events.h"
# include "wire/message.h"
# include "worker/supervisor.h"
# include "base/system.h"

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

/* Read what our end of CHANNEL knows into *METER.  A system call or two.  */
extern void meter_read (struct supervisor const *supervisor,
                        unsigned channel, struct meter *meter);

/* Return the bits 1 << CHANNEL of the channels of which our end knows how much
   has gone through.  */
extern uint64_t meters_that_count (struct supervisor const *supervisor);

/* Add *METER to a MESSAGE_METER, or take it from one.  */
extern void meter_put (struct meter const *meter,
                       struct message_builder *message);
extern void meter_get (struct meter *meter, struct message const *message);

/* Whoever tells the other side.  Zero it before its first use.  */
struct metering
{
  struct supervisor *supervisor;        /* NULL = nobody has asked */
  int64_t interval;             /* ms */
  bool told_last[CHANNELS_MAX];
  struct timer timer;
};

/* Tell the other side of our ends of all channels every INTERVAL ms from now
   on.  */
extern void metering_start (struct metering *metering,
                            struct supervisor *supervisor, int64_t interval);

/* An end of a channel may just have become over: tell, if both are.  */
extern void metering_look (struct metering *metering);

#endif
