/* Ask the other host what the address of this one is.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "compat/ask.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/diagnose.h"
#include "quote.h"
#include "quotearg.h"
#include "report/report.h"
#include "base/system.h"
#include "xalloc.h"

enum
{
  ANSWER_MAX = 4 * 1024 * 1024, /* more than any environment */
  LAST_WORDS = 500              /* ms for output after the login's end */
};

/* Return the first word of the value that NAME has in ENVIRONMENT, of LENGTH
   bytes, malloc'ed; or NULL.  */
static char *
find_variable (char const *environment, size_t length, char const *name)
{
  char const *own = getenv (name);
  size_t name_length = strlen (name);
  char const *end = environment + length;
  for (char const *line = environment; line < end;)
    {
      char const *stop = memchr (line, '\n', end - line);
      size_t size = (stop ? stop : end) - line;
      if (name_length < size && memcmp (line, name, name_length) == 0
          && line[name_length] == '=')
        {
          char *value = ximemdup0 (line + name_length + 1,
                                  size - name_length - 1);
          if (own == NULL || !STREQ (value, own))
            {
              value[strcspn (value, " \r")] = '\0';
              if (*value != '\0')
                return value;
            }
          free (value);
        }
      line += size + 1;
    }
  return NULL;
}

char *
ask_find (char const *environment, size_t length)
{
  static char const mapped[] = "::ffff:";
  char *address = find_variable (environment, length, "SSH_CONNECTION");
  if (address == NULL)
    address = find_variable (environment, length, "SSH_CLIENT");
  if (address && strncmp (address, mapped, strlen (mapped)) == 0
      && strchr (address, '.'))
    memmove (address, address + strlen (mapped),
             strlen (address + strlen (mapped)) + 1);
  return address;
}

/* Say why there is no address.  */
static void
explain (struct ask const *ask)
{
  struct stage const *stage = &ask->login.stage;
  char end[80];
  if (stage->exec_errno != 0)
    {
      complain ("cannot run login command %s: %s",
                quote (ask->login.argv[0]), strerror (stage->exec_errno));
      return;
    }
  describe_end (stage->wait_status, end, sizeof end);
  if (stage->wait_status != 0)
    complain ("the login command %s, which was to tell the address of this "
              "host, ended: %s", quote (ask->login.text), end);
  else
    complain ("the login command %s does not tell the address of this host "
              "(it sets no SSH_CONNECTION there): name this host as it is "
              "seen there with -h", quote (ask->login.text));
}

/* The login has ended, and its output has.  */
static void
conclude (void *context)
{
  struct ask *ask = context;
  timer_clear (&ask->supervisor->events, &ask->timer);
  ask->over = true;
  char *address = ask_find (ask->answer, ask->length);
  bool fits = address && !strchr (address, ':') == (ask->family == 4);
  if (address == NULL)
    explain (ask);
  else if (!fits && ask->family == 4)
    complain ("the login command %s comes from the address %s, and 1.10 "
              "knows IPv4 only: log in by IPv4 (for ssh, -4), or name this "
              "host's IPv4 address with -h", quote_n (0, ask->login.text),
              quotearg_n_style (1, escape_quoting_style, address));
  else if (!fits)
    complain ("the login command %s comes from the address %s, which does "
              "not go with -6", quote_n (0, ask->login.text),
              quotearg_n_style (1, escape_quoting_style, address));
  ask->answered (ask->context, fits ? address : NULL);
  free (address);
}

static void
end_answer (struct ask *ask)
{
  events_forget (&ask->supervisor->events, ask->fd);
  close (ask->fd);
  ask->fd = -1;
  if (ask->login.stage.state == STAGE_ENDED && !ask->over)
    conclude (ask);
}

static void
ready_to_read (void *context, int fd, short ready)
{
  struct ask *ask = context;
  char bytes[4096];
  (void) ready;
  ssize_t got = read (fd, bytes, sizeof bytes);
  if (got < 0 && (errno == EINTR || errno == EAGAIN))
    return;
  if (got <= 0)
    end_answer (ask);
  else if (ask->length + got <= ANSWER_MAX)
    {
      while (ask->size < ask->length + got)
        ask->answer = x2nrealloc (ask->answer, &ask->size, 1);
      memcpy (ask->answer + ask->length, bytes, got);
      ask->length += got;
    }
}

int
ask_start (struct ask *ask, struct supervisor *supervisor,
           struct run const *run, int family,
           void (*answered) (void *, char const *), void *context)
{
  char *const no_words[] = { NULL };
  int ends[2];
  *ask = (struct ask) {
    .supervisor = supervisor, .run = run, .family = family, .fd = -1,
    .answered = answered, .context = context
  };
  login_init (&ask->login, run, "env", no_words);
  if (pipe2 (ends, O_CLOEXEC) != 0)
    return -1;
  int result = supervisor_start_login (supervisor, &ask->login.stage, -1,
                                       ends[1]);
  int saved = errno;
  close (ends[1]);
  if (result == 0)
    {
      ask->fd = ends[0];
      events_watch (&supervisor->events, ask->fd, POLLIN, ready_to_read,
                    ask);
    }
  else
    close (ends[0]);
  errno = saved;
  return result;
}

void
ask_stop (struct ask *ask)
{
  ask->over = true;
}

void
ask_reap (struct ask *ask)
{
  if (ask->supervisor == NULL
      || !stage_reap (&ask->login.stage, &ask->supervisor->guard)
      || ask->over)
    return;
  if (ask->fd < 0)
    conclude (ask);
  else
    /* Somebody may have been left behind who holds it open.  */
    timer_set (&ask->supervisor->events, &ask->timer, LAST_WORDS, conclude,
               ask);
}

void
ask_free (struct ask *ask)
{
  if (ask->supervisor == NULL)
    return;
  timer_clear (&ask->supervisor->events, &ask->timer);
  ask->over = true;
  if (0 <= ask->fd)
    end_answer (ask);
  login_free (&ask->login);
  free (ask->answer);
  *ask = (struct ask) { .fd = -1 };
}
