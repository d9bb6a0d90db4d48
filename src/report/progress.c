/* The progress line: where it is drawn.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "report/progress.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/diagnose.h"
#include "full-write.h"
#include "minmax.h"
#include "terminal.h"

/* The width of a terminal that does not report it.  */
enum { WIDTH_DEFAULT = 80 };

static struct progress *shown;

static void
clear_shown (void)
{
  if (shown)
    progress_clear (shown);
}

void
progress_open (struct progress *progress)
{
  *progress = (struct progress) { .terminal = isatty (STDERR_FILENO) };
  shown = progress;
  diagnose_before (clear_shown);
}

int
progress_width (struct progress const *progress)
{
  if (!progress->terminal)
    return 0;
  int width = terminal_width (STDERR_FILENO);
  /* Some terminals go to the next line when the last column is written.  */
  return MAX (1, (0 < width ? width : WIDTH_DEFAULT) - 1);
}

bool
progress_hidden (struct progress const *progress)
{
  if (!progress->terminal)
    return false;
  pid_t front = tcgetpgrp (STDERR_FILENO);
  /* A terminal that is not the controlling one has no background jobs
     here.  */
  return 0 <= front && front != getpgrp ();
}

/* A failure of standard error cannot be reported anywhere.  */
static void
put (char const *text, size_t length)
{
  int saved = errno;
  if (full_write (STDERR_FILENO, text, length) != length)
    errno = saved;
  errno = saved;
}

void
progress_draw (struct progress *progress, char const *line)
{
  char text[2 * PROGRESS_MAX + 2];
  size_t length = strlen (line);
  /* Clear the rest of the line before, which may have been wider than the
     terminal is now.  */
  size_t rest = 0;
  if (length < progress->drawn)
    rest = MIN (progress->drawn, (size_t) progress_width (progress));
  rest = length < rest ? rest - length : 0;
  text[0] = '\r';
  memcpy (text + 1, line, length);
  memset (text + 1 + length, ' ', rest);
  put (text, 1 + length + rest);
  progress->drawn = length;
}

void
progress_clear (struct progress *progress)
{
  if (progress->drawn == 0)
    return;
  progress_draw (progress, "");
  put ("\r", 1);
  progress->drawn = 0;
}

void
progress_close (struct progress *progress)
{
  if (0 < progress->drawn)
    put ("\n", 1);
  progress->drawn = 0;
  if (shown == progress)
    {
      shown = NULL;
      diagnose_before (NULL);
    }
}
