/* What the files of the supervisor share.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   For supervisor.c, which starts and watches, supervisor-meet.c, which puts
   stages on their channels, supervisor-leave.c, which takes them off, and
   supervisor-end.c, which ends them.  */

#ifndef SUPERVISOR_PART_H
# define SUPERVISOR_PART_H 1

# include <stdbool.h>

# include "worker/supervisor.h"

/* Return what our end of channel NUMBER gives its stage, which is a FILTER or
   a relay, or else only writes: the channel's own descriptor, or one of a chain, which is started
   and *OURS, to be closed, then.  Return -1 with errno set when that
   fails.  */
extern int meet_channel (struct supervisor *supervisor, int number,
                         bool filter, int *ours);

/* The stage has its end of the pipe of channel NUMBER, if that is carried;
   ours would keep it from its end of file, or from SIGPIPE.  */
extern void give_away (struct supervisor *supervisor, int number);

/* The command on our end of channel NUMBER is over.  FAILED says that what it
   wrote may be incomplete, BY_SIGPIPE that it died of that signal.  A writer's
   end may come to its outcome later, when all is on its way.  */
extern void leave_channel (struct supervisor *supervisor, int number,
                           bool failed, bool by_sigpipe);

/* The hooks of the mux: no process has the pipe of channel NUMBER's writer any
   more; all that was written is on its way; what was written cannot be
   carried, for the reason ERROR.  */
extern void carried_closed (void *context, unsigned number);
extern void carried_all (void *context, unsigned number);
extern void carried_failed (void *context, unsigned number, int error);

/* The reader on channel NUMBER, which has a stage pipe, must not take what it has
   for the whole.  */
extern void cut_reader (struct supervisor *supervisor, int number);

/* Return whether something stands between our end of channel NUMBER and its
   command.  */
extern bool has_relays (struct supervisor const *supervisor, int number);

/* Reap the relays that have ended.  */
extern void reap_chains (struct supervisor *supervisor);

/* The other end of channel NUMBER is over.  */
extern void take_peer_end (struct supervisor *supervisor, int number,
                           struct channel_end const *end);

#endif
