/* The machine of one end of a channel: its tables.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   For end.c, which handles events, and for end-writer.c and end-reader.c,
   which have the tables and the actions of either end.  */

#ifndef END_MACHINE_H
# define END_MACHINE_H 1

# include <stdbool.h>

# include "data/end-actions.h"

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

#endif
