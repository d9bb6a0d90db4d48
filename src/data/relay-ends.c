/* Relays that stand between a command and its channel.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "data/relay.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/diagnose.h"
#include "data/stage-pipe.h"
#include "full-write.h"
#include "minmax.h"
#include "splice-relay.h"
#include "xalloc.h"

enum { BUFFER_SIZE = 128 * 1024 };

/* Return whether FD is a connection between hosts.  */
static bool
is_connection (int fd)
{
  struct sockaddr_storage address;
  socklen_t length = sizeof address;
  if (getsockname (fd, (struct sockaddr *) &address, &length) == 0)
    return address.ss_family == AF_INET || address.ss_family == AF_INET6;
  /* Some systems do not name a connection that was reset.  */
  return errno == EINVAL || errno == ENOTCONN || errno == ECONNRESET;
}

/* Return whether ERROR says that a connection between hosts is lost.  */
static bool
is_loss (int error)
{
  return (error == ECONNABORTED || error == ENOTCONN || error == ETIMEDOUT
          || error == EHOSTUNREACH || error == ENETUNREACH
          || error == ENETDOWN);
}

enum relay_end
relay_read_error (int fd, int error)
{
  /* Errors of a kernel that decrypts, for an invalid record.  */
  bool bad_record = (error == EBADMSG || error == EMSGSIZE || error == EIO);
  return (error == ECONNRESET
          || ((bad_record || is_loss (error)) && is_connection (fd))
          ? RELAY_READ_FAILED : RELAY_FAILED);
}

enum relay_end
relay_write_error (int fd, int error)
{
  return (error == EPIPE || error == ECONNRESET
          || (is_loss (error) && is_connection (fd))
          ? RELAY_WRITE_FAILED : RELAY_FAILED);
}

enum relay_end
relay_cannot (struct relay_ends const *ends, char const *what)
{
  complain ("%s relay of the %s channel: cannot %s: %s", ends->name,
            ends->channel, what, strerror (errno));
  return RELAY_FAILED;
}

enum relay_end
relay_take_failed (struct relay_ends const *ends)
{
  /* The worker is gone, and nothing is to be reported.  */
  if (errno == ECANCELED)
    return RELAY_FAILED;
  int error = errno;
  enum relay_end end = relay_read_error (ends->in, error);
  errno = error;
  return end == RELAY_FAILED ? relay_cannot (ends, "read") : end;
}

enum relay_end
relay_give_failed (struct relay_ends const *ends)
{
  int error = errno;
  enum relay_end end = relay_write_error (ends->out, error);
  errno = error;
  return end == RELAY_FAILED ? relay_cannot (ends, "write") : end;
}

/* Carry out ORDER.  */
static void
take_order (struct relay_ends *ends, enum relay_order order)
{
  ends->order = order;
  if (order != RELAY_FLUSH)
    return;
  ssize_t contents = pipe_contents (ends->in);
  ends->left = 0 <= contents ? (uint64_t) contents : STAGE_PIPE_ROOM;
}

/* Receive a word of the worker, which has arrived.  Return whether it was a
   whole one.  */
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
    take_order (ends, word.number);
  return true;
}

/* Wait at most LIMIT ms for input, or for a word.  Return true to continue;
   else set errno.  */
static bool
look_for_more (struct relay_ends *ends, int limit)
{
  struct pollfd waits[2] = {
    { .fd = ends->word, .events = POLLIN },
    { .fd = ends->in, .events = POLLIN }
  };
  int found = poll (waits, limit == 0 || ends->at_end ? 1 : 2, limit);
  if (found < 0)
    return errno == EINTR || errno == EAGAIN;
  return found == 0 || waits[0].revents == 0 || take_word (ends);
}

/* Return whether nothing more is to be taken.  */
static bool
is_over (struct relay_ends const *ends)
{
  if (ends->order == RELAY_FLUSH)
    return ends->at_end || ends->left == 0;
  return ends->at_end && (ends->word < 0 || ends->order == RELAY_FINISH);
}

/* Report the end of file.  Return whether that succeeded; else set errno.  */
static bool
come_to_end (struct relay_ends *ends)
{
  struct relay_report const report = { .what = RELAY_AT_END };
  ends->at_end = true;
  if (0 <= ends->report
      && full_write (ends->report, &report, sizeof report) != sizeof report)
    {
      errno = ECANCELED;
      return false;
    }
  return true;
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
  /* Other holders of the pipe may write so much that it is never empty.  */
  if (0 <= ends->word && !look_for_more (ends, 0))
    return -1;
  while (!is_over (ends))
    {
      ssize_t got = -1;
      bool flushing = ends->order == RELAY_FLUSH;
      errno = EAGAIN;
      if (!ends->at_end)
        got = read (ends->in, buffer,
                    flushing ? MIN (size, ends->left) : size);
      if (0 < got)
        {
          ends->left -= flushing ? (uint64_t) got : 0;
          if (!ends->wrapped)
            relay_count (ends, got);
          return got;
        }
      if (got < 0 && errno == EAGAIN && flushing)
        ends->left = 0;
      else if (got < 0 && errno != EAGAIN && errno != EINTR)
        return -1;
      else if (got == 0 ? !come_to_end (ends) : !look_for_more (ends, -1))
        return -1;
    }
  return 0;
}

bool
relay_is_cut (struct relay_ends const *ends)
{
  return ends->order == RELAY_FLUSH;
}

enum relay_end
relay_give (struct relay_ends *ends, void const *bytes, size_t length)
{
  char const *next = bytes;
  while (0 < length)
    {
      ssize_t done = write (ends->out, next, length);
      if (0 <= done)
        {
          next += done;
          length -= done;
        }
      else if (errno == EAGAIN)
        {
          struct pollfd wait = { .fd = ends->out, .events = POLLOUT };
          if (poll (&wait, 1, -1) < 0 && errno != EINTR && errno != EAGAIN)
            return relay_cannot (ends, "wait");
        }
      else if (errno != EINTR)
        return relay_give_failed (ends);
    }
  return RELAY_DONE;
}

bool
relay_pause (struct relay_ends *ends, int ms)
{
  struct pollfd wait = { .fd = ends->word, .events = POLLIN };
  return poll (&wait, 1, ms) <= 0 || take_word (ends);
}

enum relay_end
relay_pass (struct relay_ends *ends, void *context)
{
  (void) context;
  char *buffer = xmalloc (BUFFER_SIZE);
  enum relay_end end = RELAY_DONE;
  ssize_t got = 0;
  while (end == RELAY_DONE
         && 0 < (got = relay_take (ends, buffer, BUFFER_SIZE)))
    end = relay_give (ends, buffer, got);
  if (got < 0)
    end = relay_take_failed (ends);
  free (buffer);
  return end;
}
