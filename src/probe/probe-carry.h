/* The login as a route to be measured.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef PROBE_CARRY_H
# define PROBE_CARRY_H 1

# include <stdbool.h>

# include "data/mux.h"

/* Have CARRIER carry a channel in each direction; REMOTE says which side this
   is.  Set *IN and *OUT to the non-blocking ends of its pipes, which are the
   caller's to close.  Return 0, or -1 with errno set.  */
extern int carry_both (struct mux *mux, bool remote, int *in,
                       int *out);

#endif
