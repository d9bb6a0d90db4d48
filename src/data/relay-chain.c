/* The escort of one end of a channel: relays between socket and command.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "data/relay-chain.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "close-from.h"
#include "base/diagnose.h"
#include "full-read.h"
#include "full-write.h"
#include "minmax.h"
#include "shared-memory.h"
#include "base/signals.h"
#include "splice-relay.h"
#include "base/system.h"

/* The descriptors of a relay's process.  */
enum { RELAY_IN = STDIN_FILENO, RELAY_OUT = STDOUT_FILENO, RELAY_WORD = 3,
       RELAY_REPORT = 4, RELAY_FDS = 5 };

/* The size of what they show.  */
enum { SHOWN_SIZE = ESCORT_MAX * sizeof (uint64_t) };

/* What it tells at its end.  */
struct relay_report
{
  uint64_t passed;
};

void
escort_init (struct escort *escort)
{
  *escort = (struct escort) { .end = -1 };
}

void
escort_add (struct escort *escort, char const *name, relay_fn *fn,
            void *context)
{
  escort->relays[escort->count++] = (struct escort_relay) {
    .name = name, .fn = fn, .context = context, .pid = -1, .word = -1,
    .report = -1
  };
}

void
escort_add_first (struct escort *escort, char const *name, relay_fn *fn,
                  void *context)
{
  escort_add (escort, name, fn, context);
  struct escort_relay added = escort->relays[escort->count - 1];
  for (unsigned i = escort->count - 1; 0 < i; i--)
    escort->relays[i] = escort->relays[i - 1];
  escort->relays[0] = added;
}

/* Close *FD, if it is open.  */
static void
close_one (int *fd)
{
  if (0 <= *fd)
    close (*fd);
  *fd = -1;
}

/* In the child: put the COUNT descriptors of FDS on the numbers from 0 on,
   leaving out 2, and close all others.  Return 0, or -1 with errno set.  */
static int
place_descriptors (int const *fds, int count)
{
  int high[RELAY_FDS];
  /* Out of each other's way first.  */
  for (int i = 0; i < count; i++)
    if (i != STDERR_FILENO && 0 <= fds[i]
        && (high[i] = fcntl (fds[i], F_DUPFD, RELAY_FDS)) < 0)
      return -1;
  for (int i = 0; i < count; i++)
    if (i != STDERR_FILENO && 0 <= fds[i] && dup2 (high[i], i) < 0)
      return -1;
  for (int i = 0; i < count; i++)
    if (fds[i] < 0)
      close (i);
  close_from (RELAY_FDS);
  return 0;
}

static int
make_nonblocking (int fd)
{
  int flags = fcntl (fd, F_GETFL);
  return flags < 0 ? -1 : fcntl (fd, F_SETFL, flags | O_NONBLOCK);
}

/* In the child: be RELAY of ESCORT, with FDS for its descriptors.  */
static _Noreturn void
become (struct escort const *escort, struct escort_relay const *relay,
        struct guard const *guard, int const *fds)
{
  setpgid (0, 0);
  guard_add (guard, getpid ());
  if (place_descriptors (fds, RELAY_FDS) != 0
      || make_nonblocking (RELAY_IN) != 0 || make_nonblocking (RELAY_OUT) != 0)
    {
      complain ("cannot set up descriptors: %s", strerror (errno));
      _exit (RELAY_FAILED);
    }
  signals_helper ();
  signal (SIGPIPE, SIG_IGN);
  struct relay_ends ends = {
    .in = RELAY_IN, .out = RELAY_OUT, .word = fds[RELAY_WORD] < 0 ? -1
                                              : RELAY_WORD,
    .shown = escort->shown ? &escort->shown[relay - escort->relays] : NULL
  };
  int end = relay->fn (&ends, relay->context);
  struct relay_report const report = { .passed = ends.passed };
  if (full_write (RELAY_REPORT, &report, sizeof report) != sizeof report)
    _exit (RELAY_FAILED);
  _exit (end);
}

/* Start RELAY from IN to OUT.  Return 0, or -1 with errno set.  */
static int
start_relay (struct escort *escort, struct escort_relay *relay,
             struct guard const *guard, int in, int out)
{
  int word[2] = { -1, -1 }, report[2];
  if (pipe2 (report, O_CLOEXEC) != 0)
    return -1;
  bool made = !escort->writer || pipe2 (word, O_CLOEXEC) == 0;
  if (made)
    {
      int const fds[RELAY_FDS] = {
        [RELAY_IN] = in, [RELAY_OUT] = out, [RELAY_WORD] = word[0],
        [RELAY_REPORT] = report[1]
      };
      sigset_t old;
      signals_block (&old);
      relay->pid = fork ();
      if (relay->pid == 0)
        become (escort, relay, guard, fds);
      int saved = errno;
      signals_unblock (&old);
      errno = saved;
    }
  int saved = errno;
  close_one (&word[0]);
  close_one (&report[1]);
  relay->word = word[1];
  relay->report = report[0];
  errno = saved;
  return relay->pid < 0 ? -1 : 0;
}

