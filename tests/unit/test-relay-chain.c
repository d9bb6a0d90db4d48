/* Test relays in series at the writing end of a channel.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "data/relay-chain.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ignore-value.h"
#include "relay-play.h"
#include "test-macros.h"

static void
nap (int ms)
{
  struct timespec const pause = { .tv_nsec = ms * 1000000L };
  nanosleep (&pause, NULL);
}

/* Ends well, though nothing has ended.  */
static enum relay_end
relay_hasty (struct relay_ends *ends, void *context)
{
  (void) ends, (void) context;
  return RELAY_DONE;
}

/* Meets an error of no meaning.  */
static enum relay_end
relay_ill (struct relay_ends *ends, void *context)
{
  (void) context;
  errno = ENOBUFS;
  return relay_give_failed (ends);
}

/* The end of file is reported, and is the end of the stream only after the
   word.  */
static void
check_end (unsigned count, enum stage_pipe pipe)
{
  struct play play;
  row_is ("end of file, %u relays, %d", count, (int) pipe);
  begin (&play, count, relay_mark, pipe);
  write_stage (&play, 50000);
  for (int i = 0; i < 10; i++)
    step (&play);
  CHECK (!play.chain.at_end && 0 <= chain_report_fd (&play.chain));
  CHECK_NUMBER (play.come, 50000);
  close_stage (&play);
  while (!play.chain.at_end)
    step (&play);
  CHECK_NUMBER (chain_report_fd (&play.chain), -1);
  for (int i = 0; i < 10; i++)
    step (&play);
  CHECK (play.chain.state == CHAIN_RUNNING && !play.come_all);
  CHECK_NUMBER (play.come, 50000);
  chain_finish (&play.chain);
  CHECK_NUMBER (await (&play), CHAIN_DONE);
  CHECK_NUMBER (play.come, 50003);
  CHECK_TEXT (play.last, "END");
  CHECK_NUMBER (play.chain.passed, 50000);
  CHECK (play.come_all);
  check_said (NULL);
  finish (&play);
}

/* The word comes while there is a writer.  */
static void
check_finish (unsigned count, enum stage_pipe pipe)
{
  struct play play;
  row_is ("finish, %u relays, %d", count, (int) pipe);
  begin (&play, count, relay_mark, pipe);
  write_stage (&play, 1000);
  chain_finish (&play.chain);
  for (int i = 0; i < 10; i++)
    step (&play);
  CHECK (play.chain.state == CHAIN_RUNNING && !play.chain.at_end);
  write_stage (&play, 1000);
  close_stage (&play);
  CHECK_NUMBER (await (&play), CHAIN_DONE);
  CHECK (play.chain.at_end);
  CHECK_NUMBER (play.come, 2003);
  CHECK_TEXT (play.last, "END");
  check_said (NULL);
  finish (&play);
}

/* The stream is to be cut, while another process writes on and on.  */
static void
check_flush (unsigned count, enum stage_pipe pipe, bool after_finish)
{
  struct play play;
  row_is ("flush, %u relays, %d, %d", count, (int) pipe, after_finish);
  begin (&play, count, relay_mark, pipe);
  pid_t pid = fork ();
  if (pid == 0)
    {
      signal (SIGPIPE, SIG_DFL);
      while (0 < write (play.stage, pattern, PATTERN))
        continue;
      if (errno == EPIPE)
        ignore_value (write (play.stage, pattern, PATTERN));
      _exit (1);
    }
  NEED (0 < pid);
  close_stage (&play);
  while (play.come < 10 * PATTERN)
    step (&play);
  if (after_finish)
    chain_finish (&play.chain);
  chain_flush (&play.chain);
  chain_finish (&play.chain);
  CHECK_NUMBER (await (&play), CHAIN_DONE);
  CHECK_NUMBER (play.chain.passed, play.come);
  CHECK (play.come_all && !STREQ (play.last, "END") && !play.chain.at_end);
  int status;
  NEED (waitpid (pid, &status, 0) == pid);
  CHECK (WIFSIGNALED (status) && WTERMSIG (status) == SIGPIPE);
  check_said (NULL);
  finish (&play);
}

/* All that was there is passed on, be it a lot or nothing; and a writer that
   does not write does not matter.  */
static void
check_flush_rest (unsigned count, enum stage_pipe pipe, size_t length)
{
  struct play play;
  row_is ("flush of %d bytes, %u relays, %d", (int) length, count, (int) pipe);
  begin (&play, count, relay_mark, pipe);
  if (0 < length)
    write_stage (&play, length);
  chain_flush (&play.chain);
  CHECK_NUMBER (await (&play), CHAIN_DONE);
  CHECK_NUMBER (play.come, length);
  CHECK (play.come_all && !STREQ (play.last, "END"));
  CHECK (write (play.stage, "late", 4) == -1 && errno == EPIPE);
  check_said (NULL);
  finish (&play);
}

