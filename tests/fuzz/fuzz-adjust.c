/* Fuzz the line by which another process changes a run.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   The input is what it writes, in pieces that end at each byte 255, which is
   left out.  */

#include <config.h>

#include "fuzz.h"

#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "leader/adjust.h"
#include "stream-socket.h"

static struct events events;
static struct adjust adjust;
static struct guard const guard = { .pid = -1, .fd = -1 };
static unsigned changes;
static char directory[] = "/tmp/fuzz-adjust-XXXXXX";

static void
on_rate (void *context, uint64_t rate)
{
  (void) context;
  MUST (0 < rate && rate <= INT64_MAX);
  changes++;
}

static void
leave (void)
{
  adjust_close (&adjust);
  rmdir (directory);
}

static void
begin (void)
{
  if (0 <= adjust.listener && adjust.events != NULL)
    return;
  MUST (mkdtemp (directory) != NULL);
  MUST (setenv ("XDG_RUNTIME_DIR", directory, 1) == 0);
  events_init (&events);
  adjust_open (&adjust, &events, &guard, on_rate, NULL);
  MUST (0 <= adjust.listener);
  atexit (leave);
}

/* Let the run take what is there.  */
static void
let_read (void)
{
  for (;;)
    {
      struct pollfd ready = {
        .fd = 0 <= adjust.fd ? adjust.fd : adjust.listener, .events = POLLIN
      };
      if (poll (&ready, 1, 0) != 1)
        return;
      events_step (&events);
      MUST (adjust.length < sizeof adjust.line);
    }
}

int
LLVMFuzzerTestOneInput (uint8_t const *data, size_t size)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  begin ();
  changes = 0;
  strcpy (address.sun_path, adjust.name);
  int fd = stream_socket (AF_UNIX);
  MUST (0 <= fd
        && connect (fd, (struct sockaddr *) &address, sizeof address) == 0);
  let_read ();
  while (0 < size)
    {
      uint8_t const *cut = memchr (data, 255, size);
      size_t some = cut == NULL ? size : (size_t) (cut - data);
      if (send (fd, data, some, MSG_NOSIGNAL) < 0)
        break;
      let_read ();
      data += some;
      size -= some;
      if (0 < size)
        {
          data++;
          size--;
        }
    }
  shutdown (fd, SHUT_WR);
  let_read ();
  MUST (adjust.fd == -1 && changes <= 1);

  /* One line for an answer, or none.  */
  char answer[200];
  ssize_t got = read (fd, answer, sizeof answer);
  MUST (got <= 0 || (answer[got - 1] == '\n'
                     && memchr (answer, '\n', got) == answer + got - 1));
  MUST (changes == 0 || (got == 5 && memcmp (answer, "done\n", 5) == 0));
  close (fd);
  return 0;
}
