/* The agent's share of a probe.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   It tries what it is offered, reports the result of each candidate, and
   serves each connection until the control connection ends: the local side
   decides what is measured, and when.  */

#ifndef PROBE_AGENT_H
# define PROBE_AGENT_H 1

# include <stdbool.h>

# include "base/events.h"
# include "data/mux.h"
# include "wire/control.h"
# include "worker/task.h"

struct probe_agent;

/* Begin with the only link of TASK, on the loop EVENTS, with the other host
   at the other end of CONTROL, which MUX can carry channels on.  Return the
   malloc'ed state, or NULL with the reason in WHY, of SIZE bytes.  */
extern struct probe_agent *probe_agent_begin (struct events *events,
                                              struct control *control,
                                              struct mux *mux,
                                              struct task *task,
                                              char *why, unsigned size);

/* Let the login carry two channels, to be measured.  Return whether that
   was not asked for before, and could be done.  */
extern bool probe_agent_carry (struct probe_agent *agent);

/* Close and free everything; NULL is nothing.  */
extern void probe_agent_end (struct probe_agent *agent);

#endif
