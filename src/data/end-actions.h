/* What the actions of both ends of a channel have in common.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   An action is called for an event in a state, by the machine in end.c.  It
   changes no state; it may raise events, which the machine handles next.  */

#ifndef END_ACTIONS_H
# define END_ACTIONS_H 1

# include <stdbool.h>

# include "data/end.h"

typedef void end_action (struct end *end);

/* Let EVENT be handled after the present action.  */
extern void end_raise (struct end *end, enum end_event event);

/* Return the event for the other end being over as *PEER says.  */
extern enum end_event end_peer_event (struct channel_end const *peer);

/* Return whether relays stand between END and its stage.  */
extern bool end_has_relays (struct end const *end);

/* The stage of END runs or has ended: look for holders of the stream, and
   raise EV_HELD or EV_CLOSED.  */
extern void end_look_for_holders (struct end *end);

/* END is over, with OUTCOME.  */
extern void end_be_over (struct end *end, enum channel_outcome outcome);

/* Put the relays' count of data into END->channel.own, where it is the valid
   one.  */
extern void end_count_data (struct end *end);

/* Actions: the stage has started, so apply what the other end reported before;
   the other end is over after this one; a connection comes too late.  */
extern end_action end_act_begin;
extern end_action end_act_release;
extern end_action end_act_refuse;

#endif
