/* The descendants of this process.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "process-tree.h"

#include <unistd.h>

#if HAVE_PROC_FD_LINKS
# include <dirent.h>
# include <errno.h>
# include <fcntl.h>
# include <stdint.h>
# include <stdio.h>
# include <stdlib.h>

# include "process-state.h"

/* Names in /proc/PID/task/TID; a test lets them be absent, as they are in a
   kernel without CONFIG_PROC_CHILDREN.  */
# ifndef CHILDREN_FILE
#  define CHILDREN_FILE "children"
# endif

enum { DESCENDANTS_MAX = 1 << 20, TASK_PATH_SIZE = 80 };

/* Memory that is kept from one tree to the next: of the tree, and of the list
   for kernels that do not list children.  */
static pid_t *queue;
static size_t queue_size;

struct kin
{
  pid_t pid, parent;
};
static struct kin *kins;
static size_t kins_size, kins_count;

/* Enlarge *ARRAY, which has *SIZE elements of ELEMENT bytes, to more than
   COUNT.  Return false on failure.  */
static bool
have_room (void *array, size_t *size, size_t count, size_t element)
{
  void **memory = array;
  if (count < *size)
    return true;
  if (DESCENDANTS_MAX <= count)
    return false;
  size_t more = *size == 0 ? 256 : 2 * *size;
  void *larger = realloc (*memory, more * element);
  if (larger == NULL)
    return false;
  *memory = larger;
  *size = more;
  return true;
}

/* Put the process PID into TREE.  */
static void
enqueue (struct process_tree *tree, pid_t pid)
{
  if (process_tree_excepts (tree, pid))
    return;
  if (have_room (&queue, &queue_size, tree->count, sizeof *queue))
    {
      tree->pids = queue;
      queue[tree->count++] = pid;
    }
  else
    tree->failed = true;
}

/* Put the children that the thread TASK of the process PID has forked into
   TREE.  Return false, with errno set, if they are not listed.  */
static bool
enqueue_forked (struct process_tree *tree, pid_t pid, pid_t task)
{
  char text[4096];
  snprintf (text, sizeof text, "/proc/%jd/task/%jd/" CHILDREN_FILE,
            (intmax_t) pid, (intmax_t) task);
  int fd = open (text, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return false;
  /* Numbers, each with a blank behind it.  */
  pid_t child = 0;
  ssize_t got;
  while (0 < (got = read (fd, text, sizeof text)))
    for (ssize_t i = 0; i < got; i++)
      if ('0' <= text[i] && text[i] <= '9')
        child = 10 * child + (text[i] - '0');
      else
        {
          if (child != 0)
            enqueue (tree, child);
          child = 0;
        }
  close (fd);
  return true;
}

bool
process_tree_descend (struct process_tree *tree, pid_t pid)
{
  if (kins_count != 0)
    {
      for (size_t i = 0; i < kins_count; i++)
        if (kins[i].parent == pid)
          enqueue (tree, kins[i].pid);
      return true;
    }
  if (process_threads (pid) == 1)
    return enqueue_forked (tree, pid, pid);

  char name[TASK_PATH_SIZE];
  snprintf (name, sizeof name, "/proc/%jd/task", (intmax_t) pid);
  DIR *tasks = opendir (name);
  if (tasks == NULL)
    {
      tree->failed |= process_look_failed (errno);
      return false;
    }
  bool listed = false;
  struct dirent const *entry;
  while ((entry = readdir (tasks)) != NULL)
    {
      pid_t task = process_number (entry->d_name);
      if (0 < task)
        listed |= enqueue_forked (tree, pid, task);
    }
  closedir (tasks);
  return listed;
}

/* Read the parents of all processes.  Return false if that fails, or may miss
   some.  */
static bool
read_kins (void)
{
  DIR *proc = opendir ("/proc");
  if (proc == NULL)
    return false;
  bool all = true;
  struct dirent const *entry;
  struct process_state state;
  while (all && (entry = readdir (proc)) != NULL)
    {
      pid_t pid = process_number (entry->d_name);
      if (pid <= 0 || process_state_read (pid, &state) != 0)
        continue;
      all = have_room (&kins, &kins_size, kins_count, sizeof *kins);
      if (all)
        kins[kins_count++] = (struct kin) { pid, state.parent };
    }
  closedir (proc);
  /* With hidepid other users' processes are not there, and so not the first
     one.  */
  return all && process_state_read (1, &state) == 0;
}

void
process_tree_begin (struct process_tree *tree)
{
  kins_count = tree->count = 0;
  tree->failed = false;
  if (!process_tree_descend (tree, getpid ()))
    {
      /* There may be hidden processes.  */
      bool all = read_kins ();
      if (kins_count != 0)
        process_tree_descend (tree, getpid ());
      tree->failed |= !all;
    }
  for (size_t i = 0; i < tree->count / 2; i++)
    {
      pid_t pid = queue[i];
      queue[i] = queue[tree->count - 1 - i];
      queue[tree->count - 1 - i] = pid;
    }
}

#else

void
process_tree_begin (struct process_tree *tree)
{
  tree->count = 0;
  tree->failed = true;
}

bool
process_tree_descend (struct process_tree *tree, pid_t pid)
{
  (void) tree, (void) pid;
  return false;
}

#endif

bool
process_tree_has (struct process_tree const *tree, pid_t pid)
{
  for (size_t i = 0; i < tree->count; i++)
    if (tree->pids[i] == pid)
      return true;
  return false;
}

bool
process_tree_excepts (struct process_tree const *tree, pid_t pid)
{
  for (size_t i = 0; i < tree->except_count; i++)
    if (tree->except[i] == pid)
      return true;
  return pid == getpid ();
}
