/* Whether a process is on its way out.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   A process that ends, of whatever, closes its files first, and can be waited
   for later.  In between it looks like one that has closed them and goes
   on.  */

#ifndef PROCESS_ENDING_H
# define PROCESS_ENDING_H 1

# include <stdbool.h>
# include <sys/types.h>

/* Return 1 if the process PID is ending, or has ended, be it waited for or
   not; 0 if it is not; -1 where the system does not tell.  */
extern int process_is_ending (pid_t pid);

/* Return whether a process, ended or not, is in the group that PID leads, or
   led.  */
extern bool process_group_exists (pid_t pid);

#endif
