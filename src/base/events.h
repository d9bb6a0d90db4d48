/* One loop that waits for descriptors and timers.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Its clock stands still while the process is stopped (^Z, a suspended
   machine), so that no deadline passes while the process could not receive
   anything.  */

#ifndef EVENTS_H
# define EVENTS_H 1

# include <poll.h>
# include <stdbool.h>
# include <stddef.h>
# include <stdint.h>

typedef void event_fn (void *context, int fd, short ready);
typedef void timer_fn (void *context);

/* A timer lives in its owner; zero it before its first use.  */
struct timer
{
  int64_t due;
  timer_fn *fn;
  void *context;
  struct timer *next;
  bool set;
};

struct watch
{
  event_fn *fn;
  void *context;
};

struct events
{
  struct pollfd *polls;
  struct watch *watches;        /* parallel to POLLS */
  size_t count;
  size_t size;
  struct timer *timers;
  int64_t stood_still;          /* ms that the clock left out */
  int64_t awake;                /* monotonic_ms when last seen running */
};

/* Make *EVENTS an empty loop.  */
extern void events_init (struct events *events);

/* Free what *EVENTS holds; the descriptors stay open.  */
extern void events_free (struct events *events);

/* Call FN with CONTEXT, FD and what is ready whenever the descriptor FD is
   ready for MASK (POLLIN, POLLOUT) or has failed.  A second call for the
   same FD replaces the first.  */
extern void events_watch (struct events *events, int fd, short mask,
                          event_fn *fn, void *context);

/* Stop watching FD.  Do it before FD is closed.  */
extern void events_forget (struct events *events, int fd);

/* Call FN with CONTEXT once, MS milliseconds from now.  Setting a timer anew
   moves it.  */
extern void timer_set (struct events *events, struct timer *timer,
                       int64_t ms, timer_fn *fn, void *context);

/* Cancel *TIMER, if it is set.  */
extern void timer_clear (struct events *events, struct timer *timer);

/* Return the loop's clock, in milliseconds.  */
extern int64_t events_now (struct events *events);

/* Wait until a descriptor is ready or a timer is due, and call its
   function.  */
extern void events_step (struct events *events);

#endif
