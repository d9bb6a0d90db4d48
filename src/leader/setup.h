/* From the worker here to running stages everywhere.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SETUP_H
# define SETUP_H 1

# include "leader/hosts.h"

/* Give the worker here its task.  */
extern void setup_begin (struct leader *leader);

/* An offer of the worker here for LINK has come: start the logins if it was
   the last.  */
extern void setup_on_offer (struct leader *leader, unsigned link,
                            struct message const *message);

/* The agent of SESSION has answered: let the links of its host begin that
   waited for that.  */
extern void setup_on_answered (struct leader *leader,
                               struct session *session);

/* Start the held stages if all others run and all channels are connected.  */
extern void setup_start_if_ready (struct leader *leader);

#endif