/* Start the relays from number FIRST, which is joined to the command's side by
   NEAR, to the one that has SOCKET.  Return 0, or -1 with errno set.  */
static int
start_relays (struct escort *escort, struct guard const *guard, int near,
              int socket)
{
  int held = -1;                /* end of the pipe between two relays */
  int result = 0;
  for (unsigned i = 0; i < escort->count && result == 0; i++)
    {
      int between[2] = { -1, -1 };
      bool last = i + 1 == escort->count;
      if (!last && pipe2 (between, O_CLOEXEC) != 0)
        {
          result = -1;
          break;
        }
      if (!last)
        pipe_enlarge (between[0], JOINT_ROOM);
      int this_side = i == 0 ? near : held;
      int that_side = last ? socket : between[escort->writer];
      result = (escort->writer
                ? start_relay (escort, &escort->relays[i], guard, this_side,
                               that_side)
                : start_relay (escort, &escort->relays[i], guard, that_side,
                               this_side));
      int saved = errno;
      close_one (&held);
      close_one (&between[escort->writer]);
      held = between[!escort->writer];
      errno = saved;
    }
  int saved = errno;
  close_one (&held);
  errno = saved;
  return result;
}

int
escort_start (struct escort *escort, struct guard const *guard,
              enum joint joint, int socket, int *stage_fd)
{
  int pair[2];
  escort->writer = joint == JOINT_COMMAND || joint == JOINT_RELAY;
  escort->joint = joint;
  if (joint_make (pair, joint) != 0)
    return -1;
  /* Without it there is nothing to be seen before they end.  */
  escort->shown = shared_memory (SHOWN_SIZE);
  int result = start_relays (escort, guard, pair[0], socket);
  int saved = errno;
  escort->state = ESCORT_RUNNING;
  /* The relay alone has it: only so does its end mean SIGPIPE.  */
  if (escort->writer)
    close (pair[0]);
  else
    escort->end = pair[0];
  if (result == 0)
    *stage_fd = pair[1];
  else
    {
      escort_kill (escort);
      close (pair[1]);
    }
  errno = saved;
  return result;
}

/* Let the first relay that is not over finish.  */
static void
pass_word (struct escort *escort)
{
  for (unsigned i = 0; i < escort->count; i++)
    {
      struct escort_relay *relay = &escort->relays[i];
      if (relay->pid < 0)
        continue;
      struct relay_word const word = { .what = RELAY_FINISH };
      /* One that does not hear it is about to be reaped.  */
      if (0 <= relay->word
          && full_write (relay->word, &word, sizeof word) == sizeof word)
        close_one (&relay->word);
      return;
    }
}

void
escort_tell_rate (struct escort *escort, uint64_t rate)
{
  struct relay_word const word = { .what = RELAY_RATE, .number = rate };
  for (unsigned i = 0; i < escort->count; i++)
    if (0 <= escort->relays[i].word
        && full_write (escort->relays[i].word, &word, sizeof word) == 0)
      return;
}

void
escort_finish (struct escort *escort)
{
  escort->finishing = true;
  pass_word (escort);
}

/* RELAY of the channel NAME has ended, leaving WAIT_STATUS: find out how, and
   say what nobody else does.  */
static enum relay_end
judge (struct escort const *escort, struct escort_relay *relay,
       int wait_status, uint64_t *passed, char const *name)
{
  struct relay_report report;
  bool told = (full_read (relay->report, &report, sizeof report)
               == sizeof report);
  if (told)
    *passed = report.passed;
  if (escort->killed)
    return RELAY_FAILED;
  if (told && WIFEXITED (wait_status)
      && (WEXITSTATUS (wait_status) != RELAY_DONE || !escort->writer
          || relay->word < 0))
    return WEXITSTATUS (wait_status);
  if (WIFSIGNALED (wait_status))
    complain ("the %s relay of the %s channel was killed by signal %d (%s)",
              relay->name, name, WTERMSIG (wait_status),
              strsignal (WTERMSIG (wait_status)));
  else if (WEXITSTATUS (wait_status) != RELAY_FAILED)
    complain ("the %s relay of the %s channel ended too early", relay->name,
              name);
  return RELAY_FAILED;
}

