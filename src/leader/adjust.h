/* Change a run while it goes on: by 'socketpipe --adjust=PID'.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   The run that can be changed listens on a local socket that has its process
   number for a name, in a directory that no other user may enter: the
   XDG_RUNTIME_DIR, or else one of its own in /tmp, whose name is made up so
   that no one can have taken it.  The process that changes the run looks in
   all places of that kind.  A client is the user's, or root's.  It sends one
   line, "rate NUMBER", and gets one, "done" or what is wrong.  */

#ifndef ADJUST_H
# define ADJUST_H 1

# include <stdbool.h>
# include <stdint.h>

# include "base/events.h"
# include "base/guard.h"
# include "run.h"

enum { ADJUST_LINE = 64, ADJUST_NAME = 108 };

struct adjust
{
  struct events *events;
  struct guard const *guard;
  int listener;                 /* -1 = none */
  int fd;                       /* whom we listen to, or -1 */
  char line[ADJUST_LINE];
  size_t length;
  struct timer limit;
  char name[ADJUST_NAME];
  bool own_directory;           /* ... is in one that was made for it */
  void (*rate) (void *context, uint64_t rate);
  void *context;
};

/* Make *ADJUST one that hears nobody.  */
extern void adjust_init (struct adjust *adjust);

/* Listen for who wants to change this process's run: RATE is called with
   CONTEXT and the new rate limit, which is not 0.  GUARD removes the socket if
   this process is killed.  Where this is not possible, -v reports it.  */
extern void adjust_open (struct adjust *adjust, struct events *events,
                         struct guard const *guard,
                         void (*rate) (void *, uint64_t), void *context);

/* Listen no more.  May be called again.  */
extern void adjust_close (struct adjust *adjust);

/* Change the run RUN->adjust as RUN says.  Return the exit status.  */
extern int adjust_main (struct run const *run);

#endif
