/* Change a run while it goes on: by 'socketpipe --adjust=PID'.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "leader/adjust.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/diagnose.h"
#include "full-write.h"
#include "stream-socket.h"
#include "base/system.h"
#include "xalloc.h"
#include "xstrtol.h"
#include "xvasprintf.h"

/* How long, in ms, either side waits for the other's line.  */
enum { LINE_LIMIT = 5000 };

static char const done[] = "done\n";

/* Return whether DIRECTORY is the user's, and nobody else may enter it.  */
static bool
is_private (char const *directory)
{
  struct stat status;
  return (lstat (directory, &status) == 0 && S_ISDIR (status.st_mode)
          && status.st_uid == geteuid ()
          && (status.st_mode & (S_IRWXG | S_IRWXO)) == 0);
}

/* Return the directory for sockets, malloc'ed; make it if MAKE, where it is
   our own.  Return NULL with errno set when there is none.  */
static char *
find_directory (bool make)
{
  char const *given = getenv ("XDG_RUNTIME_DIR");
  bool own = given == NULL || *given != '/';
  char *directory = (own ? xasprintf ("/tmp/socketpipe-%jd",
                                      (intmax_t) geteuid ())
                     : xstrdup (given));
  if ((!own || !make || mkdir (directory, S_IRWXU) == 0 || errno == EEXIST)
      && is_private (directory))
    return directory;
  free (directory);
  errno = make ? EPERM : ENOENT;
  return NULL;
}

/* Write to *ADDRESS the name of the socket of the process PID; MAKE its
   directory, if need be.  Return 0, or -1 with errno set.  */
