/* The children of this process.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "base/children.h"

#include <sys/wait.h>

#include "child-subreaper.h"
#include "xalloc.h"

static pid_t *children;
static size_t children_size, children_count;

/* Return the place of PID, or children_count.  */
static size_t
place (pid_t pid)
{
  size_t i = 0;
  while (i < children_count && children[i] != pid)
    i++;
  return i;
}

void
children_add (pid_t pid)
{
  if (children_count == children_size)
    children = x2nrealloc (children, &children_size, sizeof *children);
  children[children_count++] = pid;
}

void
children_remove (pid_t pid)
{
  size_t i = place (pid);
  if (i < children_count)
    children[i] = children[--children_count];
}

size_t
children_list (pid_t *list, size_t size)
{
  for (size_t i = 0; i < children_count && i < size; i++)
    list[i] = children[i];
  return children_count;
}

void
children_reap_orphans (void)
{
  if (!child_is_subreaper ())
    return;
  pid_t pid;
  /* The system always shows the same one first.  */
  while (0 < (pid = child_ended ()) && place (pid) == children_count)
    if (waitpid (pid, NULL, WNOHANG) != pid)
      return;
}
