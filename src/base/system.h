/* The exit statuses, for all parts of the program.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SYSTEM_H
# define SYSTEM_H 1

# include <stdlib.h>
# include <string.h>

# define STREQ(a, b) (strcmp (a, b) == 0)

/* Exit statuses beside those of the commands, as env, nohup and timeout
   have them.  */
enum
{
  EXIT_OWN_FAILURE = 125,       /* socketpipe itself failed */
  EXIT_CANNOT_INVOKE = 126,     /* command found, cannot be run */
  EXIT_NOT_FOUND = 127,         /* command not found */
  EXIT_SIGNAL_BASE = 128        /* plus the signal's number */
};

#endif
