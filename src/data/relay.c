/* A relay: a process of ours that carries bytes where the kernel can't.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "data/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diagnose.h"
#include "ktls.h"
#include "splice-relay.h"

enum
{
  PIPE_SIZE = 1024 * 1024,
  BUFFER_SIZE = 128 * 1024
};

/* The result of a step of copying.  */
enum step
{
  STEP_MOVED,
  STEP_END,
  STEP_READ_FAILED,
  STEP_WRITE_FAILED,
  STEP_FAILED,                  /* on neither side, or not known on which */
  STEP_UNABLE                   /* this way does not work here; none moved */
};

/* Another process may have made the descriptor non-blocking.  Wait, and return
   whether errno allows another attempt.  */
static bool
try_again (int fd, short mask)
{
  if (errno == EINTR)
    return true;
  if (errno != EAGAIN)
    return false;
  struct pollfd wait = { .fd = fd, .events = mask };
  return 0 <= poll (&wait, 1, -1) || errno == EINTR || errno == EAGAIN;
}

static enum step
write_all (int out, char const *bytes, size_t length)
{
  while (0 < length)
    {
      ssize_t done = write (out, bytes, length);
      if (0 <= done)
        {
          bytes += done;
          length -= done;
        }
      else if (!try_again (out, POLLOUT))
        return STEP_WRITE_FAILED;
    }
  return STEP_MOVED;
}

static enum step
copy_step (int in, int out, char *buffer)
{
  ssize_t got;
  do
    got = read (in, buffer, BUFFER_SIZE);
  while (got < 0 && try_again (in, POLLIN));
  if (got <= 0)
    return got == 0 ? STEP_END : STEP_READ_FAILED;
  return write_all (out, buffer, got);
}

/* Move COUNT bytes that are in the pipe PIPE to OUT, which may refuse to
   splice (a terminal, a file open for appending).  */
static enum step
empty_pipe (int pipe, int out, size_t count, char *buffer)
{
  bool copies = false;
  while (0 < count)
    {
      bool waited = false;
      ssize_t moved = -1;
      while (!copies && (moved = splice_move (pipe, out, count)) < 0)
        {
          copies = splice_is_impossible (errno) || waited;
          waited = errno == EAGAIN;
          if (!copies && !try_again (out, POLLOUT))
            return STEP_WRITE_FAILED;
        }
      if (0 < moved)
        count -= moved;
      else
        {
          ssize_t got = read (pipe, buffer, BUFFER_SIZE);
          if (got <= 0)
            return STEP_FAILED;
          if (write_all (out, buffer, got) != STEP_MOVED)
            return STEP_WRITE_FAILED;
          count -= got;
        }
    }
  return STEP_MOVED;
}

/* Find out to which side of a splice from IN to OUT, one of which is a pipe,
   the error in errno belongs.  Another attempt would not do: a socket returns
   its error once, and then an end of file that would look like a clean one.
   CHANNEL_IN says that the input is the channel, else the output is.  */
static enum step
blame (int in, int out, bool channel_in)
{
  int error = errno;
  enum step step = STEP_FAILED;
  if (channel_in && relay_read_error (in, error) == RELAY_READ_FAILED)
    step = STEP_READ_FAILED;
  else if (relay_write_error (out, error) == RELAY_WRITE_FAILED)
    step = STEP_WRITE_FAILED;
  errno = error;
  return step;
}

/* Move some from IN to OUT, one of which is a pipe; or else this is
   unable.  */
static enum step
direct_step (int in, int out, bool channel_in, char *buffer)
{
  for (bool waited = false;; waited = true)
    {
      ssize_t moved = splice_move (in, out, PIPE_SIZE);
      if (0 < moved)
        return STEP_MOVED;
      if (moved < 0 && splice_is_impossible (errno))
        return STEP_UNABLE;
      /* Only a read can tell: some kernels splice 0 bytes from a pipe that is
         empty at the moment, or none from one that is not.  */
      if (moved == 0 || (errno == EAGAIN && waited))
        return copy_step (in, out, buffer);
      if (errno != EAGAIN && errno != EINTR)
        return blame (in, out, channel_in);
      errno = EAGAIN;
      if (!try_again (in, POLLIN))
        return STEP_READ_FAILED;
      errno = EAGAIN;
      if (!try_again (out, POLLOUT))
        return STEP_WRITE_FAILED;
    }
}

