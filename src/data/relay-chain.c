/* The chain of one end of a channel: relays between socket and command.
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
#include "base/children.h"
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

/* The size of the counts that they show.  */
enum { SHOWN_SIZE = CHAIN_RELAYS_MAX * sizeof (uint64_t) };

void
chain_init (struct relay_chain *chain)
{
  *chain = (struct relay_chain) { .end = -1 };
}

void
chain_add (struct relay_chain *chain, char const *name, relay_fn *fn,
            void *context)
{
  chain->relays[chain->count++] = (struct chain_relay) {
    .name = name, .fn = fn, .context = context, .pid = -1, .word = -1,
    .report = -1
  };
}

void
chain_add_first (struct relay_chain *chain, char const *name, relay_fn *fn,
                  void *context)
{
  chain_add (chain, name, fn, context);
  struct chain_relay added = chain->relays[chain->count - 1];
  for (unsigned i = chain->count - 1; 0 < i; i--)
    chain->relays[i] = chain->relays[i - 1];
  chain->relays[0] = added;
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
  /* First, move them away from the numbers to be used.  */
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

/* Return the name of CHAIN's channel, for messages.  */
static char const *
channel_name (struct relay_chain const *chain)
{
  return chain->writer ? "outgoing" : "incoming";
}

static int
make_nonblocking (int fd)
{
  int flags = fcntl (fd, F_GETFL);
  return flags < 0 ? -1 : fcntl (fd, F_SETFL, flags | O_NONBLOCK);
}

/* In the child: become RELAY of CHAIN, with FDS for its descriptors.  */
static _Noreturn void
become (struct relay_chain const *chain, struct chain_relay const *relay,
        struct guard const *guard, int const *fds)
{
  setpgid (0, 0);
  guard_add (guard, getpid ());
  if (place_descriptors (fds, RELAY_FDS) != 0
      || make_nonblocking (RELAY_IN) != 0 || make_nonblocking (RELAY_OUT) != 0)
    {
      complain ("%s relay of the %s channel: cannot set up descriptors: %s",
                relay->name, channel_name (chain), strerror (errno));
      _exit (RELAY_FAILED);
    }
  signals_helper ();
  signal (SIGPIPE, SIG_IGN);
  struct relay_ends ends = {
    .name = relay->name, .channel = channel_name (chain), .in = RELAY_IN,
    .out = RELAY_OUT, .word = fds[RELAY_WORD] < 0 ? -1 : RELAY_WORD,
    .report = chain->writer && relay == chain->relays ? RELAY_REPORT : -1,
    .shown = chain->shown ? &chain->shown[relay - chain->relays] : NULL
  };
  int end = relay->fn (&ends, relay->context);
  struct relay_report const report = {
    .what = RELAY_END, .passed = ends.passed
  };
  if (full_write (RELAY_REPORT, &report, sizeof report) != sizeof report)
    _exit (RELAY_FAILED);
  _exit (end);
}

/* Start RELAY from IN to OUT.  Return 0, or -1 with errno set.  */
static int
start_relay (struct relay_chain *chain, struct chain_relay *relay,
             struct guard const *guard, int in, int out)
{
  int word[2] = { -1, -1 }, report[2];
  if (pipe2 (report, O_CLOEXEC) != 0)
    return -1;
  bool made = (make_nonblocking (report[0]) == 0
               && (!chain->writer || pipe2 (word, O_CLOEXEC) == 0));
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
        become (chain, relay, guard, fds);
      int saved = errno;
      if (0 < relay->pid)
        children_add (relay->pid, true);
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
start_relays (struct relay_chain *chain, struct guard const *guard, int near,
              int socket)
{
  int held = -1;                /* end of the pipe between two relays */
  int result = 0;
  for (unsigned i = 0; i < chain->count && result == 0; i++)
    {
      int between[2] = { -1, -1 };
      bool last = i + 1 == chain->count;
      if (!last && pipe2 (between, O_CLOEXEC) != 0)
        {
          result = -1;
          break;
        }
      if (!last)
        pipe_enlarge (between[0], STAGE_PIPE_ROOM);
      int this_side = i == 0 ? near : held;
      int that_side = last ? socket : between[chain->writer];
      result = (chain->writer
                ? start_relay (chain, &chain->relays[i], guard, this_side,
                               that_side)
                : start_relay (chain, &chain->relays[i], guard, that_side,
                               this_side));
      int saved = errno;
      close_one (&held);
      close_one (&between[chain->writer]);
      held = between[!chain->writer];
      errno = saved;
    }
  int saved = errno;
  close_one (&held);
  errno = saved;
  return result;
}

int
chain_start (struct relay_chain *chain, struct guard const *guard,
              enum stage_pipe pipe, int socket, int *stage_fd)
{
  int pair[2];
  chain->writer = pipe == STAGE_PIPE_WRITER || pipe == STAGE_PIPE_FILTER;
  chain->pipe = pipe;
  if (stage_pipe_make (pair, pipe) != 0)
    return -1;
  /* Without it no count is known before they end.  */
  chain->shown = shared_memory (SHOWN_SIZE);
  int result = start_relays (chain, guard, pair[0], socket);
  int saved = errno;
  chain->state = CHAIN_RUNNING;
  /* Only the relay may hold a pipe, so that its end means SIGPIPE.  A socket
     has to be closed in another way.  */
  if (pipe == STAGE_PIPE_WRITER)
    close (pair[0]);
  else
    chain->end = pair[0];
  if (result == 0)
    *stage_fd = pair[1];
  else
    {
      chain_kill (chain);
      close (pair[1]);
    }
  errno = saved;
  return result;
}

/* Send WORD to RELAY.  Return whether it was sent.  */
static bool
send_word (struct relay_chain const *chain, struct chain_relay *relay,
           struct relay_word const *word)
{
  if (full_write (relay->word, word, sizeof *word) == sizeof *word)
    return true;
  /* A relay that has closed it is about to be reaped.  */
  if (errno == EPIPE)
    return false;
  complain ("%s relay of the %s channel: cannot be sent an order: %s",
            relay->name, channel_name (chain), strerror (errno));
  relay->refused = true;
  kill (relay->pid, SIGKILL);
  return false;
}

/* Send the order to the first relay that has not ended.  */
static void
pass_order (struct relay_chain *chain)
{
  for (unsigned i = 0; i < chain->count; i++)
    {
      struct chain_relay *relay = &chain->relays[i];
      if (relay->pid < 0)
        continue;
      struct relay_word const word = {
        .what = RELAY_ORDER, .number = chain->order
      };
      if (0 <= relay->word && relay->told != chain->order
          && send_word (chain, relay, &word))
        relay->told = chain->order;
      return;
    }
}

void
chain_tell_rate (struct relay_chain *chain, uint64_t rate)
{
  struct relay_word const word = { .what = RELAY_RATE, .number = rate };
  for (unsigned i = 0; i < chain->count; i++)
    if (0 < chain->relays[i].pid && 0 <= chain->relays[i].word)
      send_word (chain, &chain->relays[i], &word);
}

void
chain_finish (struct relay_chain *chain)
{
  if (chain->order == RELAY_FLUSH)
    return;
  chain->order = RELAY_FINISH;
  pass_order (chain);
}

void
chain_flush (struct relay_chain *chain)
{
  chain->order = RELAY_FLUSH;
  pass_order (chain);
}

/* Handle REPORT by RELAY.  */
static void
take_report (struct relay_chain *chain, struct chain_relay *relay,
             struct relay_report const *report)
{
  if (report->what == RELAY_AT_END)
    chain->at_end = true;
  else
    {
      relay->has_ended = true;
      relay->passed = report->passed;
    }
}

/* Receive the reports of RELAY, without waiting.  */
static void
take_reports (struct relay_chain *chain, struct chain_relay *relay)
{
  while (!relay->reports_over)
    {
      ssize_t got = read (relay->report, relay->partial + relay->held,
                          sizeof relay->partial - relay->held);
      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0 && errno == EAGAIN)
        return;
      if (got <= 0)
        relay->reports_over = true;
      else
        relay->held += got;
      if (relay->held == sizeof relay->partial)
        {
          struct relay_report report;
          memcpy (&report, relay->partial, sizeof report);
          take_report (chain, relay, &report);
          relay->held = 0;
        }
    }
}

int
chain_report_fd (struct relay_chain const *chain)
{
  struct chain_relay const *first = &chain->relays[0];
  return (chain->count == 0 || !chain->writer || chain->at_end
          || first->pid < 0 || first->reports_over
          ? -1 : first->report);
}

void
chain_take_report (struct relay_chain *chain)
{
  if (0 <= chain_report_fd (chain))
    take_reports (chain, &chain->relays[0]);
}

/* RELAY of the channel NAME has ended with WAIT_STATUS: find out how, and
   report what it has not reported itself.  */
static enum relay_end
judge (struct relay_chain *chain, struct chain_relay *relay, int wait_status,
       char const *name)
{
  take_reports (chain, relay);
  if (relay->has_ended)
    chain->passed = relay->passed;
  if (chain->killed || relay->refused)
    return RELAY_FAILED;
  if (relay->has_ended && WIFEXITED (wait_status)
      && (WEXITSTATUS (wait_status) != RELAY_DONE || !chain->writer
          || relay->told != RELAY_GO_ON))
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

/* The writing command, which has a socket, meets SIGPIPE from now on.  */
static void
stop_filter (struct relay_chain *chain)
{
  if (chain->pipe == STAGE_PIPE_FILTER && 0 <= chain->end)
    {
      stage_pipe_stop_writer (chain->end, true);
      chain->end = -1;
    }
}

/* Reap RELAY if it has ended.  Return whether it has.  */
static bool
reap_relay (struct relay_chain *chain, struct chain_relay *relay,
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
  children_remove (pid);
  relay->pid = -1;
  enum relay_end end = judge (chain, relay, wait_status, name);
  /* Where a relay fails because another ended, the latter is the cause: a
     failed read comes before a failed write.  */
  chain->worst = MAX (chain->worst, end);
  close_one (&relay->word);
  if (relay == chain->relays)
    stop_filter (chain);
  return true;
}

bool
chain_counts (struct relay_chain const *chain, uint64_t *bytes)
{
  enum { TRIES = 100, STEP = 1 << 30 };
  if (chain->count == 0 || (chain->shown == NULL && chain->passed == 0))
    return false;
  *bytes = chain->passed;
  if (chain->shown == NULL)
    return true;
  /* The last relay has the count of what has gone farthest.  */
  uint64_t volatile const *shown
    = &chain->shown[chain->writer ? chain->count - 1 : 0];
  uint64_t before;
  int tries = 0;
  /* Where the relay writes it in two steps, the halves may belong to different
     numbers.  */
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
chain_runs (struct relay_chain const *chain)
{
  for (unsigned i = 0; i < chain->count; i++)
    if (0 < chain->relays[i].pid)
      return true;
  return false;
}

/* Return the state that the ends of all relays, or the worst one, make.  */
static enum chain_state
settle (struct relay_chain const *chain)
{
  if (chain->worst == RELAY_FAILED)
    return CHAIN_FAILED;
  if (chain_runs (chain))
    return CHAIN_RUNNING;
  switch (chain->worst)
    {
    case RELAY_DONE:
      return CHAIN_DONE;
    case RELAY_READ_FAILED:
    case RELAY_TAMPERED:
      return CHAIN_CUT;
    default:
      return CHAIN_LEFT;
    }
}

bool
chain_reap (struct relay_chain *chain, struct guard const *guard,
             char const *name)
{
  bool reaped = false;
  if (chain->state == CHAIN_IDLE)
    return false;
  for (unsigned i = 0; i < chain->count; i++)
    if (0 < chain->relays[i].pid
        && reap_relay (chain, &chain->relays[i], guard, name))
      reaped = true;
  if (!reaped)
    return false;
  if (chain->order != RELAY_GO_ON && chain->worst == RELAY_DONE)
    pass_order (chain);
  enum chain_state before = chain->state;
  if (before == CHAIN_RUNNING)
    chain->state = settle (chain);
  if (chain->state != before && chain->state == CHAIN_FAILED)
    chain_kill (chain);
  return chain->state != before;
}

bool
chain_resets (struct relay_chain const *chain)
{
  return chain->pipe != STAGE_PIPE_BLOCKS && stage_pipe_resets ();
}

void
chain_kill (struct relay_chain *chain)
{
  chain->killed = true;
  if (chain->state == CHAIN_RUNNING)
    chain->state = CHAIN_KILLED;
  /* This comes first, so that no relay's end can reset it.  */
  stop_filter (chain);
  for (unsigned i = 0; i < chain->count; i++)
    if (0 < chain->relays[i].pid)
      kill (chain->relays[i].pid, SIGKILL);
  if (!chain->delivered && chain_resets (chain))
    close_one (&chain->end);
}

void
chain_end_reader (struct relay_chain *chain)
{
  if (chain->delivered || chain->end < 0)
    return;
  if (chain->pipe == STAGE_PIPE_BLOCKS)
    close_one (&chain->end);
  else
    stage_pipe_end_of_file (chain->end);
  chain->delivered = true;
}

bool
chain_delivered (struct relay_chain *chain)
{
  return (chain->delivered
          && (chain->pipe == STAGE_PIPE_BLOCKS
              || stage_pipe_was_read (chain->end)));
}

bool
chain_reader_gone (struct relay_chain *chain)
{
  if (chain->writer || chain->state == CHAIN_IDLE)
    return false;
  return chain->end < 0 || stage_pipe_closed (chain->end, chain->delivered);
}

void
chain_close (struct relay_chain *chain)
{
  stop_filter (chain);
  close_one (&chain->end);
  shared_memory_free ((void *) chain->shown, SHOWN_SIZE);
  chain->shown = NULL;
  for (unsigned i = 0; i < chain->count; i++)
    {
      close_one (&chain->relays[i].word);
      close_one (&chain->relays[i].report);
    }
}
