/* Which processes have an open socket or pipe.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   A stream ends when the last process that has it closes it, and a command may
   leave some behind.  A duplicate of this process hides that end from the
   other side, so it has to know whether there are other holders.

   Linux: the files of processes are in /proc.  This process has to be a child
   subreaper (child-subreaper.h): then all processes that a command leaves
   behind are among its descendants, even when their parents have ended.
   Elsewhere the answer is HOLDERS_UNKNOWN.  */

#ifndef STREAM_HOLDERS_H
# define STREAM_HOLDERS_H 1

# include <stdbool.h>
# include <stddef.h>
# include <stdint.h>
# include <sys/types.h>

enum stream_holders { HOLDERS_NONE, HOLDERS_SOME, HOLDERS_UNKNOWN };

/* A process that has the stream as its descriptor FD.  PID may also be a
   thread of it that has descriptors of its own.  FD is -1 when its descriptors
   may not be read; it then counts while it lives.  */
struct stream_holder
{
  pid_t pid;
  int fd;
};

/* What to look for.  All 0: unknown.  */
struct stream_identity
{
  dev_t device;
  ino_t inode;
  bool pipe;                    /* no socket */
};

/* Fill in *IDENTITY for FD: a socket of any family, or a pipe, which is held
   by the holders of either end.  Return 0, or -1 with errno set: EINVAL for
   another kind of file, ENOTSUP where the system cannot tell the holders.
   After a failure *IDENTITY can be used as well, and the answer is
   HOLDERS_UNKNOWN.  */
extern int stream_identify (int fd, struct stream_identity *identity);

/* Return whether *HOLDER, which was found before, or guessed (a command and
   its descriptor 0 or 1), still has the stream.  False if it has ended, reaped
   or not, or if the descriptor is closed or another file; true while it lives
   if its descriptors may not be read.  Costs a readlink, and a few system
   calls where that fails.  Where the system cannot tell: whether it lives.  */
extern bool stream_holder_has (struct stream_holder const *holder,
                               struct stream_identity const *identity);

/* Look for holders among the descendants of this process, and then, for at
   most BUDGET us (0: not at all), among all other processes whose descriptors
   may be read.  Left out are this process, the EXCEPT_COUNT processes in
   EXCEPT, which are helpers, and their descendants.

   HOLDERS_SOME: *HOLDER is one of them.  A descendant whose descriptors may
   not be read (another user's, by sudo) counts as one, but is returned only if
   no other was found.

   HOLDERS_NONE: two looks at the descendants, before and after that at the
   others, found none; two, because a process can fork and end during a look.
   When processes come and go so fast that there are no two such looks within
   20 ms, it is HOLDERS_SOME with a *HOLDER that does not have the stream: look
   again once stream_holder_has returns false for it.

   HOLDERS_UNKNOWN: the system cannot tell, or this process is no child
   subreaper, so that it would miss orphans; or it lacks memory or descriptors.

   Reaps no child, and may be called at any time.  */
extern enum stream_holders
stream_holders_look (struct stream_identity const *identity,
                     pid_t const *except, size_t except_count, int64_t budget,
                     struct stream_holder *holder);

/* Send SIG (0: nothing) to all holders that one such look finds, including
   those whose descriptors may not be read.  Return how many there are.  A
   process that is just being forked may be missed: repeat until it returns
   0.  */
extern size_t
stream_holders_signal (struct stream_identity const *identity,
                       pid_t const *except, size_t except_count,
                       int64_t budget, int sig);

#endif
