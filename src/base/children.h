/* The children of this process.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   As a child subreaper (lib/child-subreaper.h) the process gets children that
   it did not fork: those that commands leave behind.  They are reaped here.
   The children that it forked are reaped where their status is used, and have
   to be registered right after the fork, before signals or events are
   handled.  */

#ifndef CHILDREN_H
# define CHILDREN_H 1

# include <stdbool.h>
# include <stddef.h>
# include <sys/types.h>

/* Register the child PID once it is forked, and remove it once it is reaped.
   To remove one that is not registered has no effect.  HELPER says that it is
   no stage: neither it nor the processes that it leaves behind hold a stream
   of a stage.  */
extern void children_add (pid_t pid, bool helper);
extern void children_remove (pid_t pid);

/* Call this before the first stage is started.  Unregistered children that
   this process has by then belong to a program that became this one, for
   example a login's shell, and not to a stage: they count as helpers until
   they end.  So do the processes that a helper leaves behind later, if they
   are older than the first stage.  children_reap_orphans reaps them.  A second
   call has no effect.  */
extern void children_set_apart (void);

/* Put at most SIZE of the helpers into LIST.  Return how many.  */
extern size_t children_helpers (pid_t *list, size_t size);

/* Reap the children that have ended and are not registered.  Never waits for
   one to end, and never reaps a registered one.  A registered child that has
   ended and is not reaped yet may hide others, so call this after the
   registered ones have been reaped.  Has no effect in a process that is no
   child subreaper.  */
extern void children_reap_orphans (void);

#endif
