/* The machine of one end of a channel: what its files share.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   For end.c, which handles events, end-writer.c and end-reader.c, which have
   the tables and the actions of either end.  An action changes no state.  */

#ifndef END_MACHINE_H
# define END_MACHINE_H 1

# include <stdbool.h>

# include "data/end.h"

typedef void end_action (struct end *end);

/* The effect of an event in a state.  */
struct end_cell
{
  bool possible;
  enum end_state next;
  end_action *action;           /* or NULL */
};

# define GO(Next, Action) { true, END_##Next, Action }

extern struct end_cell const end_writer_table[END_STATES][END_EVENTS];
extern struct end_cell const end_reader_table[END_STATES][END_EVENTS];

/* Let EVENT be handled after the present action.  */
extern void end_raise (struct end *end, enum end_event event);

/* Return whether relays stand between END and its stage.  */
extern bool end_has_relays (struct end const *end);

/* The stage runs or has ended: look for holders of the stream, and raise
   EV_HELD or EV_CLOSED.  */
extern void end_look_for_holders (struct end *end);

/* This end is over, with OUTCOME.  */
extern void end_be_over (struct end *end, enum channel_outcome outcome);

/* Put the relays' count of data into END->channel.own, where it is the valid
   one.  */
extern void end_count_data (struct end *end);

/* Actions of both ends: the stage has started; the other end is over after
   this one; a connection comes too late.  */
extern end_action end_act_begin;
extern end_action end_act_release;
extern end_action end_act_refuse;

#endif
