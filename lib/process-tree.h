/* The descendants of this process.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   The caller visits the processes in order, and adds the children of each
   after its visit.  A process that is forked after that, or that ends before
   its visit, is missed: its children become those of a subreaper whose list
   has been read.  So one pass may miss some.

   Linux: a kernel may list the children of each thread; else the parents of
   all processes are read.  */

#ifndef PROCESS_TREE_H
# define PROCESS_TREE_H 1

# include <stdbool.h>
# include <stddef.h>
# include <sys/types.h>

struct process_tree
{
  /* Set by the owner: processes to leave out, with their descendants.  */
  pid_t const *except;
  size_t except_count;
  /* Kept by this module.  */
  pid_t *pids;                  /* in the order of their visits */
  size_t count;                 /* grows during the visits */
  bool failed;                  /* memory or descriptors are lacking, or the
                                   system hides some */
};

/* Fill *TREE, and no other tree, with the children of this process, those that
   it adopted last first: they are the most likely holders, and may end while
   the others are visited.  */
extern void process_tree_begin (struct process_tree *tree);

/* Add the children of the process PID, which is in TREE.  Return false if the
   system does not list them, as for a process that has ended.  */
extern bool process_tree_descend (struct process_tree *tree, pid_t pid);

/* Return whether the process PID is in TREE.  */
extern bool process_tree_has (struct process_tree const *tree, pid_t pid);

/* Return whether the process PID is this one or one of those left out.  */
extern bool process_tree_excepts (struct process_tree const *tree,
                                  pid_t pid);

#endif
