/* The side that the user starts.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef LOCAL_H
# define LOCAL_H 1

# include "run.h"

/* Carry out RUN.  Return the exit status, or die of the signal that ended
   the run.  */
extern int local_main (struct run const *run);

#endif
