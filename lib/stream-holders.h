/* Which processes have an open socket or pipe.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   A stream ends when the last process that has it closes it, and a command
   may leave some behind.  A duplicate of ours hides that end from the other
   side, so we have to know whether there is any other.

   Linux: the files of processes are in /proc.  This process has to be a child
   subreaper (child-subreaper.h): then all that a command leaves behind is
   among its descendants, whatever it forked and whoever of them has ended.
   Elsewhere the answer is HOLDERS_UNKNOWN.  */

#ifndef STREAM_HOLDERS_H
# define STREAM_HOLDERS_H 1

# include <stdbool.h>
# include <stddef.h>
# include <stdint.h>
# include <sys/types.h>

enum stream_holders { HOLDERS_NONE, HOLDERS_SOME, HOLDERS_UNKNOWN };

/* A process that has the stream as its descriptor FD.  PID may also be a
   thread of it that has descriptors of its own.  FD is -1 when the system
   does not let us see its descriptors; it then counts while it lives.  */
struct stream_holder
{
  pid_t pid;
  int fd;
};

/* What to look for.  All 0: nothing can be told.  */
struct stream_identity
{
  dev_t device;
  ino_t inode;
  bool pipe;                    /* no socket */
};

/* Fill in *IDENTITY for FD: a socket of any family, or a pipe, of which who
   has either end has it.  Return 0, or -1 with errno set: EINVAL for another
   kind of file, ENOTSUP where the system cannot tell who has it.  After a
   failure *IDENTITY can be used as well, and the answer is HOLDERS_UNKNOWN.
   */
extern int stream_identify (int fd, struct stream_identity *identity);

/* Return whether *HOLDER, which was found before, or guessed (a command and
   its descriptor 0 or 1), still has the stream.  No if it has ended, waited
   for or not, or if the descriptor is closed or another file; yes while it
   lives if we may not look into it.  Takes a readlink, a few system calls
   where that fails.  Where the system cannot tell: whether it lives.  */
extern bool stream_holder_has (struct stream_holder const *holder,
                               struct stream_identity const *identity);

/* Look for holders among the descendants of this process, and then, for at
   most BUDGET us (0: not at all), among all other processes that we may look
   into.  Left out are this process, the EXCEPT_COUNT processes in EXCEPT,
   which are our own helpers, and the descendants of those.

   HOLDERS_SOME: *HOLDER is one of them.  A descendant that we may not look
   into (another user's, by sudo) is one, but is returned only if there is none
   that we have seen to have the stream.

   HOLDERS_NONE: two looks at the descendants, before and after that at the
   others, found none, because a process can fork and end while we look.  When
   processes come and go so fast that there are no two such looks within 20 ms,
   it is HOLDERS_SOME with a *HOLDER that does not have the stream: see again
   when stream_holder_has has said so.

   HOLDERS_UNKNOWN: the system cannot tell, or this process is no child
   subreaper, so that it would miss orphans; or we lack memory or descriptors.

   Reaps no child, and may be called at any time.  */
extern enum stream_holders
stream_holders_look (struct stream_identity const *identity,
                     pid_t const *except, size_t except_count, int64_t budget,
                     struct stream_holder *holder);

/* Send SIG (0: nothing) to all the holders that one such look finds, those too
   that we may not look into.  Return how many these are.  One that is just
   being forked may be missed: repeat it until it returns 0.  */
extern size_t
stream_holders_signal (struct stream_identity const *identity,
                       pid_t const *except, size_t except_count,
                       int64_t budget, int sig);

#endif