/* Relay number VICTIM of COUNT is killed: it is no end of the stream, be the
   word given or not.  */
static void
check_killed (unsigned count, unsigned victim, bool told)
{
  struct play play;
  row_is ("%u relays, number %u killed, %d", count, victim, told);
  begin (&play, count, relay_mark, STAGE_PIPE_WRITER);
  write_stage (&play, 1000);
  while (play.come < 1000)
    step (&play);
  if (told)
    chain_finish (&play.chain);
  kill (play.chain.relays[victim].pid, SIGKILL);
  nap (50);
  CHECK_NUMBER (await (&play), CHAIN_FAILED);
  CHECK_NUMBER (chain_report_fd (&play.chain), -1);
  CHECK (!STREQ (play.last, "END"));
  CHECK_NUMBER (play.come, 1000);
  check_said (victim + 1 == count
              ? "the last relay of the NAME channel was killed by signal 9"
              : "the other relay of the NAME channel was killed by signal 9");
  CHECK (write (play.stage, "", 1) == -1 && errno == EPIPE);
  finish (&play);
}

/* A relay ends before its time, well or not.  */
static void
check_hasty (relay_fn *fn, char const *text)
{
  struct play play;
  row_is ("%s", text);
  begin (&play, 2, fn, STAGE_PIPE_WRITER);
  CHECK_NUMBER (await (&play), CHAIN_FAILED);
  check_said (text);
  finish (&play);
}

/* The worker is gone.  */
static void
check_alone (unsigned count)
{
  struct play play;
  row_is ("no more words, %u relays", count);
  begin (&play, count, relay_mark, STAGE_PIPE_WRITER);
  write_stage (&play, 1000);
  close_stage (&play);
  for (unsigned i = 0; i < count; i++)
    {
      close (play.chain.relays[i].word);
      play.chain.relays[i].word = -1;
    }
  CHECK_NUMBER (await (&play), CHAIN_FAILED);
  CHECK (!STREQ (play.last, "END"));
  check_said (NULL);
  finish (&play);
}

/* The reader leaves.  */
static void
check_left (unsigned count, enum stage_pipe pipe)
{
  struct play play;
  row_is ("left, %u relays, %d", count, (int) pipe);
  begin (&play, count, relay_mark, pipe);
  write_stage (&play, 1000);
  while (play.come < 1000)
    step (&play);
  close (play.far);
  play.far = -1;
  write_stage (&play, 1000);
  while (write (play.stage, pattern, 1000) == 1000)
    step (&play);
  CHECK_NUMBER (await (&play), CHAIN_LEFT);
  CHECK (write (play.stage, "", 1) == -1 && errno == EPIPE);
  check_said (NULL);
  finish (&play);
}

/* What it writes to takes nothing.  */
static void
check_full (void)
{
  struct play play = { .far = -1 };
  row_is ("a full disk");
  int full = open ("/dev/full", O_WRONLY | O_CLOEXEC);
  if (full < 0)
    return;
  chain_init (&play.chain);
  chain_add (&play.chain, "last", relay_pass, NULL);
  start (&play.chain, STAGE_PIPE_WRITER, full, &play.stage);
  close (full);
  write_stage (&play, 10);
  CHECK_NUMBER (await (&play), CHAIN_FAILED);
  check_said ("last relay of the outgoing channel: cannot write: ");
  finish (&play);
}

int
main (void)
{
  play_set_up ();
  for (unsigned count = 1; count <= CHAIN_RELAYS_MAX; count++)
    {
      for (int i = 0; i < 2; i++)
        {
          enum stage_pipe pipe = i ? STAGE_PIPE_FILTER : STAGE_PIPE_WRITER;
          check_end (count, pipe);
          check_finish (count, pipe);
          check_flush (count, pipe, false);
          check_flush (count, pipe, true);
          check_flush_rest (count, pipe, 0);
          check_flush_rest (count, pipe, 60000);
          check_left (count, pipe);
        }
      for (unsigned victim = 0; victim < count; victim++)
        {
          check_killed (count, victim, false);
          check_killed (count, victim, true);
        }
      check_alone (count);
    }
  check_hasty (relay_hasty,
               "the last relay of the NAME channel ended too early");
  check_hasty (relay_ill,
               "last relay of the outgoing channel: cannot write: ");
  check_full ();
  guard_stop (&guard);
  return test_result ();
}
