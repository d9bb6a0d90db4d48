/* Working with socketpipe 1.10 on the other host.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef COMPAT_H
# define COMPAT_H 1

# include "run.h"

/* Be the local side of RUN towards a host that has 1.10.  Return the exit
   status.  */
extern int compat_main (struct run const *run);

/* Be what a 1.10 client has started as "socketpipe -s HOST PORT COMMAND...":
   ARGV has the COUNT words behind -s.  Return the exit status.  In
   compat-serve.c.  */
extern int compat_serve (int count, char **argv);

#endif
