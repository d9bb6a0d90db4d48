/* Change a run while it goes on: by 'socketpipe --adjust=PID'.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "leader/adjust.h"

#include <dirent.h>
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

/* Return the directory of the user's session, or NULL.  */
static char const *
given_directory (void)
{
  char const *given = getenv ("XDG_RUNTIME_DIR");
  return given != NULL && *given == '/' ? given : NULL;
}

/* What directories of our own in /tmp begin with, malloc'ed.  */
static char *
own_prefix (void)
{
  return xasprintf ("socketpipe-%jd.", (intmax_t) geteuid ());
}

/* Write to *ADDRESS the name of the socket of the process PID in DIRECTORY.
   Return 0, or -1 with errno set.  */
static int
fill_address (struct sockaddr_un *address, char const *directory, int pid)
{
  if (!is_private (directory))
    {
      errno = EPERM;
      return -1;
    }
  char *name = xasprintf ("%s/socketpipe.%d", directory, pid);
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

/* Listen on a socket in DIRECTORY.  Return 0, or -1 with errno set.  */
static int
listen_in (struct adjust *adjust, char const *directory)
{
  struct sockaddr_un address;
  if (fill_address (&address, directory, getpid ()) != 0)
    return -1;
  int fd = stream_socket (AF_UNIX);
  if (fd < 0)
    return -1;
  /* What has our number for its name can only be left over.  */
  unlink (address.sun_path);
  if (bind (fd, (struct sockaddr const *) &address, sizeof address) == 0
      && listen (fd, 5) == 0)
    {
      strcpy (adjust->name, address.sun_path);
      adjust->listener = fd;
      return 0;
    }
  int saved = errno;
  close (fd);
  errno = saved;
  return -1;
}

/* Listen in a new directory.  Return 0, or -1 with errno set.  */
static int
listen_in_own (struct adjust *adjust)
{
  char *prefix = own_prefix ();
  char *directory = xasprintf ("/tmp/%sXXXXXX", prefix);
  free (prefix);
  adjust->own_directory = mkdtemp (directory) != NULL;
  int result = -1;
  if (adjust->own_directory)
    {
      result = listen_in (adjust, directory);
      int saved = errno;
      if (result != 0)
        rmdir (directory);
      errno = saved;
    }
  free (directory);
  return result;
}

void
adjust_open (struct adjust *adjust, struct events *events,
             struct guard const *guard, void (*rate) (void *, uint64_t),
             void *context)
{
  char const *given = given_directory ();
  adjust_init (adjust);
  adjust->events = events;
  adjust->guard = guard;
  adjust->rate = rate;
  adjust->context = context;
  if ((given ? listen_in (adjust, given) : listen_in_own (adjust)) != 0)
    {
      verbose ("the rate limit cannot be changed later: %s",
               strerror (errno));
      return;
    }
  guard_file (guard, adjust->name, adjust->own_directory);
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
  guard_file (adjust->guard, NULL, false);
  if (!adjust->own_directory)
    return;
  *strrchr (adjust->name, '/') = '\0';
  rmdir (adjust->name);
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

/* Connect to the run of the process PID whose socket is in DIRECTORY.  Return
   the socket, or -1 with errno set.  */
static int
meet_in (char const *directory, int pid)
{
  struct sockaddr_un address;
  if (fill_address (&address, directory, pid) != 0)
    {
      errno = ENOENT;
      return -1;
    }
  int fd = stream_socket (AF_UNIX);
  if (fd < 0
      || connect (fd, (struct sockaddr *) &address, sizeof address) == 0)
    return fd;
  int saved = errno;
  close (fd);
  errno = saved;
  return -1;
}

/* Likewise, where the directory is one of our own in /tmp.  */
static int
meet_in_own (int pid)
{
  int fd = -1;
  char *prefix = own_prefix ();
  DIR *tmp = opendir ("/tmp");
  struct dirent const *entry;
  while (tmp != NULL && fd < 0 && (entry = readdir (tmp)) != NULL)
    if (strncmp (entry->d_name, prefix, strlen (prefix)) == 0)
      {
        char *directory = xasprintf ("/tmp/%s", entry->d_name);
        fd = meet_in (directory, pid);
        free (directory);
      }
  if (tmp != NULL)
    closedir (tmp);
  free (prefix);
  if (fd < 0)
    errno = ENOENT;
  return fd;
}

/* Return whether ERROR says that there is no such run.  */
static bool
is_absence (int error)
{
  return error == ENOENT || error == ECONNREFUSED;
}

/* Connect to the run of the process PID, which may have been started with
   another environment, as by cron.  Return the socket, or -1 with errno
   set.  */
static int
meet (int pid)
{
  char const *given = given_directory ();
  int fd = -1;
  errno = ENOENT;
  if (given)
    fd = meet_in (given, pid);
  if (fd < 0 && is_absence (errno))
    fd = meet_in_own (pid);
  if (fd < 0 && is_absence (errno))
    {
      /* Where systemd and others have it.  */
      char *usual = xasprintf ("/run/user/%jd", (intmax_t) geteuid ());
      fd = meet_in (usual, pid);
      free (usual);
    }
  return fd;
}

int
adjust_main (struct run const *run)
{
  char line[ADJUST_LINE], answer[ADJUST_LINE];
  int fd = meet (run->adjust);
  if (fd < 0)
    {
      complain (is_absence (errno)
                ? "process %d is no run of yours with a rate limit: give"
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
