/* Test the loop that waits for descriptors and timers.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "base/events.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "minmax.h"
#include "monotonic.h"
#include "base/system.h"
#include "test-macros.h"

/* What happened, a letter each.  */
static char happened[64];

static void
happen (char what)
{
  size_t length = strlen (happened);
  NEED (length < sizeof happened - 1);
  happened[length] = what;
  happened[length + 1] = '\0';
}

/* A timer or a descriptor of the tests, and what its handler is to do beside
   telling that it was called.  */
struct thing
{
  struct events *events;
  char letter;
  struct timer timer;
  struct thing *clear;          /* clear this timer */
  struct thing *set;            /* set this timer in 0 ms */
  int times;                    /* ... as often */
  int forget;                   /* forget this descriptor, if not 0 */
  int watch;                    /* watch this one, for NEXT */
  struct thing *next;
  short ready;                  /* what the last call was about */
  bool drain;                   /* read a byte */
};

static void timer_rings (void *context);
static void descriptor_ready (void *context, int fd, short ready);

static void
act (struct thing *thing)
{
  happen (thing->letter);
  if (thing->clear)
    timer_clear (thing->events, &thing->clear->timer);
  if (thing->set && 0 < thing->times--)
    timer_set (thing->events, &thing->set->timer, 0, timer_rings,
               thing->set);
  if (thing->forget)
    events_forget (thing->events, thing->forget);
  if (thing->watch)
    events_watch (thing->events, thing->watch, POLLIN, descriptor_ready,
                  thing->next);
}

static void
timer_rings (void *context)
{
  act (context);
}

static void
descriptor_ready (void *context, int fd, short ready)
{
  struct thing *thing = context;
  char byte;
  thing->ready = ready;
  if (thing->drain)
    NEED (read (fd, &byte, 1) == 1);
  act (thing);
}

/* Let things happen until no timer is left, for at most 10 s.  */
static void
run (struct events *events)
{
  int64_t start = monotonic_ms ();
  while (events->timers != NULL)
    {
      events_step (events);
      if (!CHECK (monotonic_ms () - start < 10000))
        break;
    }
}

/* How many ms the unit of the times below is: more than lies between two
   lines of this program on a busy machine.  */
enum { SLOW = 5 };

/* Timers set in this order, as letters with their times, and what is to
   happen.  A capital letter is set again at the end, in its second time.  */
struct timer_row
{
  char const *name;
  struct
  {
    char letter;
    int time;
    int again;                  /* -1 = not */
  }
  timers[4];
  char const *wanted;
};

static struct timer_row const timer_rows[] =
{
  { "one", { { 'a', 0, -1 } }, "a" },
  { "in order", { { 'a', 1, -1 }, { 'b', 10, -1 }, { 'c', 20, -1 } }, "abc" },
  { "backwards", { { 'a', 20, -1 }, { 'b', 10, -1 }, { 'c', 1, -1 } },
    "cba" },
  { "mixed", { { 'a', 20, -1 }, { 'b', 1, -1 }, { 'c', 30, -1 },
    { 'd', 10, -1 } }, "bdac" },
  { "all due", { { 'a', 0, -1 }, { 'b', 0, -1 }, { 'c', 0, -1 } }, "abc" },
  { "overdue ones by their time", { { 'a', -5, -1 }, { 'b', -50, -1 },
    { 'c', -20, -1 } }, "bca" },
  { "the first moved behind", { { 'a', 1, 40 }, { 'b', 20, -1 } }, "ba" },
  { "the last moved before", { { 'a', 20, -1 }, { 'b', 5000, 1 } }, "ba" },
  { "moved to where it was", { { 'a', 1, 1 }, { 'b', 30, 30 } }, "ab" },
};

static void
check_timers (void)
{
  for (size_t i = 0; i < SIZEOF (timer_rows); i++)
    {
      struct timer_row const *row = &timer_rows[i];
      struct events events;
      struct thing things[SIZEOF (row->timers)];
      memset (things, 0, sizeof things);
      row_is ("timers: %s", row->name);
      *happened = '\0';
      events_init (&events);
      for (size_t j = 0; j < SIZEOF (row->timers); j++)
        if (row->timers[j].letter != '\0')
          {
            things[j].letter = row->timers[j].letter;
            things[j].events = &events;
            timer_set (&events, &things[j].timer, SLOW * row->timers[j].time,
                       timer_rings, &things[j]);
          }
      for (size_t j = 0; j < SIZEOF (row->timers); j++)
        if (row->timers[j].letter != '\0' && 0 <= row->timers[j].again)
          timer_set (&events, &things[j].timer,
                     SLOW * row->timers[j].again, timer_rings, &things[j]);
      run (&events);
      CHECK_TEXT (happened, row->wanted);
      for (size_t j = 0; j < SIZEOF (row->timers); j++)
        CHECK (!things[j].timer.set);
      events_free (&events);
    }
}

