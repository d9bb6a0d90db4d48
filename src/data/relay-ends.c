/* Relays that stand between a command and its channel.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "data/relay.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "minmax.h"
#include "splice-relay.h"
#include "xalloc.h"

enum { BUFFER_SIZE = 128 * 1024 };

/* Take a word of the supervisor's, which has come.  Return whether it was
   one.  */
static bool
take_word (struct relay_ends *ends)
{
  struct relay_word word;
  ssize_t got;
  do
    got = read (ends->word, &word, sizeof word);
  while (got < 0 && errno == EINTR);
  if (got != sizeof word)
    {
      errno = ECANCELED;
      return false;
    }
  if (word.what == RELAY_RATE)
    ends->rate = word.number;
  else
    {
      ssize_t contents = pipe_contents (ends->in);
      ends->left = contents < 0 ? UINT64_MAX : (uint64_t) contents;
      ends->finishing = true;
    }
  return true;
}

/* See for LIMIT ms if there is something to take, or the word.  Return whether
   to go on.  */
static bool
look_for_more (struct relay_ends *ends, int limit)
{
  struct pollfd waits[2] = {
    { .fd = ends->word, .events = POLLIN },
    { .fd = ends->in, .events = POLLIN }
  };
  if (ends->finishing)
    waits[0].fd = -1;
  int found = poll (waits, limit == 0 || ends->at_end ? 1 : 2, limit);
  if (found < 0)
    return errno == EINTR || errno == EAGAIN;
  return found == 0 || waits[0].revents == 0 || take_word (ends);
}

/* Return whether the stream is at its end: it needs the word, where there is
   one, and no more, if there is one, than what was there then.  */
static bool
is_at_end (struct relay_ends const *ends)
{
  return (ends->word < 0 ? ends->at_end
          : ends->finishing && (ends->at_end || ends->left == 0));
}

void
relay_count (struct relay_ends *ends, uint64_t bytes)
{
  ends->passed += bytes;
  if (ends->shown)
    *ends->shown = ends->passed;
}

ssize_t
relay_take (struct relay_ends *ends, void *buffer, size_t size)
{
  /* Others who have the pipe may write so much that it is never empty.  */
  if (0 <= ends->word && !ends->finishing && !look_for_more (ends, 0))
    return -1;
  while (!is_at_end (ends))
    {
      ssize_t got = -1;
      errno = EAGAIN;
      if (!ends->at_end)
        got = read (ends->in, buffer,
                    ends->finishing ? MIN (size, ends->left) : size);
      if (0 < got)
        {
          ends->left -= ends->finishing ? (uint64_t) got : 0;
          if (!ends->wrapped)
            relay_count (ends, got);
          return got;
        }
      if (got == 0)
        ends->at_end = true;
      else if (errno != EAGAIN && errno != EINTR)
        return -1;
      else if (ends->finishing && errno == EAGAIN)
        ends->left = 0;
      else if (!look_for_more (ends, -1))
        return -1;
    }
  return 0;
}

enum relay_end
relay_take_failed (void)
{
  if (errno == ECANCELED)
    return RELAY_FAILED;
  return RELAY_READ_FAILED;
}

bool
relay_give (struct relay_ends *ends, void const *bytes, size_t length)
{
  char const *next = bytes;
  while (0 < length)
    {
      ssize_t done = write (ends->out, next, length);
      if (0 < done)
        {
          next += done;
          length -= done;
        }
      else if (done < 0 && errno == EAGAIN)
        {
          struct pollfd wait = { .fd = ends->out, .events = POLLOUT };
          if (poll (&wait, 1, -1) < 0 && errno != EINTR)
            return false;
        }
      else if (done < 0 && errno != EINTR)
        return false;
    }
  return true;
}

bool
relay_pause (struct relay_ends *ends, int ms)
{
  struct pollfd wait = { .fd = ends->finishing ? -1 : ends->word,
                         .events = POLLIN };
  if (poll (&wait, 1, ms) <= 0)
    return true;
  return take_word (ends);
}

enum relay_end
relay_pass (struct relay_ends *ends, void *context)
{
  (void) context;
  char *buffer = xmalloc (BUFFER_SIZE);
  ssize_t got;
  while (0 < (got = relay_take (ends, buffer, BUFFER_SIZE)))
    if (!relay_give (ends, buffer, got))
      break;
  enum relay_end end = (got == 0 ? RELAY_DONE : got < 0 ? relay_take_failed ()
                        : RELAY_WRITE_FAILED);
  free (buffer);
  return end;
}
