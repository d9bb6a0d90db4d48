/* The switch: what the leader does with a message of a host.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   All messages come here.  Those about a link or a channel go on to the host
   at its other end, when the leader has taken from them what it needs to
   know.  */

#ifndef SWITCH_H
# define SWITCH_H 1

# include "leader/hosts.h"

/* Handle MESSAGE of the worker on HOST.  Return whether it makes sense.  */
extern bool switch_message (struct leader *leader, unsigned host,
                            struct message const *message);

/* Likewise MESSAGE_ERROR of a remote host with CODE.  Return whether it is
   about a link, and is reported, and the run fails, now or when the other end
   has told what it tried.  */
extern bool switch_error (struct leader *leader, unsigned host,
                          uint64_t code, struct message const *message);

#endif
