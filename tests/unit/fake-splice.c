/* A splice that does not work as that of Linux.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#define splice_move real_splice_move
#define splice_move_now real_splice_move_now
#include "splice-relay.c"
#undef splice_move
#undef splice_move_now

#include "fake-splice.h"

extern ssize_t splice_move (int in, int out, size_t size);
extern ssize_t splice_move_now (int in, int out, size_t size);

static enum fake_splice faked;
static int faked_fd;
static unsigned count;

void
fake_splice (enum fake_splice how, int fd)
{
  faked = how;
  faked_fd = fd;
  count = 0;
}

unsigned
fake_splices (void)
{
  return count;
}

/* Fail with ERROR.  */
static ssize_t
fail_with (int error)
{
  count++;
  errno = error;
  return -1;
}

static ssize_t
fake (int in, int out, size_t size,
      ssize_t (*move) (int in, int out, size_t size))
{
  if (in != faked_fd && faked_fd != -1)
    return move (in, out, size);
  switch (faked)
    {
    case SPLICE_AGAIN:
      return fail_with (EAGAIN);
    case SPLICE_FAILS:
      return fail_with (ENOMEM);
    default:
      break;
    }
  ssize_t moved = faked == SPLICE_ZERO
                  ? real_splice_move_now (in, out, size)
                  : move (in, out, size);
  if (moved < 0 && errno == EAGAIN && faked == SPLICE_ZERO)
    {
      count++;
      return 0;
    }
  return moved;
}

ssize_t
splice_move (int in, int out, size_t size)
{
  return fake (in, out, size, real_splice_move);
}

ssize_t
splice_move_now (int in, int out, size_t size)
{
  return fake (in, out, size, real_splice_move_now);
}
