/* The children of this process.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "base/children.h"

#include <sys/wait.h>

#include "child-subreaper.h"
#include "xalloc.h"

static struct child
{
  pid_t pid;
  bool helper;
} *children;
static size_t children_size, children_count;

/* Return the place of PID, or children_count.  */
static size_t
place (pid_t pid)
{
  size_t i = 0;
  while (i < children_count && children[i].pid != pid)
    i++;
  return i;
}

void
children_add (pid_t pid, bool helper)
{
  if (children_count == children_size)
    children = x2nrealloc (children, &children_size, sizeof *children);
  children[children_count++] = (struct child) { pid, helper };
}

void
children_remove (pid_t pid)
{
  size_t i = place (pid);
  if (i < children_count)
    children[i] = children[--children_count];
}

size_t
children_helpers (pid_t *list, size_t size)
{
  size_t count = 0;
  for (size_t i = 0; i < children_count && count < size; i++)
    if (children[i].helper)
      list[count++] = children[i].pid;
  return count;
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
