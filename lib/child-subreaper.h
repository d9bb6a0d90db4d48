/* Become the parent of orphaned descendants.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef CHILD_SUBREAPER_H
# define CHILD_SUBREAPER_H 1

# include <stdbool.h>
# include <sys/types.h>

/* Let this process, and not process 1, become the parent of each descendant
   whose parent ends.  Children that it forks do not inherit this.  Never
   fails: where the system lacks this, nothing changes.  */
extern void child_subreaper (void);

/* Return whether this process gets its orphaned descendants as children:
   because child_subreaper was called in it, and works, or as process 1.  */
extern bool child_is_subreaper (void);

/* Return a child that has ended and is not reaped yet, without reaping it; or
   0 when there is none, or the system cannot tell.  Never waits.  */
extern pid_t child_ended (void);

#endif
