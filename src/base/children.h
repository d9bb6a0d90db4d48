/* The children of this process.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   As a child subreaper (lib/child-subreaper.h) the process has children that
   it never forked: what commands leave behind.  They are waited for here.
   Those that it did fork are waited for where their status is wanted, and have
   to be registered from the fork on, before signals or events are looked
   at.  */

#ifndef CHILDREN_H
# define CHILDREN_H 1

# include <stdbool.h>
# include <stddef.h>
# include <sys/types.h>

/* Register the child PID, once forked, and forget it, once waited for.  To
   forget one that is not registered does nothing.  HELPER says that it is no
   stage: neither it nor what it leaves behind has anything to do with what
   the stages write and read.  */
extern void children_add (pid_t pid, bool helper);
extern void children_remove (pid_t pid);

/* Call this before the first stage is started.  The children that this process
   has by then and that are not registered are those of a program that became
   this one, a login's shell say, and no stage's: they count as helpers until
   they have ended.  So does what a helper leaves behind when it ends later, if
   it is older than the first stage.  They are waited for by
   children_reap_orphans.  A second call does nothing.  */
extern void children_set_apart (void);

/* Put at most SIZE of the helpers that there are into LIST.  Return how many
   these are.  */
extern size_t children_helpers (pid_t *list, size_t size);

/* Wait for the children that have ended and were not registered by
   children_add.  Never waits for one to end, and never takes one of those.
   One of those that has ended and is not waited for yet may hide others, so
   call this when the registered have had their turn.  Does nothing in a
   process that is no child subreaper.  */
extern void children_reap_orphans (void);

#endif
