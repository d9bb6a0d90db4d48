/* One loop that waits for descriptors and timers.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "base/events.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/diagnose.h"
#include "minmax.h"
#include "monotonic.h"
#include "base/system.h"
#include "xalloc.h"

/* A loop that is this late, in ms, was not busy but stopped.  */
enum { STOPPED_FOR = 3000 };

/* The longest wait, in ms.  */
enum { LONGEST_WAIT = 1000 };

void
events_init (struct events *events)
{
  *events = (struct events) { .awake = monotonic_ms () };
}

void
events_free (struct events *events)
{
  free (events->polls);
  free (events->watches);
  *events = (struct events) { .polls = NULL };
}

static size_t
find (struct events const *events, int fd)
{
  size_t i;
  for (i = 0; i < events->count; i++)
    if (events->polls[i].fd == fd)
      break;
  return i;
}

/* Forgotten entries stay, with a negative descriptor, until the next step: the
   loop over the ready ones may still be running.  */
static void
compact (struct events *events)
{
  size_t kept = 0;
  for (size_t i = 0; i < events->count; i++)
    if (0 <= events->polls[i].fd)
      {
        events->polls[kept] = events->polls[i];
        events->watches[kept++] = events->watches[i];
      }
  events->count = kept;
}

void
events_watch (struct events *events, int fd, short mask, event_fn *fn,
              void *context)
{
  size_t i = find (events, fd);
  if (i == events->count)
    {
      if (events->count == events->size)
        {
          events->size = 2 * events->size + 16;
          events->polls = xnrealloc (events->polls, events->size,
                                     sizeof *events->polls);
          events->watches = xnrealloc (events->watches, events->size,
                                       sizeof *events->watches);
        }
      events->count++;
      events->polls[i].revents = 0;
    }
  events->polls[i].fd = fd;
  events->polls[i].events = mask;
  events->watches[i] = (struct watch) { .fn = fn, .context = context };
}

void
events_forget (struct events *events, int fd)
{
  size_t i = find (events, fd);
  if (i < events->count)
    events->polls[i].fd = -1;
}

/* Take the time since the loop was last seen awake, less the PLANNED wait,
   out of the clock when it was too long for a running process.  */
static void
discount_stop (struct events *events, int64_t planned)
{
  int64_t now = monotonic_ms ();
  int64_t lost = now - events->awake - planned;
  if (STOPPED_FOR <= lost)
    events->stood_still += lost;
  events->awake = now;
}

int64_t
events_now (struct events *events)
{
  /* The caller may ask right after a stop.  */
  discount_stop (events, 0);
  return events->awake - events->stood_still;
}

void
timer_clear (struct events *events, struct timer *timer)
{
  if (!timer->set)
    return;
  struct timer **link = &events->timers;
  while (*link != timer)
    link = &(*link)->next;
  *link = timer->next;
  timer->set = false;
}

void
timer_set (struct events *events, struct timer *timer, int64_t ms,
           timer_fn *fn, void *context)
{
  timer_clear (events, timer);
  timer->due = events_now (events) + ms;
  timer->fn = fn;
  timer->context = context;
  struct timer **link = &events->timers;
  while (*link != NULL && (*link)->due <= timer->due)
    link = &(*link)->next;
  timer->next = *link;
  *link = timer;
  timer->set = true;
}

/* Return how long poll may wait: for the first timer, but not so long that a
   stop in the middle could hide in it.  */
static int
patience (struct events *events)
{
  if (events->timers == NULL)
    return LONGEST_WAIT;
  int64_t left = events->timers->due - events_now (events);
  return left <= 0 ? 0 : MIN (left, LONGEST_WAIT);
}

static void
run_timers (struct events *events)
{
  int64_t now = events_now (events);
  while (events->timers != NULL && events->timers->due <= now)
    {
      struct timer *timer = events->timers;
      timer_clear (events, timer);
      timer->fn (timer->context);
    }
}

void
events_step (struct events *events)
{
  compact (events);
  int wait = patience (events);
  int ready = poll (events->polls, events->count, wait);
  if (ready < 0 && errno != EINTR && errno != EAGAIN)
    {
      complain ("cannot wait for events: %s", strerror (errno));
      exit (EXIT_OWN_FAILURE);
    }
  discount_stop (events, wait);

  size_t count = 0 < ready ? events->count : 0;
  for (size_t i = 0; i < count; i++)
    {
      struct pollfd const poll = events->polls[i];
      events->polls[i].revents = 0;
      if (0 <= poll.fd && poll.revents != 0)
        events->watches[i].fn (events->watches[i].context, poll.fd,
                               poll.revents);
    }
  run_timers (events);
}
