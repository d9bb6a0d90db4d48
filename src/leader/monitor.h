/* What the user sees of the flow while a run is in progress.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Theory of operation.  The workers tell twice a second how far their ends of
   the channels are (meter.h), if the user wants to see progress or
   statistics.  Otherwise the worker on this host does so when a signal asks,
   and then only its own ends are known.  What the reading stage has taken is
   how far a channel is; where that is not counted, what the reading host has
   taken.  */

#ifndef MONITOR_H
# define MONITOR_H 1

# include <stdbool.h>
# include <stdint.h>

# include "base/events.h"
# include "base/signals.h"
# include "leader/facts.h"
# include "report/bottleneck.h"
# include "report/flow.h"
# include "report/progress.h"
# include "run.h"
# include "wire/message.h"
# include "worker/meter.h"

struct monitor_channel
{
  struct flow flow;
  uint64_t size;                /* that it will have; 0 = not known */
  struct meter ends[2];         /* as told last */
  bool over;                    /* both ends are */
  bool exact;                   /* FLOW is over, and its bytes are certain */
};

struct monitor
{
  bool open;
  struct events *events;
  struct run const *run;
  bool metered;                 /* the workers have been asked to tell */
  bool heard;                   /* ... and do, those of other hosts as well */
  bool shown;                   /* progress is to be seen */
  bool asked;                   /* a line is to be printed when the worker here
                                   has told how far it is */
  struct progress progress;
  struct monitor_channel *channels;
  bool begun;
  int64_t start;                /* when the local stages started */
  struct timer draw_timer;
  struct timer line_timer;
  struct timer last_timer;
  bool gave_up;                 /* there is no last word */
};

/* What is known at the end of a channel.  */
struct monitor_account
{
  bool counted;
  uint64_t bytes;
  int64_t time;                 /* us; negative = not known */
  struct waits waits;
};

/* Return how often the workers are to tell for RUN, in ms; 0 = not at all.  */
extern int64_t monitor_interval (struct run const *run);

/* Make *MONITOR that of RUN, and its progress the one of this process.  */
extern void monitor_open (struct monitor *monitor, struct events *events,
                          struct run const *run);

/* The writing stage of CHANNEL has begun; all local stages have.  */
extern void monitor_begin_channel (struct monitor *monitor,
                                   unsigned channel);
extern void monitor_begin (struct monitor *monitor);

/* Take the MESSAGE_METER *MESSAGE, about the end END of CHANNEL, from another
   host, or with HERE from this one.  */
extern void monitor_on_meter (struct monitor *monitor, unsigned channel,
                              int end, bool here,
                              struct message const *message);

/* The window has another size; the user asks how far it is.  Return true if
   the worker here is to be asked, and monitor_answer to be called when it has
   answered.  */
extern bool monitor_on_notice (struct monitor *monitor, enum notice notice);
extern void monitor_answer (struct monitor *monitor);

/* Both ends of CHANNEL are over, as ENDS says.  */
extern void monitor_end_channel (struct monitor *monitor, unsigned channel,
                                 struct channel_end const *ends);

/* All channels are over.  Return whether it is worth to wait a little for the
   workers' last word on them.  Sets a timer that ends this.  */
extern bool monitor_waits (struct monitor *monitor);

/* Return what is known of CHANNEL.  */
extern struct monitor_account monitor_account (struct monitor const *monitor,
                                               unsigned channel);

/* Show the end of it, and nothing more.  May be called again.  */
extern void monitor_close (struct monitor *monitor);

/* Free what is held.  */
extern void monitor_free (struct monitor *monitor);

#endif
