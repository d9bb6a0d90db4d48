/* The descendants of this process.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Those who go through them ask for the children of each when it has had its
   turn.  What a process forks after that, or before that and ends in between,
   is not met: its children come to a subreaper whose list has been read.  So
   one time through may miss some.

   Linux: a kernel may list the children of each thread; else the parents of
   all processes are read.  */

#ifndef PROCESS_TREE_H
# define PROCESS_TREE_H 1

# include <stdbool.h>
# include <stddef.h>
# include <sys/types.h>

struct process_tree
{
  /* Set by the owner: which are left out, with their descendants.  */
  pid_t const *except;
  size_t except_count;
  /* Kept by this module.  */
  pid_t *pids;                  /* in the order of their turns */
  size_t count;                 /* grows while they have them */
  bool failed;                  /* we lack memory or descriptors, or the system
                                   does not tell of all */
};

/* Let *TREE, in place of any other, have the children of this process, those
   that have just come to us first: they are the most likely ones, and may end
   while it is the turn of what is left of those before them.  */
extern void process_tree_begin (struct process_tree *tree);

/* Add the children of the process PID, which is in TREE.  Return false if the
   system does not list them, which it does not when it has ended.  */
extern bool process_tree_descend (struct process_tree *tree, pid_t pid);

/* Return whether the process PID is in TREE.  */
extern bool process_tree_has (struct process_tree const *tree, pid_t pid);

/* Return whether the process PID is this one or one of those left out.  */
extern bool process_tree_excepts (struct process_tree const *tree,
                                  pid_t pid);

#endif
