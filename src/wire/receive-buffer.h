/* Bytes that have come in and are not used up yet.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Some of what comes in on the control connection is the secret, so nothing
   of what was here stays in memory.  */

#ifndef RECEIVE_BUFFER_H
# define RECEIVE_BUFFER_H 1

# include <stddef.h>
# include <sys/types.h>

/* Zero it before its first use.  */
struct receive_buffer
{
  unsigned char *bytes;         /* what is not used up: LENGTH bytes ... */
  size_t length;
  unsigned char *room;          /* ... in these SIZE, malloc'ed or NULL */
  size_t size;
};

/* Read at most MOST bytes from FD to the end of *BUFFER.  Return as read
   does.  */
extern ssize_t receive_buffer_read (struct receive_buffer *buffer, int fd,
                                    size_t most);

/* Drop COUNT bytes, which are there, from the start of *BUFFER.  The others
   stay where they are: the time is that for COUNT.  */
extern void receive_buffer_drop (struct receive_buffer *buffer, size_t count);

/* Wipe and free what *BUFFER holds; it is empty then.  */
extern void receive_buffer_wipe (struct receive_buffer *buffer);

#endif
