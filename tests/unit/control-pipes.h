/* A control connection over pipes, for the tests of it.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   What it tells is written down as text, and what it is to read and what it
   sends goes through pipes that the test has the other ends of.  */

#ifndef CONTROL_PIPES_H
# define CONTROL_PIPES_H 1

# include <errno.h>
# include <fcntl.h>
# include <poll.h>
# include <unistd.h>

# include "base64.h"
# include "minmax.h"
# include "test-macros.h"
# include "wire/control.h"

/* The sides, and what to do with the input.  */
enum { AGENT = false, LOCAL = true };
enum { WHOLE = 0 };

/* What the hooks have heard, as text: "B" and a banner's MIN-MAX and version,
   "M" and a message's type and, if it has one, text, and how it ended.  */
static char heard[8192];
static size_t heard_length;

static void hear (char const *format, ...)
  ATTRIBUTE_FORMAT ((__printf__, 1, 2));

static inline void
hear (char const *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  int length = vsnprintf (heard + heard_length, sizeof heard - heard_length,
                          format, arguments);
  va_end (arguments);
  NEED (0 <= length && (size_t) length < sizeof heard - heard_length);
  heard_length += length;
}

static inline void
hear_banner (void *context, unsigned min, unsigned max, char const *version)
{
  (void) context;
  hear ("B%u-%u:%s;", min, max, version);
}

static inline void
hear_message (void *context, struct message const *message)
{
  (void) context;
  char *text = message_text (message, KEY_TEXT, 0);
  hear ("M%d:%s;", (int) message->type, text ? text : "");
  free (text);
}

static inline void
hear_end (void *context, enum control_end why)
{
  (void) context;
  hear (why == CONTROL_EOF ? "eof;" : why == CONTROL_GARBLED ? "garbled;"
        : why == CONTROL_TERMINAL ? "terminal;" : "???;");
}

/* A control connection and the other ends of its pipes.  */
struct fixture
{
  struct events events;
  struct control control;
  int to;                       /* write what it receives; -1 = closed */
  int from;                     /* read what it sends; -1 = closed */
};

static inline void
no_wait (int fd)
{
  int flags = fcntl (fd, F_GETFL);
  NEED (0 <= flags && fcntl (fd, F_SETFL, flags | O_NONBLOCK) == 0);
}

static inline void
begin (struct fixture *f, bool local)
{
  int in[2], out[2];
  struct control_hooks const hooks = {
    .context = f, .banner = hear_banner, .message = hear_message,
    .end = hear_end
  };
  NEED (pipe (in) == 0 && pipe (out) == 0);
  f->to = in[1];
  f->from = out[0];
  no_wait (f->from);
  heard_length = 0;
  *heard = '\0';
  events_init (&f->events);
  control_open (&f->control, &f->events, in[0], out[1], local, &hooks);
}

static inline void
close_to (struct fixture *f)
{
  close (f->to);
  f->to = -1;
}

static inline void
end (struct fixture *f)
{
  control_close (&f->control);
  CHECK (f->control.in == -1 && control_output (&f->control) == -1
         && f->control.received.bytes == NULL);
  CHECK (f->events.timers == NULL);
  events_free (&f->events);
  if (0 <= f->to)
    close (f->to);
  if (0 <= f->from)
    close (f->from);
}

/* Is there something to read from FD, or its end?  */
static inline bool
is_readable (int fd)
{
  struct pollfd ready = { .fd = fd, .events = POLLIN };
  return poll (&ready, 1, 0) == 1;
}

/* Let the connection read all that is there.  */
static inline void
let_read (struct fixture *f)
{
  while (0 <= f->control.in && is_readable (f->control.in))
    events_step (&f->events);
}

/* Give it the LENGTH bytes at BYTES, at once.  */
static inline void
give (struct fixture *f, void const *bytes, size_t length)
{
  if (0 < length)
    NEED (write (f->to, bytes, length) == (ssize_t) length);
  let_read (f);
}

/* Give it BYTES in two pieces, of which the first has CUT bytes.  */
static inline void
give_split (struct fixture *f, void const *bytes, size_t length, size_t cut)
{
  char const *at = bytes;
  give (f, at, cut);
  /* A connection that has ended reads no more.  */
  if (0 <= f->control.in)
    give (f, at + cut, length - cut);
}

/* What was printed to standard error, caught in a file.  */
static int noise_file = -1;
static int real_stderr = -1;

static inline void
catch_noise (void)
{
  char name[] = "test-control-XXXXXX";
  noise_file = mkstemp (name);
  NEED (0 <= noise_file && unlink (name) == 0);
  real_stderr = dup (STDERR_FILENO);
  NEED (0 <= real_stderr);
  fcntl (real_stderr, F_SETFD, FD_CLOEXEC);
  NEED (dup2 (noise_file, STDERR_FILENO) == STDERR_FILENO);
}

/* Give standard error back.  Return what was printed.  */
static inline char const *
caught_noise (void)
{
  static char noise[4096];
  dup2 (real_stderr, STDERR_FILENO);
  close (real_stderr);
  ssize_t length = pread (noise_file, noise, sizeof noise - 1, 0);
  NEED (0 <= length);
  noise[length] = '\0';
  close (noise_file);
  return noise;
}

/* Take all that it has to send.  Return the length; BYTES has room for
   SIZE.  */
static inline size_t
take (struct fixture *f, unsigned char *bytes, size_t size)
{
  size_t length = 0;
  for (;;)
    {
      while (0 < f->control.queue.bytes.length && !is_readable (f->from))
        events_step (&f->events);
      ssize_t some = read (f->from, bytes + length, size - length);
      if (some < 0 && errno == EAGAIN)
        return length;
      NEED (0 <= some);
      if (some == 0)
        return length;
      length += some;
    }
}

/* Add to BYTES a message of TYPE with TEXT; return the new length.  */
static inline size_t
put_message (unsigned char *bytes, size_t length, enum message_type type,
             char const *text)
{
  struct message_builder builder;
  message_begin (&builder, type);
  if (text)
    message_add_text (&builder, KEY_TEXT, text);
  message_finish (&builder);
  memcpy (bytes + length, builder.bytes, builder.length);
  length += builder.length;
  message_wipe (&builder);
  return length;
}

/* Add to BYTES a message as a line.  */
static inline size_t
put_line (unsigned char *bytes, size_t length, char const *text)
{
  unsigned char message[1024];
  size_t size = put_message (message, 0, MESSAGE_TASK, text);
  base64_encode ((char const *) message, size, (char *) bytes + length,
                 BASE64_LENGTH (size) + 1);
  length += BASE64_LENGTH (size);
  bytes[length++] = '\n';
  return length;
}

static inline size_t
put_text (unsigned char *bytes, size_t length, char const *text)
{
  memcpy (bytes + length, text, strlen (text));
  return length + strlen (text);
}

#endif
