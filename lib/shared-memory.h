/* Memory that a process shares with its children.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SHARED_MEMORY_H
# define SHARED_MEMORY_H 1

# include <stddef.h>

/* Return SIZE bytes of zeros, which those who are forked from now on have as
   well, until they call exec: what one writes there, all see.  Return NULL
   with errno set when there are none.  */
extern void *shared_memory (size_t size);

/* Let go of the SIZE bytes at MEMORY, which may be NULL, here alone.  */
extern void shared_memory_free (void *memory, size_t size);

#endif
