/* What the system tells about one process.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   A process that ends, of whatever, closes its files first, and can be waited
   for later.  In between it looks like one that has closed them and goes on.
   And it may be one of another user's, of which the system tells less, or
   nothing.  */

#ifndef PROCESS_STATE_H
# define PROCESS_STATE_H 1

# include <stdbool.h>
# include <stddef.h>
# include <sys/types.h>

struct process_state
{
  pid_t parent;
  long threads;
  unsigned long long start;     /* when, to be compared with that of others:
                                   the same for what starts at about the same
                                   time */
  bool exiting;                 /* it is on its way out, or has ended */
  bool ended;                   /* its first thread has, or will presently: it
                                   has no memory any more */
};

/* Fill in *STATE for the process PID, as Linux tells it in /proc.  Return 0,
   or -1 with errno set: ENOTSUP where there is no such thing.  */
extern int process_state_read (pid_t pid, struct process_state *state);

/* What becomes of a process.  */
enum process_fate
{
  PROCESS_LIVES,
  PROCESS_ENDED,                /* it is a zombie, or will be presently */
  PROCESS_GONE                  /* there is no such process */
};

/* Return what has become of the process PID.  One that is hidden from us, and
   no child of ours, may be a zombie and be taken for one that lives.  Reaps no
   child.  */
extern enum process_fate process_fate (pid_t pid);

/* Return 1 if the process PID is ending, or has ended, be it waited for or
   not; 0 if it is not; -1 where the system does not tell.  */
extern int process_is_ending (pid_t pid);

/* Return whether a process, ended or not, is in the group that PID leads, or
   led.  */
extern bool process_group_exists (pid_t pid);

/* Return the number of threads that the process PID has, by a cheaper way than
   process_state_read's; 0 when that is not known.  */
extern long process_threads (pid_t pid);

/* Write a short name of the process PID to TEXT, which has SIZE bytes, for
   messages: that of its program, without a directory, maybe cut to 15 bytes;
   what does not print in ASCII becomes '?'.  Return false, and an empty text,
   when it is not known.  */
extern bool process_name (pid_t pid, char *text, size_t size);

/* For those who read /proc: return the number that NAME, found there, is, or
   -1 for another name.  */
extern long process_number (char const *name);

/* Likewise: return whether ERROR, of opening something there, is for a reason
   of our own: we lack memory or descriptors.  */
extern bool process_look_failed (int error);

#endif
