/* The ends of channels that one host has, and what happens to them.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   What an end does is for its machine (end.h).  Here is what brings it the
   events: messages of the other host, relays and the mux, the clock; and what
   does what an end cannot do by itself: tell the other host of its result, end
   a stage, name the processes that are waited for.  */

#ifndef ENDS_H
# define ENDS_H 1

# include <stdbool.h>
# include <stdint.h>

# include "worker/supervisor.h"

/* Handle EVENT at the end of channel NUMBER, and what follows from it.  */
extern void ends_event (struct supervisor *supervisor, int number,
                        enum end_event event);

/* The end of channel NUMBER is connected by TRANSPORT.  */
extern void ends_connected (struct supervisor *supervisor, int number,
                            struct transport const *transport);

/* STAGE has been started on the end of channel NUMBER, by the descriptor
   FD.  */
extern void ends_started (struct supervisor *supervisor, int number,
                          struct end_stage const *stage, int fd);

/* The other end of channel NUMBER is over, as PEER says.  */
extern void ends_peer (struct supervisor *supervisor, int number,
                       struct channel_end const *peer);

/* The hooks of the mux; their context is the supervisor.  */
extern struct mux_out_hooks ends_mux_hooks (struct supervisor *supervisor);

/* Reap the relays that have ended.  */
extern void ends_reap_relays (struct supervisor *supervisor);

/* What commands leave behind is to end where a stream of theirs, or the
   command itself, is not yet over.  Return whether there may be any such
   process.  */
extern bool ends_doom_holders (struct supervisor *supervisor);

/* Let the doomed processes whose commands are over know, each once.  */
extern void ends_ask_holders (struct supervisor *supervisor);

/* Send SIG to the doomed processes.  Return whether there are any.  */
extern bool ends_signal_holders (struct supervisor *supervisor, int sig);

/* Return whether an end waits for more than its stage.  */
extern bool ends_wait (struct supervisor const *supervisor);

#endif
