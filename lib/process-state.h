/* The state of a process.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   A process that ends closes its files first, and can be reaped later.  In
   between it looks like one that has closed them and continues.  Of another
   user's process the system reveals less, or nothing.  */

#ifndef PROCESS_STATE_H
# define PROCESS_STATE_H 1

# include <stdbool.h>
# include <stddef.h>
# include <sys/types.h>

struct process_state
{
  pid_t parent;
  long threads;
  unsigned long long start;     /* its start, to be compared with others';
                                   equal for processes that start at about the
                                   same time */
  bool exiting;                 /* it is exiting, or has ended */
  bool ended;                   /* its first thread has ended, or is about to:
                                   it has no memory any more */
};

/* Fill in *STATE for the process PID, from Linux's /proc.  Return 0, or -1
   with errno set: ENOTSUP on other systems.  */
extern int process_state_read (pid_t pid, struct process_state *state);

/* The fate of a process.  */
enum process_fate
{
  PROCESS_LIVES,
  PROCESS_ENDED,                /* it is a zombie, or about to be one */
  PROCESS_GONE                  /* there is no such process */
};

/* Return the fate of the process PID.  A hidden process that is no child may
   be a zombie and count as one that lives.  Reaps no child.  */
extern enum process_fate process_fate (pid_t pid);

/* Return 1 if the process PID is exiting, or has ended, reaped or not; 0 if it
   is not; -1 where the system cannot tell.  */
extern int process_is_ending (pid_t pid);

/* Return whether a process, ended or not, is in the group that PID leads, or
   led.  */
extern bool process_group_exists (pid_t pid);

/* Return the number of threads that the process PID has, more cheaply than
   process_state_read; 0 when that is not known.  */
extern long process_threads (pid_t pid);

/* Write a short name of the process PID to TEXT, which has SIZE bytes, for
   messages: that of its program, without a directory, perhaps cut to 15 bytes;
   a byte that is not printable ASCII becomes '?'.  Return false, and an empty
   text, when it is not known.  */
extern bool process_name (pid_t pid, char *text, size_t size);

/* For readers of /proc: return the number that NAME, found there, stands for,
   or -1 if it is no number.  */
extern long process_number (char const *name);

/* Likewise: return whether ERROR, from an open there, means that this process
   lacks memory or descriptors.  */
extern bool process_look_failed (int error);

#endif
