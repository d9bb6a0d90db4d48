/* How data is to pass between a channel and its command.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "data/tuning.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/stage-pipe.h"
#include "minmax.h"
#include "socket-low-water.h"

/* Return the largest block that any local socket can give to a reader.  */
static uint64_t
socket_grants (uint64_t size)
{
  int pair[2];
  if (stage_pipe_make (pair, STAGE_PIPE_READER) != 0)
    return 0;
  uint64_t granted = socket_low_water (pair[1], size);
  close (pair[0]);
  close (pair[1]);
  return granted;
}

/* Return how many bytes, up to SIZE, fit into the pipe of a reader.  */
static uint64_t
pipe_holds (uint64_t size)
{
  static char const zeros[4096];
  uint64_t held = 0;
  int pair[2];
  if (stage_pipe_make (pair, STAGE_PIPE_BLOCKS) != 0)
    return 0;
  while (held < size)
    {
      ssize_t done = write (pair[0], zeros, MIN (sizeof zeros, size - held));
      if (done <= 0)
        break;
      held += done;
    }
  close (pair[0]);
  close (pair[1]);
  return held;
}

enum block_way
tuning_block_way (uint64_t size)
{
  return (size <= socket_grants (size) ? BLOCK_BY_SOCKET
          : size <= pipe_holds (size) ? BLOCK_BY_PIPE : BLOCK_BY_NOTHING);
}

/* Return whether the system has SIZE bytes of memory, as far as it tells
   before they are used.  */
static bool
can_have (uint64_t size)
{
  void *memory = size <= SIZE_MAX ? malloc (MAX (size, 1)) : NULL;
  if (memory == NULL)
    return false;
  free (memory);
  return true;
}

bool
tuning_possible (struct tuning const *tuning, char *why, size_t size)
{
  uint64_t block = tuning->block_size;
  if (block != 0 && tuning_block_way (block) == BLOCK_BY_NOTHING)
    {
      snprintf (why, size, "let each read get %" PRIu64 " bytes: %" PRIu64
                " at most", block,
                MAX (socket_grants (block), pipe_holds (block)));
      return false;
    }
  if (can_have (tuning->buffer))
    return true;
  snprintf (why, size, "allocate a buffer of %" PRIu64 " bytes: %s",
            tuning->buffer, strerror (ENOMEM));
  return false;
}