/* A timer does not ring before its time.  */
static void
check_duration (void)
{
  struct events events;
  events_init (&events);
  struct thing a = { .events = &events, .letter = 'a' };
  row_is ("a timer of 50 ms");
  *happened = '\0';
  int64_t start = monotonic_ms ();
  timer_set (&events, &a.timer, 50, timer_rings, &a);
  run (&events);
  CHECK (50 <= monotonic_ms () - start);
  CHECK_TEXT (happened, "a");
  events_free (&events);
}

static void
check_timer_handlers (void)
{
  struct events events;
  struct thing a = { .events = &events, .letter = 'a' };
  struct thing b = { .events = &events, .letter = 'b' };
  struct thing c = { .events = &events, .letter = 'c' };
  events_init (&events);

  row_is ("a timer clears the next one, which is due");
  *happened = '\0';
  a.clear = &b;
  timer_set (&events, &a.timer, 0, timer_rings, &a);
  timer_set (&events, &b.timer, 0, timer_rings, &b);
  timer_set (&events, &c.timer, 0, timer_rings, &c);
  run (&events);
  CHECK_TEXT (happened, "ac");

  row_is ("a timer clears itself");
  *happened = '\0';
  a.clear = &a;
  timer_set (&events, &a.timer, 0, timer_rings, &a);
  timer_set (&events, &b.timer, 0, timer_rings, &b);
  run (&events);
  CHECK_TEXT (happened, "ab");

  row_is ("a timer sets itself");
  *happened = '\0';
  a.clear = NULL;
  a.set = &a;
  a.times = 3;
  timer_set (&events, &a.timer, 0, timer_rings, &a);
  run (&events);
  CHECK_TEXT (happened, "aaaa");

  row_is ("cleared, twice, and never set");
  *happened = '\0';
  a.set = NULL;
  timer_set (&events, &a.timer, 0, timer_rings, &a);
  timer_clear (&events, &a.timer);
  timer_clear (&events, &a.timer);
  struct timer never = { .set = false };
  timer_clear (&events, &never);
  CHECK (events.timers == NULL);

  row_is ("the middle one cleared");
  timer_set (&events, &a.timer, 1, timer_rings, &a);
  timer_set (&events, &b.timer, 2, timer_rings, &b);
  timer_set (&events, &c.timer, 3, timer_rings, &c);
  timer_clear (&events, &b.timer);
  run (&events);
  CHECK_TEXT (happened, "ac");
  events_free (&events);
}

