/* Move bytes between descriptors without taking them into user space.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SPLICE_RELAY_H
# define SPLICE_RELAY_H 1

# include <stdbool.h>
# include <stddef.h>
# include <sys/types.h>

/* Move at most SIZE bytes from IN to OUT, one of which must be a pipe, as
   read and write would.  Return how many, 0 at the end of file, or -1 with
   errno set: EINVAL or ENOSYS where these descriptors or this system cannot
   do it and nothing was moved.  */
extern ssize_t splice_move (int in, int out, size_t size);

/* Do the same without waiting for either of IN and OUT, if both are pipes, or
   if IN is anything that poll has just found ready: then errno is EAGAIN.  */
extern ssize_t splice_move_now (int in, int out, size_t size);

/* Return whether ERROR, an errno of splice_move_now, says that it can never be
   done with these descriptors.  */
extern bool splice_is_impossible (int error);

/* Write at most SIZE bytes at BYTES to FD, which poll has just found ready,
   but no more than it takes without waiting, even if it is blocking.  Return
   how many, or -1 with errno set.  */
extern ssize_t write_now (int fd, void const *bytes, size_t size);

/* Return how many bytes are in the pipe FD, or -1 where nothing tells.  */
extern ssize_t pipe_contents (int fd);

/* Make the socket FD fit for splice_move, where there is splice: on Linux one
   that waits for a socket locks the pipe on the other side meanwhile, and
   whoever uses that pipe cannot even be killed, so FD becomes non-blocking.
   Return 0, or -1 with errno set.  */
extern int splice_prepare (int fd);

/* Ask for room for SIZE bytes in the pipe FD, if it is one and the system
   lets its size be set.  */
extern void pipe_enlarge (int fd, int size);

#endif
