/* Memory that a process shares with its children.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SHARED_MEMORY_H
# define SHARED_MEMORY_H 1

# include <stddef.h>

/* Return SIZE bytes of zeros, shared with the processes that are forked from
   now on, until they call exec.  Return NULL with errno set on failure.  */
extern void *shared_memory (size_t size);

/* Unmap the SIZE bytes at MEMORY, which may be NULL, in this process only.  */
extern void shared_memory_free (void *memory, size_t size);

#endif