static void
check_descriptors (void)
{
  enum { PIPES = 3 };
  int pipes[PIPES][2];
  struct events events;
  struct thing things[PIPES];
  events_init (&events);
  memset (things, 0, sizeof things);
  for (int i = 0; i < PIPES; i++)
    {
      NEED (pipe (pipes[i]) == 0 && write (pipes[i][1], "12345678", 8) == 8);
      things[i].events = &events;
      things[i].letter = 'a' + i;
      events_watch (&events, pipes[i][0], POLLIN, descriptor_ready,
                    &things[i]);
    }
  int const first = pipes[0][0], second = pipes[1][0], third = pipes[2][0];

  row_is ("all ready");
  *happened = '\0';
  events_step (&events);
  CHECK_TEXT (happened, "abc");
  CHECK (things[0].ready == POLLIN);

  row_is ("one forgets the next, which is ready");
  *happened = '\0';
  things[0].forget = second;
  events_step (&events);
  CHECK_TEXT (happened, "ac");
  things[0].forget = 0;
  *happened = '\0';
  events_step (&events);
  CHECK_TEXT (happened, "ac");

  row_is ("one forgets itself, and one that is not watched");
  *happened = '\0';
  things[0].forget = first;
  things[2].forget = second;
  events_step (&events);
  CHECK_TEXT (happened, "ac");
  things[0].forget = things[2].forget = 0;
  *happened = '\0';
  events_step (&events);
  CHECK_TEXT (happened, "c");

  row_is ("one begins to watch another");
  *happened = '\0';
  things[2].watch = first;
  things[2].next = &things[0];
  events_step (&events);
  /* Whatever became of this step, it goes on like this.  */
  things[2].watch = 0;
  *happened = '\0';
  events_step (&events);
  CHECK (STREQ (happened, "ca") || STREQ (happened, "ac"));

  row_is ("one is forgotten and watched again, by another thing");
  *happened = '\0';
  things[2].forget = things[2].watch = third;
  things[2].next = &things[1];
  events_step (&events);
  things[2].forget = things[2].watch = 0;
  *happened = '\0';
  events_step (&events);
  CHECK (STREQ (happened, "ab") || STREQ (happened, "ba"));

  row_is ("a second watch replaces the first");
  *happened = '\0';
  events_forget (&events, third);
  for (int i = 0; i < 2; i++)
    events_watch (&events, first, POLLIN, descriptor_ready, &things[i]);
  events_step (&events);
  CHECK_TEXT (happened, "b");
  *happened = '\0';
  events_watch (&events, first, POLLOUT, descriptor_ready, &things[0]);
  struct thing timer = { .events = &events, .letter = 't' };
  timer_set (&events, &timer.timer, 1, timer_rings, &timer);
  run (&events);
  CHECK_TEXT (happened, "t");
  events_forget (&events, first);

  row_is ("a handler before timers that are due");
  *happened = '\0';
  events_watch (&events, first, POLLIN, descriptor_ready, &things[0]);
  things[0].clear = &timer;
  timer_set (&events, &timer.timer, 0, timer_rings, &timer);
  events_step (&events);
  CHECK_TEXT (happened, "a");
  CHECK (events.timers == NULL);
  things[0].clear = NULL;
  events_forget (&events, first);

  row_is ("end of file, and no reader");
  *happened = '\0';
  NEED (close (pipes[1][1]) == 0 && close (pipes[2][0]) == 0);
  things[1].drain = true;
  events_watch (&events, second, POLLIN, descriptor_ready, &things[1]);
  for (int i = 0; i < 8; i++)
    events_step (&events);
  CHECK_TEXT (happened, "bbbbbbbb");
  things[1].drain = false;
  events_step (&events);
  CHECK_TEXT (happened, "bbbbbbbbb");
  CHECK ((things[1].ready & (POLLIN | POLLHUP)) != 0);
  events_forget (&events, second);
  *happened = '\0';
  events_watch (&events, pipes[2][1], POLLOUT, descriptor_ready,
                &things[2]);
  events_step (&events);
  CHECK_TEXT (happened, "c");

  events_free (&events);
  CHECK (events.count == 0);
  for (int i = 0; i < PIPES; i++)
    {
      close (pipes[i][0]);
      close (pipes[i][1]);
    }
}

/* More descriptors than there is room for at first, each of which forgets
   itself.  */
static void
check_many (void)
{
  enum { MANY = 40 };
  struct events events;
  int pipes[MANY][2];
  struct thing things[MANY];
  row_is ("%d descriptors", MANY);
  *happened = '\0';
  memset (things, 0, sizeof things);
  events_init (&events);
  for (int i = 0; i < MANY; i++)
    {
      NEED (pipe (pipes[i]) == 0 && write (pipes[i][1], "x", 1) == 1);
      things[i] = (struct thing) { .events = &events, .letter = 'A' + i,
                                   .forget = pipes[i][0] };
      events_watch (&events, pipes[i][0], POLLIN, descriptor_ready,
                    &things[i]);
    }
  events_step (&events);
  CHECK_NUMBER (strlen (happened), MANY);
  struct thing timer = { .events = &events, .letter = 't' };
  timer_set (&events, &timer.timer, 0, timer_rings, &timer);
  events_step (&events);
  CHECK_NUMBER (strlen (happened), MANY + 1);
  CHECK_NUMBER (events.count, 0);
  for (int i = 0; i < MANY; i++)
    {
      close (pipes[i][0]);
      close (pipes[i][1]);
    }
  events_free (&events);
}

/* How long a process is stopped, in ms: longer than a busy loop would take.
   And how exact its clock has to be after that: a stop may begin anywhere in
   a wait.  */
enum { STOP = 4000, EXACT = 1200 };

/* What a child that was stopped tells: how long it ran by its loop's clock,
   and when its timer rang, by the clock of all; 0 = it did not.  */
struct seen
{
  int64_t ran;
  int64_t rang;
};

struct sleeper
{
  struct events events;
  struct timer tick;
  struct timer alarm;
  struct timer stop;
  bool over;
  struct seen seen;
};

static void
tick (void *context)
{
  struct sleeper *sleeper = context;
  timer_set (&sleeper->events, &sleeper->tick, 100, tick, sleeper);
}

static void
ring (void *context)
{
  struct sleeper *sleeper = context;
  sleeper->seen.rang = monotonic_ms ();
}

static void
stop_self (void *context)
{
  (void) context;
  raise (SIGSTOP);
}

static void
take_byte (void *context, int fd, short ready)
{
  struct sleeper *sleeper = context;
  char byte;
  (void) ready;
  NEED (read (fd, &byte, 1) == 1);
  sleeper->over = true;
}

