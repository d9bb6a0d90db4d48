/* The relays for what the kernel cannot do for a channel.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "data/tuning.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diagnose.h"
#include "minmax.h"
#include "monotonic.h"
#include "splice-relay.h"
#include "xalloc.h"

enum
{
  CHUNK = 256 * 1024,           /* bytes read or written at once */
  BURST = 20000                 /* us that the pace may lag behind */
};


/* The rate limit.  */

/* Wait until DUE, in us.  Return whether to continue.  */
static bool
wait_until (struct relay_ends *ends, int64_t due)
{
  int64_t wait;
  while (1000 <= (wait = due - monotonic_us ()))
    {
      uint64_t rate = ends->rate;
      if (!relay_pause (ends, MIN (wait / 1000, 1000)))
        return false;
      /* Due times depend on the rate.  */
      if (ends->rate != rate)
        return true;
    }
  return true;
}

enum relay_end
relay_pace (struct relay_ends *ends, void *context)
{
  struct tuning const *tuning = context;
  char *buffer = xmalloc (CHUNK);
  int64_t due = monotonic_us ();
  ends->rate = tuning->rate_limit;
  for (;;)
    {
      size_t chunk = MAX (1, MIN (CHUNK, ends->rate / 50));
      ssize_t got = relay_take (ends, buffer, chunk);
      if (got <= 0)
        return got == 0 ? RELAY_DONE : relay_take_failed (ends);
      enum relay_end end = relay_give (ends, buffer, got);
      if (end != RELAY_DONE)
        return end;
      due = (MAX (due, monotonic_us () - BURST)
             + got * INT64_C (1000000) / (int64_t) ends->rate);
      if (!wait_until (ends, due))
        return relay_take_failed (ends);
      due = MIN (due, monotonic_us () + 1000);
    }
}


/* The buffer.  */

struct ring
{
  char *bytes;
  size_t size;
  size_t start;
  size_t length;
};

/* Read some from FD into RING, which has room.  Return as read does.  */
static ssize_t
fill_ring (struct ring *ring, int fd)
{
  size_t at = ring->start + ring->length;
  at -= ring->size <= at ? ring->size : 0;
  size_t room = MIN (ring->size - at, ring->size - ring->length);
  ssize_t got = read (fd, ring->bytes + at, MIN (room, CHUNK));
  ring->length += MAX (got, 0);
  return got;
}

/* Write some of what is in RING to FD.  Return as write does.  */
static ssize_t
empty_ring (struct ring *ring, int fd)
{
  size_t here = MIN (ring->length, ring->size - ring->start);
  ssize_t done = write (fd, ring->bytes + ring->start, MIN (here, CHUNK));
  if (done < 0)
    return done;
  ring->start += done;
  ring->start -= ring->start == ring->size ? ring->size : 0;
  ring->length -= done;
  return done;
}

/* Return whether the result GOT of a read or a write allows to continue.  */
static bool
may_go_on (ssize_t got)
{
  return 0 <= got || errno == EAGAIN || errno == EINTR;
}

/* The input has ended with END: write what is left in RING.  Return END; or,
   if that cannot be written, how the relay ends.  */
static enum relay_end
give_rest (struct relay_ends *ends, struct ring *ring, enum relay_end end)
{
  while (0 < ring->length)
    {
      struct pollfd wait = { .fd = ends->out, .events = POLLOUT };
      if (poll (&wait, 1, -1) < 0 && errno != EINTR && errno != EAGAIN)
        return relay_cannot (ends, "wait");
      if (!may_go_on (empty_ring (ring, ends->out)))
        return relay_give_failed (ends);
    }
  return end;
}

/* Carry the stream through RING, which has to hold THRESHOLD bytes at
   first.  */
static enum relay_end
carry_through (struct relay_ends *ends, struct ring *ring, size_t threshold)
{
  bool gathering = true;
  while (!ends->at_end || 0 < ring->length)
    {
      if (gathering && (ends->at_end || threshold <= ring->length))
        gathering = false;
      bool reads = !ends->at_end && ring->length < ring->size;
      bool writes = !gathering && 0 < ring->length;
      struct pollfd waits[2] = {
        { .fd = reads ? ends->in : -1, .events = POLLIN },
        { .fd = writes ? ends->out : -1, .events = POLLOUT }
      };
      if (poll (waits, 2, -1) < 0 && errno != EINTR && errno != EAGAIN)
        return relay_cannot (ends, "wait");
      ssize_t got = 1;
      if (waits[0].revents != 0 && !may_go_on (got = fill_ring (ring,
                                                                ends->in)))
        return give_rest (ends, ring, relay_take_failed (ends));
      ends->at_end = ends->at_end || got == 0;
      if (waits[0].revents != 0 && 0 < got)
        relay_count (ends, got);
      if (waits[1].revents != 0 && !may_go_on (empty_ring (ring, ends->out)))
        return relay_give_failed (ends);
      /* A reader that must not stop and start begins again with a full
         buffer.  */
      gathering = gathering || ring->length == 0;
    }
  return RELAY_DONE;
}

enum relay_end
relay_buffer (struct relay_ends *ends, void *context)
{
  struct tuning const *tuning = context;
  struct ring ring = { .bytes = malloc (tuning->buffer),
                       .size = tuning->buffer };
  if (ring.bytes == NULL)
    {
      complain ("cannot allocate a buffer of %" PRIu64 " bytes: %s",
                tuning->buffer, strerror (errno));
      return RELAY_FAILED;
    }
  size_t threshold = (ring.size / 100 * tuning->start_at
                      + ring.size % 100 * tuning->start_at / 100);
  enum relay_end end = carry_through (ends, &ring, threshold);
  free (ring.bytes);
  return end;
}


/* Full blocks.  */

/* Wait until the output pipe is empty, so that it has room for a whole block,
   or has no reader, which the next write shows.  */
static void
wait_for_empty (struct relay_ends *ends)
{
  struct pollfd wait = { .fd = ends->out };
  /* No event reports it.  A reader that keeps up takes the last block
     soon.  */
  for (int tries = 0; 0 < pipe_contents (ends->out); tries++)
    if (0 < poll (&wait, 1, tries < 100 ? 0 : 1))
      return;
}

enum relay_end
relay_blocks (struct relay_ends *ends, void *context)
{
  struct tuning const *tuning = context;
  size_t size = tuning->block_size;
  char *block = xmalloc (size);
  for (;;)
    {
      size_t length = 0;
      ssize_t got = 1;
      while (length < size
             && 0 < (got = relay_take (ends, block + length, size - length)))
        length += got;
      enum relay_end cut = got < 0 ? relay_take_failed (ends) : RELAY_DONE;
      if (0 < length)
        wait_for_empty (ends);
      enum relay_end end = relay_give (ends, block, length);
      if (end != RELAY_DONE || got <= 0)
        return end != RELAY_DONE ? end : cut;
    }
}
