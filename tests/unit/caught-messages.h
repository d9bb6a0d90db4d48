/* What is reported on standard error, caught in a file.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef CAUGHT_MESSAGES_H
# define CAUGHT_MESSAGES_H 1

# include <stdio.h>
# include <unistd.h>

# include "test-macros.h"

/* Standard error goes to a file while messages are tested.  */
static FILE *messages;
static int real_stderr;

/* Call this first.  */
static void
prepare_messages (void)
{
  messages = tmpfile ();
  real_stderr = dup (STDERR_FILENO);
  NEED (messages != NULL && 0 <= real_stderr);
}

static void
catch_messages (void)
{
  NEED (fflush (stderr) == 0 && ftruncate (fileno (messages), 0) == 0
        && lseek (fileno (messages), 0, SEEK_SET) == 0
        && dup2 (fileno (messages), STDERR_FILENO) == STDERR_FILENO);
}

/* Return what was reported since catch_messages.  */
static char const *
caught (void)
{
  static char text[4096];
  NEED (dup2 (real_stderr, STDERR_FILENO) == STDERR_FILENO
        && lseek (fileno (messages), 0, SEEK_SET) == 0);
  ssize_t length = read (fileno (messages), text, sizeof text - 1);
  NEED (0 <= length);
  text[length] = '\0';
  return text;
}

#endif
