/* Memory that a process shares with its children.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "shared-memory.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/mman.h>

#if HAVE_DECL_MAP_ANONYMOUS
# define ANONYMOUS MAP_ANONYMOUS
#else
# define ANONYMOUS MAP_ANON
#endif

void *
shared_memory (size_t size)
{
#if HAVE_DECL_MAP_ANONYMOUS || HAVE_DECL_MAP_ANON
  void *memory = mmap (NULL, size, PROT_READ | PROT_WRITE,
                       MAP_SHARED | ANONYMOUS, -1, 0);
#else
  /* The way of System V.  */
  int fd = open ("/dev/zero", O_RDWR | O_CLOEXEC);
  if (fd < 0)
    return NULL;
  void *memory = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  int saved = errno;
  close (fd);
  errno = saved;
#endif
  return memory == MAP_FAILED ? NULL : memory;
}

void
shared_memory_free (void *memory, size_t size)
{
  if (memory)
    munmap (memory, size);
}
