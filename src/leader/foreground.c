/* What a process that the user has started does before and after its work.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "leader/foreground.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/diagnose.h"
#include "quote.h"
#include "base/signals.h"
#include "worker/stage.h"
#include "base/system.h"

/* Return 0 if the command ARGV of ROLE, or NULL, can be run; else say why not
   and return an exit status.  */
static int
check_command (char const *role, char *const *argv)
{
  if (argv == NULL)
    return 0;
  int error = stage_check (argv);
  if (error == 0)
    return 0;
  complain ("cannot run %s %s: %s", role, quote (argv[0]), strerror (error));
  return error == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_INVOKE;
}

int
foreground_check (struct run const *run)
{
  int status = 0;
  for (size_t i = 0; status == 0 && i < run->stage_count; i++)
    if (run->stages[i].host == 0)
      status = check_command (run->stages[i].role, run->stages[i].argv);
  for (size_t i = 1; status == 0 && i < run->host_count; i++)
    status = check_command ("login command", run->hosts[i].login);
  return status;
}

bool
foreground_has_terminal (void)
{
  int fd = open ("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
  if (0 <= fd)
    close (fd);
  return 0 <= fd;
}

static void
forbid_core (void)
{
  struct rlimit none = { 0, 0 };
  if (setrlimit (RLIMIT_CORE, &none) != 0)
    return;
}

void
foreground_die (int sig)
{
  forbid_core ();
  signals_die (sig);
}