/* The same by way of PIPE.  */
static enum step
through_step (int in, int pipe[2], int out, char *buffer)
{
  for (bool waited = false;; waited = true)
    {
      ssize_t moved = splice_move (in, pipe[1], PIPE_SIZE);
      if (0 < moved)
        return empty_pipe (pipe[0], out, moved, buffer);
      if (moved < 0 && splice_is_impossible (errno))
        return STEP_UNABLE;
      if (moved == 0 || (errno == EAGAIN && waited))
        return copy_step (in, out, buffer);
      if (!try_again (in, POLLIN))
        return STEP_READ_FAILED;
    }
}

/* Return whether the kernel decrypts what comes from CHANNEL.  When a record
   is spliced from there to a pipe that has not enough room for all of it, the
   rest is lost (Linux 6.1 and 6.12).  An empty pipe has enough.  */
static bool
needs_empty_pipe (int channel)
{
  uint64_t records;
  return ktls_records (channel, false, &records) == 0;
}

/* Copy IN to OUT, one of which is a channel (CHANNEL_IN: the input), by the
   best way that works with these two.  Return what ended it, with errno.  */
static enum step
copy (int in, int out, bool channel_in)
{
  char *buffer = malloc (BUFFER_SIZE);
  /* The worker's duplicate becomes non-blocking too, which does not
     matter.  */
  if (buffer == NULL || splice_prepare (channel_in ? in : out) != 0)
    return STEP_FAILED;
  pipe_enlarge (in, PIPE_SIZE);
  pipe_enlarge (out, PIPE_SIZE);

  enum step step = STEP_UNABLE;
  if (!channel_in || !needs_empty_pipe (in))
    do
      step = direct_step (in, out, channel_in, buffer);
    while (step == STEP_MOVED);

  int pipe[2];
  if (step == STEP_UNABLE && pipe2 (pipe, O_CLOEXEC) == 0)
    {
      pipe_enlarge (pipe[1], PIPE_SIZE);
      do
        step = through_step (in, pipe, out, buffer);
      while (step == STEP_MOVED);
      close (pipe[0]);
      close (pipe[1]);
    }

  if (step == STEP_UNABLE)
    do
      step = copy_step (in, out, buffer);
    while (step == STEP_MOVED);
  int saved = errno;
  free (buffer);
  errno = saved;
  return step;
}

/* A writer whose reader is gone ends as a command would.  */
static void
end_by_sigpipe (void)
{
  signal (SIGPIPE, SIG_DFL);
  raise (SIGPIPE);
}

/* Report that the relay cannot do WHAT, for the reason in errno.  Return
   STATUS.  */
static int
cannot (char const *what, enum relay_end status)
{
  complain ("cannot %s: %s", what, strerror (errno));
  return status;
}

/* The input relay has ended by STEP, with errno.  Return its status.  */
static int
input_ends (enum step step)
{
  switch (step)
    {
    case STEP_END:
      return RELAY_DONE;
    case STEP_READ_FAILED:
      return cannot ("read standard input", RELAY_FAILED);
    case STEP_WRITE_FAILED:
      if (errno == EPIPE || errno == ECONNRESET)
        end_by_sigpipe ();
      return cannot ("write to the channel", RELAY_WRITE_FAILED);
    default:
      return cannot ("copy standard input to the channel", RELAY_FAILED);
    }
}

/* Likewise for the output relay, which read from IN.  */
static int
output_ends (enum step step, int in)
{
  int error = errno;
  switch (step)
    {
    case STEP_END:
      return RELAY_DONE;
    case STEP_READ_FAILED:
      /* The worker knows why a channel was cut, and reports it.  */
      if (relay_read_error (in, error) == RELAY_READ_FAILED)
        return RELAY_READ_FAILED;
      errno = error;
      return cannot ("read from the channel", RELAY_FAILED);
    case STEP_WRITE_FAILED:
      if (error == EPIPE)
        end_by_sigpipe ();
      return cannot ("write standard output", RELAY_WRITE_FAILED);
    default:
      return cannot ("copy the channel to standard output", RELAY_FAILED);
    }
}

int
relay_input (int in, int out)
{
  return input_ends (copy (in, out, false));
}

int
relay_output (int in, int out)
{
  return output_ends (copy (in, out, true), in);
}
