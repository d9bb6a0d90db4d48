/* The children of this process.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "base/children.h"

#include <sys/wait.h>

#include "child-subreaper.h"
#include "process-state.h"
#include "process-tree.h"
#include "xalloc.h"

enum kind
{
  STAGE,
  HELPER,
  STRANGER                      /* not forked here, and no stage's */
};

static struct child
{
  pid_t pid;
  enum kind kind;
} *children;
static size_t children_size, children_count;

static bool apart;              /* strangers have been looked for */
static unsigned long long first_start;  /* of a stage; 0 = not known */

/* Return the place of PID, or children_count.  */
static size_t
place (pid_t pid)
{
  size_t i = 0;
  while (i < children_count && children[i].pid != pid)
    i++;
  return i;
}

static void
add (pid_t pid, enum kind kind)
{
  if (children_count == children_size)
    children = x2nrealloc (children, &children_size, sizeof *children);
  children[children_count++] = (struct child) { pid, kind };
}

/* Register the strangers among our children: all that are not registered, or,
   with OLD, those that are older than the first stage.  */
static void
add_strangers (bool old)
{
  struct process_tree tree = { .except = NULL };
  struct process_state state;
  process_tree_begin (&tree);
  for (size_t i = 0; i < tree.count; i++)
    if (place (tree.pids[i]) == children_count
        && (!old || (process_state_read (tree.pids[i], &state) == 0
                     && state.start < first_start)))
      add (tree.pids[i], STRANGER);
}

void
children_add (pid_t pid, bool helper)
{
  struct process_state state;
  if (apart && !helper && first_start == 0
      && process_state_read (pid, &state) == 0)
    first_start = state.start;
  add (pid, helper ? HELPER : STAGE);
}

void
children_remove (pid_t pid)
{
  size_t i = place (pid);
  if (i == children_count)
    return;
  enum kind kind = children[i].kind;
  children[i] = children[--children_count];
  if (apart && kind != STAGE)
    add_strangers (true);
}

void
children_set_apart (void)
{
  if (!apart)
    add_strangers (false);
  apart = true;
}

size_t
children_helpers (pid_t *list, size_t size)
{
  size_t count = 0;
  for (size_t i = 0; i < children_count && count < size; i++)
    if (children[i].kind != STAGE)
      list[count++] = children[i].pid;
  return count;
}

/* Return whether no other module waits for the child PID.  */
static bool
is_orphan (pid_t pid)
{
  size_t i = place (pid);
  return i == children_count || children[i].kind == STRANGER;
}

void
children_reap_orphans (void)
{
  if (!child_is_subreaper ())
    return;
  pid_t pid;
  /* The system always returns the same one first.  */
  while (0 < (pid = child_ended ()) && is_orphan (pid))
    {
      if (waitpid (pid, NULL, WNOHANG) != pid)
        return;
      children_remove (pid);
    }
}