static int
fill_address (struct sockaddr_un *address, int pid, bool make)
{
  char *directory = find_directory (make);
  if (directory == NULL)
    return -1;
  char *name = xasprintf ("%s/socketpipe.%d", directory, pid);
  free (directory);
  memset (address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  bool fits = strlen (name) < sizeof address->sun_path;
  if (fits)
    strcpy (address->sun_path, name);
  free (name);
  errno = ENAMETOOLONG;
  return fits ? 0 : -1;
}


/* The run.  */

static void ready_to_meet (void *context, int fd, short ready);

void
adjust_init (struct adjust *adjust)
{
  *adjust = (struct adjust) { .listener = -1, .fd = -1 };
}

/* Be ready for the next one.  */
static void
let_go (struct adjust *adjust)
{
  timer_clear (adjust->events, &adjust->limit);
  if (0 <= adjust->fd)
    {
      events_forget (adjust->events, adjust->fd);
      close (adjust->fd);
    }
  adjust->fd = -1;
  if (0 <= adjust->listener)
    events_watch (adjust->events, adjust->listener, POLLIN, ready_to_meet,
                  adjust);
}

static void
too_slow (void *context)
{
  let_go (context);
}

/* Do what the line says.  Return the answer to it.  */
static char const *
obey (struct adjust *adjust)
{
  static char const word[] = "rate ";
  uintmax_t rate;
  if (strncmp (adjust->line, word, sizeof word - 1) != 0)
    return "it knows no such change\n";
  if (xstrtoumax (adjust->line + sizeof word - 1, NULL, 10, &rate, "")
      != LONGINT_OK || rate == 0 || INT64_MAX < rate)
    return "it understands no such rate\n";
  adjust->rate (adjust->context, rate);
  return done;
}

static void
ready_to_hear (void *context, int fd, short ready)
{
  struct adjust *adjust = context;
  (void) ready;
  size_t room = sizeof adjust->line - 1 - adjust->length;
  ssize_t got = read (fd, adjust->line + adjust->length, room);
  if (got < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  if (0 < got)
    adjust->length += got;
  char *end = memchr (adjust->line, '\n', adjust->length);
  if (end != NULL)
    {
      *end = '\0';
      char const *answer = obey (adjust);
      size_t length = strlen (answer);
      if (full_write (fd, answer, length) != length)
        verbose ("cannot answer who adjusts: %s", strerror (errno));
    }
  if (end != NULL || got <= 0 || (size_t) got == room)
    let_go (adjust);
}

static void
ready_to_meet (void *context, int fd, short ready)
{
  struct adjust *adjust = context;
  (void) ready;
  int peer = stream_accept (fd, NULL, NULL);
  if (peer < 0)
    return;
  adjust->fd = peer;
  adjust->length = 0;
  /* One after the other.  */
  events_forget (adjust->events, fd);
  events_watch (adjust->events, peer, POLLIN, ready_to_hear, adjust);
  timer_set (adjust->events, &adjust->limit, LINE_LIMIT, too_slow, adjust);
}

/* Listen at ADDRESS.  Return the socket, or -1 with errno set.  */
static int
listen_at (struct sockaddr_un const *address)
{
  int fd = stream_socket (AF_UNIX);
  if (fd < 0)
    return -1;
  /* What has our number for its name can only be left over.  */
  unlink (address->sun_path);
  if (bind (fd, (struct sockaddr const *) address, sizeof *address) == 0
      && listen (fd, 5) == 0)
    return fd;
  int saved = errno;
  close (fd);
  errno = saved;
  return -1;
}

void
adjust_open (struct adjust *adjust, struct events *events,
             void (*rate) (void *, uint64_t), void *context)
{
  struct sockaddr_un address;
  adjust_init (adjust);
  adjust->events = events;
  adjust->rate = rate;
  adjust->context = context;
  if (fill_address (&address, getpid (), true) == 0)
    adjust->listener = listen_at (&address);
  if (adjust->listener < 0)
    {
      verbose ("the rate limit cannot be changed later: %s",
               strerror (errno));
      return;
    }
  strcpy (adjust->name, address.sun_path);
  let_go (adjust);
}

void
adjust_close (struct adjust *adjust)
{
  if (adjust->listener < 0)
    return;
  events_forget (adjust->events, adjust->listener);
  close (adjust->listener);
  adjust->listener = -1;
  let_go (adjust);
  unlink (adjust->name);
}


/* Who changes it.  */

/* Read a line from FD into TEXT, of SIZE bytes, without its newline.  Return
   whether there was one in time.  */
static bool
read_line (int fd, char *text, size_t size)
{
  size_t length = 0;
  struct pollfd wait = { .fd = fd, .events = POLLIN };
  while (length < size - 1 && 0 < poll (&wait, 1, LINE_LIMIT))
    {
      ssize_t got = read (fd, text + length, 1);
      if (got <= 0 && errno != EAGAIN && errno != EINTR)
        break;
      if (got == 1 && text[length] == '\n')
        {
          text[length] = '\0';
          return true;
        }
      length += 0 < got;
      if (got == 0)
        break;
    }
  return false;
}

/* Connect to the run of the process PID.  Return the socket, or -1 with errno
   set.  */
static int
meet (int pid)
{
  struct sockaddr_un address;
  if (fill_address (&address, pid, false) != 0)
    return -1;
  int fd = stream_socket (AF_UNIX);
  if (fd < 0
      || connect (fd, (struct sockaddr *) &address, sizeof address) == 0)
    return fd;
  int saved = errno;
  close (fd);
  errno = saved;
  return -1;
}

int
adjust_main (struct run const *run)
{
  char line[ADJUST_LINE], answer[ADJUST_LINE];
  int fd = meet (run->adjust);
  if (fd < 0)
    {
      bool none = errno == ENOENT || errno == ECONNREFUSED;
      complain (none ? "process %d is no run of yours with a rate limit: give"
                " the number of one that was started with --rate-limit"
                : "cannot reach the run of process %d: %s", run->adjust,
                strerror (errno));
      return EXIT_OWN_FAILURE;
    }
  int length = snprintf (line, sizeof line, "rate %" PRIu64 "\n",
                         run->rate_limit);
  bool good = (full_write (fd, line, length) == (size_t) length
               && read_line (fd, answer, sizeof answer));
  close (fd);
  if (!good)
    complain ("the run of process %d does not answer", run->adjust);
  else if (strncmp (answer, done, sizeof done - 2) != 0)
    {
      complain ("the run of process %d refuses: %s", run->adjust, answer);
      good = false;
    }
  return good ? EXIT_SUCCESS : EXIT_OWN_FAILURE;
}
