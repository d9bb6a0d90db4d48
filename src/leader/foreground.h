/* What a process that the user has started does before and after its work.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef FOREGROUND_H
# define FOREGROUND_H 1

# include <stdbool.h>

# include "run.h"

/* Take out what cannot be run before anything is started: say why a local
   command of RUN, or its login, cannot be, and return the exit status for
   that; or return 0.  */
extern int foreground_check (struct run const *run);

/* Return whether this process has a controlling terminal.  */
extern bool foreground_has_terminal (void);

/* Die of SIG, which ended the run, without a dump.  */
extern _Noreturn void foreground_die (int sig);

#endif
