/* Look up the addresses of a host by its name, in the background.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "net/lookup.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "close-from.h"
#include "full-write.h"
#include "base/children.h"
#include "base/signals.h"
#include "xalloc.h"

/* The first byte of the answer: an array of struct candidate follows, or the
   text of an error.  */
enum { IS_LIST = 'L', IS_ERROR = 'E' };

/* The most addresses that a name may have, and the most seconds that it takes
   to find them.  */
enum { ADDRESSES_MAX = 64, LONGEST = 120 };

static void
answer_error (int fd, int error)
{
  char const *text = gai_strerror (error);
  char const kind = IS_ERROR;
  if (full_write (fd, &kind, 1) == 1
      && full_write (fd, text, strlen (text)) == strlen (text))
    _exit (EXIT_SUCCESS);
  _exit (EXIT_FAILURE);
}

static void
answer_list (int fd, struct addrinfo const *list)
{
  char const kind = IS_LIST;
  size_t count = 0;
  if (full_write (fd, &kind, 1) != 1)
    _exit (EXIT_FAILURE);
  for (; list != NULL && count < ADDRESSES_MAX; list = list->ai_next)
    {
      struct candidate candidate;
      if (sizeof candidate.address < list->ai_addrlen)
        continue;
      memset (&candidate, 0, sizeof candidate);
      memcpy (&candidate.address, list->ai_addr, list->ai_addrlen);
      candidate.length = list->ai_addrlen;
      if (full_write (fd, &candidate, sizeof candidate) != sizeof candidate)
        _exit (EXIT_FAILURE);
      count++;
    }
  _exit (EXIT_SUCCESS);
}

/* The child's part.  */
static _Noreturn void
look_up (int fd, char const *host)
{
  /* This process must keep nothing of the run open, and must end.  */
  if (fd != 3 && dup2 (fd, 3) != 3)
    _exit (EXIT_FAILURE);
  close_from (4);
  int null = open ("/dev/null", O_RDWR);
  for (int i = 0; i < 3; i++)
    if (null < 0 || dup2 (null, i) != i)
      _exit (EXIT_FAILURE);
  signals_helper ();
  signal (SIGALRM, SIG_DFL);
  alarm (LONGEST);
  /* The secret is in this process's memory, and the resolver's modules are
     foreign code, which may crash.  */
  if (setrlimit (RLIMIT_CORE, &(struct rlimit) { .rlim_cur = 0 }) != 0)
    _exit (EXIT_FAILURE);

  struct addrinfo hints, *list;
  memset (&hints, 0, sizeof hints);
  hints.ai_socktype = SOCK_STREAM;
  int error = getaddrinfo (host, NULL, &hints, &list);
  if (error != 0)
    answer_error (3, error);
  answer_list (3, list);
  _exit (EXIT_FAILURE);
}

void
lookup_cancel (struct lookup *lookup)
{
  if (lookup->events == NULL)
    return;
  events_forget (lookup->events, lookup->fd);
  close (lookup->fd);
  kill (lookup->pid, SIGKILL);
  while (waitpid (lookup->pid, NULL, 0) < 0 && errno == EINTR)
    continue;
  children_remove (lookup->pid);
  free (lookup->answer);
  lookup->answer = NULL;
  lookup->length = 0;
  lookup->events = NULL;
}

/* The answer is complete.  */
static void
give_answer (struct lookup *lookup)
{
  struct lookup done = *lookup;
  lookup->answer = NULL;
  lookup_cancel (lookup);
  unsigned char kind = 0 < done.length ? done.answer[0] : 0;
  if (kind == IS_LIST)
    {
      size_t count = (done.length - 1) / sizeof (struct candidate);
      struct candidate *list = xnmalloc (count + 1, sizeof *list);
      memcpy (list, done.answer + 1, count * sizeof *list);
      done.fn (done.context, list, count, NULL);
      free (list);
    }
  else if (kind == IS_ERROR)
    {
      char *text = ximemdup0 (done.answer + 1, done.length - 1);
      done.fn (done.context, NULL, 0, text);
      free (text);
    }
  else
    done.fn (done.context, NULL, 0, "cannot be looked up");
  free (done.answer);
}

static void
ready_to_read (void *context, int fd, short ready)
{
  struct lookup *lookup = context;
  enum { SIZE = 1 + ADDRESSES_MAX * sizeof (struct candidate) };
  (void) ready;
  ssize_t got = read (fd, lookup->answer + lookup->length,
                      SIZE - lookup->length);
  if (got < 0 && (errno == EINTR || errno == EAGAIN))
    return;
  if (0 < got)
    lookup->length += got;
  if (got <= 0 || lookup->length == SIZE)
    give_answer (lookup);
}

int
lookup_start (struct lookup *lookup, struct events *events, char const *host,
              lookup_fn *fn, void *context)
{
  int ends[2];
  if (pipe2 (ends, O_CLOEXEC) != 0)
    return -1;
  pid_t pid = fork ();
  if (pid == 0)
    look_up (ends[1], host);
  int saved = errno;
  close (ends[1]);
  if (pid < 0)
    {
      close (ends[0]);
      errno = saved;
      return -1;
    }
  children_add (pid, true);
  *lookup = (struct lookup) {
    .events = events, .fn = fn, .context = context, .pid = pid,
    .fd = ends[0],
    .answer = xmalloc (1 + ADDRESSES_MAX * sizeof (struct candidate))
  };
  events_watch (events, ends[0], POLLIN, ready_to_read, lookup);
  return 0;
}
