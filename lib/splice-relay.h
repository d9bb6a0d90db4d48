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

/* Do the same without waiting for IN or OUT, if both are pipes, or if poll has
   just found IN ready: instead, errno is EAGAIN.  */
extern ssize_t splice_move_now (int in, int out, size_t size);

/* Return whether ERROR, an errno of splice_move_now, means that it can never
   work with these descriptors.  */
extern bool splice_is_impossible (int error);

/* Write at most SIZE bytes at BYTES to FD, which poll has just found ready,
   but no more than it takes without waiting, even if it is blocking.  Return
   how many, or -1 with errno set.  */
extern ssize_t write_now (int fd, void const *bytes, size_t size);

/* Return how many bytes are in the pipe FD, or -1 where the system cannot
   tell.  */
extern ssize_t pipe_contents (int fd);

/* Prepare the socket FD for splice_move, where there is splice: on Linux a
   splice that waits for a socket locks the pipe on its other side, and a
   process that then uses that pipe cannot be killed, so FD becomes
   non-blocking.  Return 0, or -1 with errno set.  */
extern int splice_prepare (int fd);

/* Set the capacity of the pipe FD to SIZE bytes, if it is a pipe and the
   system can.  */
extern void pipe_enlarge (int fd, int size);

#endif
