/* Lines on standard error.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "base/diagnose.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "full-write.h"
#include "base/system.h"

static int level;
static char const *host;
static void (*before) (void);

void
diagnose_level (int new_level)
{
  level = new_level;
}

void
diagnose_host (char const *name)
{
  host = name;
}

void
diagnose_before (void (*clear) (void))
{
  before = clear;
}

/* Write one line.  A text that does not fit the buffer is cut: a message must
   not fail for lack of memory.  */
static void ATTRIBUTE_FORMAT ((__printf__, 1, 0))
say (char const *format, va_list arguments)
{
  char line[4096];
  int saved = errno;
  if (before)
    before ();
  size_t used = host ? snprintf (line, sizeof line, "socketpipe on %s: ", host)
                     : snprintf (line, sizeof line, "socketpipe: ");
  if (used < sizeof line - 1)
    {
      errno = saved;
      int more = vsnprintf (line + used, sizeof line - used, format,
                            arguments);
      if (0 < more)
        used += more;
    }
  if (sizeof line - 1 <= used)
    used = sizeof line - 2;
  line[used++] = '\n';
  /* A failure of standard error cannot be reported anywhere.  */
  if (full_write (STDERR_FILENO, line, used) != used)
    errno = saved;
  errno = saved;
}

void
complain (char const *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  say (format, arguments);
  va_end (arguments);
}

void
warn (char const *format, ...)
{
  if (level < 0)
    return;
  va_list arguments;
  va_start (arguments, format);
  say (format, arguments);
  va_end (arguments);
}

void
answer (char const *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  say (format, arguments);
  va_end (arguments);
}

void
verbose (char const *format, ...)
{
  if (level < 1)
    return;
  va_list arguments;
  va_start (arguments, format);
  say (format, arguments);
  va_end (arguments);
}

void
debug (char const *format, ...)
{
  if (level < 2)
    return;
  va_list arguments;
  va_start (arguments, format);
  say (format, arguments);
  va_end (arguments);
}

void
xalloc_die (void)
{
  complain ("memory exhausted");
  _exit (EXIT_OWN_FAILURE);
}
