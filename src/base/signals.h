/* Signals as events.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIGNALS_H
# define SIGNALS_H 1

# include <signal.h>
# include <stdbool.h>

/* Catch SIGCHLD, SIGTSTP, those of SIGINT, SIGTERM, SIGHUP and SIGQUIT that
   were not ignored when the program started, and likewise the notices (see
   below); ignore SIGPIPE.  Return a descriptor that is readable while
   signals_next has one to return, or -1 with errno set.  */
extern int signals_open (void);

/* Signals that do not ask for an end.  */
enum notice
{
  NOTICE_NONE,                  /* not one of these */
  NOTICE_QUESTION,              /* SIGUSR1, SIGINFO: report progress */
  NOTICE_SIZE                   /* SIGWINCH: the terminal's size has changed */
};

/* Return which of these SIG is.  Some systems lack some of them.  */
extern enum notice signals_notice (int sig);

/* Return the number of a signal that has come since it was last returned, or
   0 when there is none.  Several of one kind count once, and SIGCHLD comes
   after all others.  */
extern int signals_next (void);

/* Return whether a signal that asks the process to end has come, which
   signals_next has yet to return.  */
extern bool signals_end_us (void);

/* Around a fork: block all signals, and afterwards let the parent go on as
   before.  */
extern void signals_block (sigset_t *old);
extern void signals_unblock (sigset_t const *old);

/* In the child: default dispositions, except for what was ignored when the
   program started (nohup, a shell's background jobs); SIGPIPE always kills.
   Then unblock all.  */
extern void signals_child (void);

/* The same in a child that runs no command: it ignores the notices, because
   users send them to all processes with the program's name.  */
extern void signals_helper (void);

/* Die of SIG, as if it had never been caught.  */
extern _Noreturn void signals_die (int sig);

/* Stop the whole process by SIGTSTP as if it had not been caught; return when
   it continues.  */
extern void signals_stop (void);

#endif
