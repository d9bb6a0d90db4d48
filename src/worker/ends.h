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

# include "worker/worker-state.h"

/* Handle EVENT at END, and what follows from it.  */
extern void ends_event (struct worker *worker, struct worker_end *end,
                        enum end_event event);

/* END is connected by TRANSPORT.  */
extern void ends_connected (struct worker *worker, struct worker_end *end,
                            struct transport const *transport);

/* STAGE has been started on END, by the descriptor FD.  */
extern void ends_started (struct worker *worker, struct worker_end *end,
                          struct end_stage const *stage, int fd);

/* The other end of END's channel is over, as PEER says.  */
extern void ends_peer (struct worker *worker, struct worker_end *end,
                       struct channel_end const *peer);

/* The hooks of the mux; their context is the worker.  */
extern struct mux_out_hooks ends_mux_hooks (struct worker *worker);

/* Reap the relays that have ended.  */
extern void ends_reap_relays (struct worker *worker);

/* Cut the channel of END, or all channels, so that no reader takes what it has
   for the whole.  */
extern void ends_cut (struct worker *worker, struct worker_end *end);
extern void ends_cut_all (struct worker *worker);

#endif