/* Reap RELAY if it has ended.  Return whether it has.  */
static bool
reap_relay (struct escort *escort, struct escort_relay *relay,
            struct guard const *guard, char const *name)
{
  int wait_status;
  pid_t pid;
  do
    pid = waitpid (relay->pid, &wait_status, WNOHANG);
  while (pid < 0 && errno == EINTR);
  if (pid != relay->pid)
    return false;
  guard_remove (guard, pid);
  relay->pid = -1;
  enum relay_end end = judge (escort, relay, wait_status, &escort->passed,
                              name);
  /* Where one fails by another's end, that is the cause: what was read fails
     first, and what was written to, last.  */
  escort->worst = MAX (escort->worst, end);
  close_one (&relay->word);
  close_one (&relay->report);
  return true;
}

bool
escort_counts (struct escort const *escort, uint64_t *bytes)
{
  enum { TRIES = 100, STEP = 1 << 30 };
  if (escort->count == 0 || (escort->shown == NULL && escort->passed == 0))
    return false;
  *bytes = escort->passed;
  if (escort->shown == NULL)
    return true;
  /* What has gone farthest is with the last one.  */
  uint64_t volatile const *shown
    = &escort->shown[escort->writer ? escort->count - 1 : 0];
  uint64_t before;
  int tries = 0;
  /* Where it takes the relay two steps to write it, both may belong to
     different numbers.  */
  *bytes = *shown;
  do
    {
      before = *bytes;
      *bytes = *shown;
    }
  while (STEP < *bytes - before && ++tries < TRIES);
  return true;
}

bool
escort_runs (struct escort const *escort)
{
  for (unsigned i = 0; i < escort->count; i++)
    if (0 < escort->relays[i].pid)
      return true;
  return false;
}

/* Return the state that the ends of all relays, or the worst one, make.  */
static enum escort_state
settle (struct escort const *escort)
{
  if (escort->worst == RELAY_FAILED)
    return ESCORT_FAILED;
  if (escort_runs (escort))
    return ESCORT_RUNNING;
  switch (escort->worst)
    {
    case RELAY_DONE:
      return ESCORT_DONE;
    case RELAY_READ_FAILED:
    case RELAY_TAMPERED:
      return ESCORT_CUT;
    default:
      return ESCORT_LEFT;
    }
}

bool
escort_reap (struct escort *escort, struct guard const *guard,
             char const *name)
{
  bool reaped = false;
  if (escort->state == ESCORT_IDLE)
    return false;
  for (unsigned i = 0; i < escort->count; i++)
    if (0 < escort->relays[i].pid
        && reap_relay (escort, &escort->relays[i], guard, name))
      reaped = true;
  if (!reaped)
    return false;
  if (escort->finishing && escort->worst == RELAY_DONE)
    pass_word (escort);
  enum escort_state before = escort->state;
  if (before == ESCORT_RUNNING)
    escort->state = settle (escort);
  if (escort->state != before && escort->state == ESCORT_FAILED)
    escort_kill (escort);
  return escort->state != before;
}

bool
escort_resets (struct escort const *escort)
{
  return escort->joint != JOINT_BLOCKS && joint_resets ();
}

void
escort_kill (struct escort *escort)
{
  escort->killed = true;
  if (escort->state == ESCORT_RUNNING)
    escort->state = ESCORT_KILLED;
  for (unsigned i = 0; i < escort->count; i++)
    if (0 < escort->relays[i].pid)
      kill (escort->relays[i].pid, SIGKILL);
  if (!escort->delivered && escort_resets (escort))
    close_one (&escort->end);
}

void
escort_end_reader (struct escort *escort)
{
  if (escort->delivered || escort->end < 0)
    return;
  if (escort->joint == JOINT_BLOCKS)
    close_one (&escort->end);
  else
    joint_end_of_file (escort->end);
  escort->delivered = true;
}

bool
escort_delivered (struct escort *escort)
{
  return (escort->delivered
          && (escort->joint == JOINT_BLOCKS || joint_was_read (escort->end)));
}

void
escort_close (struct escort *escort)
{
  close_one (&escort->end);
  shared_memory_free ((void *) escort->shown, SHOWN_SIZE);
  escort->shown = NULL;
  for (unsigned i = 0; i < escort->count; i++)
    {
      close_one (&escort->relays[i].word);
      close_one (&escort->relays[i].report);
    }
}
