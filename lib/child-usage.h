/* The processor time and memory that an ended child used.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef CHILD_USAGE_H
# define CHILD_USAGE_H 1

# include <stdint.h>
# include <sys/types.h>

/* The child's own share and that of the children that it waited for.  */
struct child_usage
{
  uint64_t user_us;
  uint64_t system_us;
  uint64_t peak_memory;         /* bytes, of the largest; 0 = not known */
};

/* Wait for the child PID as waitpid does, with STATUS and OPTIONS, and return
   its result.  If that is PID, fill in *USAGE.  */
extern pid_t child_wait (pid_t pid, int *status, int options,
                         struct child_usage *usage);

#endif
