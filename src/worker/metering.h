/* What the worker tells the leader of its ends.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   By MESSAGE_METER, as often as the task says, and once more when both ends of
   a channel are over; that is the last one of it.  */

#ifndef METERING_H
# define METERING_H 1

# include "worker/worker-state.h"

/* A stage has started: tell the leader of our ends of all channels, now and
   from now on, if the task says so.  */
extern void metering_start (struct worker *worker);

/* Tell it once, of all ends whose last word it has not had.  */
extern void metering_say_all (struct worker *worker);

/* An end of a channel may just have become over: tell, if both are.  */
extern void metering_look (struct worker *worker);

#endif