/* A loop in a process that is stopped for STOP ms, from outside in a wait, or
   by itself in a handler, and then runs for LATER ms.  TICK says that a timer
   rings all the time, ALARM is when one rings that must not do so in the
   stop; 0 = there is none.  */
struct stop_row
{
  char const *name;
  bool in_handler;
  bool tick;
  int64_t alarm;
  int64_t later;                /* in ascending order */
};

static struct stop_row const stop_rows[] =
{
  { "no timer over a stop", false, false, 0, 500 },
  { "ticks over a stop", false, true, 2500, 3000 },
  { "ticks over a stop in a handler", true, true, 2500, 3000 },
  { "one timer over a stop", false, false, 2500, 3000 },
  { "one timer over a stop in a handler", true, false, 2500, 3000 },
};

/* The child: run until a byte comes from IN, then tell on OUT.  */
static _Noreturn void
sleep_and_tell (struct stop_row const *row, int in, int out)
{
  struct sleeper sleeper;
  memset (&sleeper, 0, sizeof sleeper);
  events_init (&sleeper.events);
  events_watch (&sleeper.events, in, POLLIN, take_byte, &sleeper);
  if (row->tick)
    tick (&sleeper);
  if (row->alarm != 0)
    timer_set (&sleeper.events, &sleeper.alarm, row->alarm, ring, &sleeper);
  if (row->in_handler)
    timer_set (&sleeper.events, &sleeper.stop, 300, stop_self, &sleeper);
  int64_t start = events_now (&sleeper.events);
  /* Ready to be stopped.  */
  NEED (write (out, "", 1) == 1);
  while (!sleeper.over)
    events_step (&sleeper.events);
  sleeper.seen.ran = events_now (&sleeper.events) - start;
  NEED (write (out, &sleeper.seen, sizeof sleeper.seen)
        == sizeof sleeper.seen);
  _exit (0);
}

struct child
{
  pid_t pid;
  int to;
  int from;
};

static void
start_child (struct stop_row const *row, struct child *child)
{
  int to[2], from[2];
  NEED (pipe (to) == 0 && pipe (from) == 0);
  child->pid = fork ();
  NEED (0 <= child->pid);
  if (child->pid == 0)
    {
      /* Bounded, whatever goes wrong.  */
      alarm (60);
      close (to[1]);
      sleep_and_tell (row, to[0], from[1]);
    }
  close (to[0]);
  close (from[1]);
  child->to = to[1];
  child->from = from[0];
  char byte;
  NEED (read (child->from, &byte, 1) == 1);
}

static void
nap (int64_t ms)
{
  struct timespec time = { .tv_sec = ms / 1000,
                           .tv_nsec = ms % 1000 * 1000000 };
  while (nanosleep (&time, &time) != 0)
    continue;
}

/* The children sleep all at the same time.  */
static void
check_stops (void)
{
  struct child children[SIZEOF (stop_rows)];
  int64_t start = monotonic_ms ();
  for (size_t i = 0; i < SIZEOF (stop_rows); i++)
    start_child (&stop_rows[i], &children[i]);
  nap (300);
  for (size_t i = 0; i < SIZEOF (stop_rows); i++)
    {
      int status;
      if (!stop_rows[i].in_handler)
        NEED (kill (children[i].pid, SIGSTOP) == 0);
      NEED (waitpid (children[i].pid, &status, WUNTRACED) == children[i].pid
            && WIFSTOPPED (status));
    }
  int64_t before = monotonic_ms () - start;
  nap (STOP);
  for (size_t i = 0; i < SIZEOF (stop_rows); i++)
    NEED (kill (children[i].pid, SIGCONT) == 0);

  int64_t awake = monotonic_ms ();
  for (size_t i = 0; i < SIZEOF (stop_rows); i++)
    {
      struct stop_row const *row = &stop_rows[i];
      struct seen seen;
      int status;
      row_is ("%s", row->name);
      nap (MAX (0, awake + row->later - monotonic_ms ()));
      NEED (write (children[i].to, "", 1) == 1
            && read (children[i].from, &seen, sizeof seen) == sizeof seen
            && waitpid (children[i].pid, &status, 0) == children[i].pid
            && status == 0);
      int64_t all = monotonic_ms () - start;
      close (children[i].to);
      close (children[i].from);
      /* Its clock went on while it ran, and only then.  */
      CHECK (row->later - EXACT <= seen.ran);
      CHECK (seen.ran <= all - STOP + EXACT);
      /* The timer had the rest of its time after the stop.  */
      if (row->alarm != 0)
        CHECK (awake + row->alarm - before - EXACT <= seen.rang);
    }
}

int
main (void)
{
  check_timers ();
  check_duration ();
  check_timer_handlers ();
  check_descriptors ();
  check_many ();
  check_stops ();
  return test_result ();
}
