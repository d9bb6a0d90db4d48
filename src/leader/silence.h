/* Whether the remote hosts that have no channel with this one are still there.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   The worker here watches the hosts at the other ends of its links, by their
   connections and their logins.  A host whose links are all with other remote
   hosts has nothing here but its login, and is watched by that: it is lost
   when the run's time for that passes without a sign of life.  While a host
   that does give signs has an open end of a direct channel with it, that one
   is the judge: a login alone may be stopped.  */

#ifndef SILENCE_H
# define SILENCE_H 1

# include "leader/hosts.h"

/* Begin to watch these hosts.  May be called again.  */
extern void silence_watch (struct leader *leader);

/* Stop that.  */
extern void silence_ignore (struct leader *leader);

#endif
