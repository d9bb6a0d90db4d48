/* Shared by the tests of what is started: whether a process is a helper.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef HELPERS_H
# define HELPERS_H 1

# include "base/children.h"
# include "test-macros.h"

/* Return whether PID is one of the registered helpers.  */
static bool
is_helper (pid_t pid)
{
  pid_t list[64];
  size_t count = children_helpers (list, SIZEOF (list));
  for (size_t i = 0; i < count; i++)
    if (list[i] == pid)
      return true;
  return false;
}

#endif /* HELPERS_H */
