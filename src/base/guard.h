/* The guard: a process of ours that ends what we started when we are gone.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   No handler runs on SIGKILL.  The guard sleeps on a pipe whose other end
   only socketpipe holds, and its children until they exec: end of file means
   that socketpipe is gone.  It holds nothing else: no socket, none of the
   user's descriptors, no terminal.  */

#ifndef GUARD_H
# define GUARD_H 1

# include <stdbool.h>
# include <sys/types.h>

struct guard
{
  pid_t pid;                    /* -1 when there is none */
  int fd;
};

/* Start the guard.  Do it before there is anything that a child must not
   inherit.  Return 0, or -1 with errno set.  */
extern int guard_start (struct guard *guard);

/* Put WHO under guard, a process, or the process group -WHO; or take it off.
   guard_add is safe between fork and exec, so that a child can name itself
   before anything can go wrong.  */
extern void guard_add (struct guard const *guard, pid_t who);
extern void guard_remove (struct guard const *guard, pid_t who);

/* Have the file NAME, of fewer than GUARD_NAME bytes, removed if we are gone,
   and, if DIRECTORY, the directory that it is in; only the last one counts.
   NULL is none.  */
enum { GUARD_NAME = 160 };
extern void guard_file (struct guard const *guard, char const *name,
                        bool directory);

/* Dismiss the guard, which ends what is still on its list, and wait for it
   unless something is.  */
extern void guard_stop (struct guard *guard);

#endif
