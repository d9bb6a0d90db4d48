/* What the user sees of the flow while a run goes on.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Theory of operation.  Twice a second the view reads the meters of this
   host's ends, and takes what the agent tells of its own (meter.h), for
   who wants to see progress or statistics.  Without either it does so only
   when a signal asks, and then knows of its own ends alone.  What the
   reading stage has taken is how far a channel is; where nobody can tell, what
   the reading host has taken.  */

#ifndef VIEW_H
# define VIEW_H 1

# include <stdbool.h>
# include <stdint.h>

# include "report/bottleneck.h"
# include "base/events.h"
# include "report/flow.h"
# include "wire/message.h"
# include "worker/meter.h"
# include "report/progress.h"
# include "run.h"
# include "base/signals.h"
# include "worker/supervisor.h"

struct view_channel
{
  struct flow flow;
  uint64_t size;                /* that it will have; 0 = not known */
  struct meter here;
  struct meter there;           /* as the agent told last */
  bool exact;                   /* FLOW is over, and its bytes are certain */
};

struct view
{
  bool open;
  struct supervisor *supervisor;
  bool metered;                 /* the agent has been asked to tell */
  bool heard;                   /* ... and does */
  bool shown;                   /* progress is to be seen */
  bool input_shown;             /* ... that of the channels */
  bool output_shown;
  struct progress progress;
  struct view_channel channels[CHANNELS_MAX];
  bool begun;
  int64_t start;                /* when the local commands started */
  struct timer sample_timer;
  struct timer line_timer;
  struct timer last_timer;
  bool gave_up;                 /* the agent has no last word */
};

/* What has come of a channel.  */
struct view_account
{
  bool counted;
  uint64_t bytes;
  int64_t time;                 /* us; negative = not known */
  struct waits waits;
};

/* Return how often the agent is to tell for RUN, in ms; 0 = not at all.  */
extern int64_t view_interval (struct run const *run);

/* Make *VIEW that of RUN, and its progress the one of this process.  */
extern void view_open (struct view *view, struct run const *run,
                       struct supervisor *supervisor);

/* The writing stage of CHANNEL has begun; all local stages have.  */
extern void view_begin_channel (struct view *view, unsigned channel);
extern void view_begin (struct view *view);

/* Take a MESSAGE_METER.  Return whether it made sense.  */
extern bool view_take (struct view *view, struct message const *message);

/* NOTICE has come: show what it asks for.  */
extern void view_notice (struct view *view, enum notice notice);

/* Something has happened: look whether a channel is over.  */
extern void view_look (struct view *view);

/* All channels are over.  Return whether it is worth to wait a little for the
   agent's last word on them.  Sets a timer that ends this.  */
extern bool view_waits (struct view *view);

/* Return what has come of CHANNEL.  */
extern struct view_account view_account (struct view const *view,
                                         unsigned channel);

/* Show the end of it, and nothing more.  May be called again.  */
extern void view_close (struct view *view);

#endif
