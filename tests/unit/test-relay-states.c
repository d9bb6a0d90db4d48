/* Test what a relay chain tells of itself, and what it does on failure.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "data/relay-chain.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "relay-play.h"
#include "test-macros.h"

/* The numbers that are asked for in check_no_start.  */
enum { DESCRIPTORS_MOST = 64 };

/* Return how many descriptors this process has open.  */
static int
count_descriptors (void)
{
  int count = 0;
  for (int fd = 0; fd < 256; fd++)
    count += 0 <= fcntl (fd, F_GETFD);
  return count;
}

static void
check_idle (void)
{
  struct relay_chain chain;
  uint64_t bytes;
  row_is ("a chain that was not started");
  chain_init (&chain);
  CHECK_NUMBER (chain.state, CHAIN_IDLE);
  CHECK_NUMBER (chain_report_fd (&chain), -1);
  chain_take_report (&chain);
  CHECK (!chain_counts (&chain, &bytes));
  CHECK (!chain_runs (&chain));
  CHECK (!chain_reap (&chain, &guard, "NAME"));
  CHECK (!chain_reader_gone (&chain) && !chain_delivered (&chain));
  chain_add (&chain, "last", relay_pass, NULL);
  CHECK (!chain_reap (&chain, &guard, "NAME"));
  CHECK (!chain_runs (&chain));
  CHECK (!chain_counts (&chain, &bytes));
  chain_kill (&chain);
  CHECK_NUMBER (chain.state, CHAIN_IDLE);
  chain_close (&chain);
  chain_close (&chain);
}

/* A writing end that is killed: the command meets SIGPIPE, and no state comes
   after this one.  */
static void
check_kill (unsigned count, enum stage_pipe pipe)
{
  struct play play;
  row_is ("killed, %u relays, %d", count, (int) pipe);
  begin (&play, count, relay_mark, pipe);
  write_stage (&play, 1000);
  while (play.come < 1000)
    step (&play);
  chain_kill (&play.chain);
  CHECK_NUMBER (play.chain.state, CHAIN_KILLED);
  chain_kill (&play.chain);
  CHECK_NUMBER (await (&play), CHAIN_KILLED);
  CHECK_NUMBER (play.come, 1000);
  CHECK_NUMBER (chain_report_fd (&play.chain), -1);
  chain_finish (&play.chain);
  CHECK (!chain_reap (&play.chain, &guard, "NAME"));
  CHECK_NUMBER (play.chain.state, CHAIN_KILLED);
  CHECK (write (play.stage, "", 1) == -1 && errno == EPIPE);
  /* That was ordered, and needs no word.  */
  check_said (NULL);
  finish (&play);
}

/* What has been passed on is known while the relays run, and afterwards.  */
static void
check_counts (unsigned count)
{
  struct play play;
  uint64_t bytes = 99, written = 50000;
  row_is ("counts, %u relays", count);
  begin (&play, count, relay_pass, STAGE_PIPE_WRITER);
  bool shown = play.chain.shown != NULL;
  CHECK (chain_counts (&play.chain, &bytes) == shown);
  if (shown)
    CHECK_NUMBER (bytes, 0);
  for (int i = 1; i <= 5; i++)
    {
      write_stage (&play, 10000);
      while (play.come < i * 10000u)
        step (&play);
      /* A relay writes the number when it has passed the bytes on.  */
      while (shown && chain_counts (&play.chain, &bytes) && bytes != play.come)
        step (&play);
    }
  if (shown && 1 < count)
    {
      /* What has gone farthest counts, not what was taken first.  */
      pid_t last = play.chain.relays[count - 1].pid;
      int status;
      NEED (kill (last, SIGSTOP) == 0
            && waitpid (last, &status, WUNTRACED) == last
            && WIFSTOPPED (status));
      write_stage (&play, 1000);
      while (play.chain.shown[0] != 51000)
        poll (NULL, 0, 1);
      CHECK (chain_counts (&play.chain, &bytes) && bytes == 50000);
      NEED (kill (last, SIGCONT) == 0);
      written += 1000;
    }
  close_stage (&play);
  chain_finish (&play.chain);
  CHECK_NUMBER (await (&play), CHAIN_DONE);
  CHECK (chain_counts (&play.chain, &bytes) && bytes == written);
  CHECK_NUMBER (play.chain.passed, written);
  chain_close (&play.chain);
  CHECK (chain_counts (&play.chain, &bytes) && bytes == written);
  finish (&play);
}

/* Passes on nothing, but which rate it was told.  */
static enum relay_end
relay_rate (struct relay_ends *ends, void *context)
{
  (void) context;
  while (ends->rate == 0)
    if (!relay_pause (ends, 60000))
      return RELAY_FAILED;
  char text[30];
  snprintf (text, sizeof text, "%" PRIu64 ".", ends->rate);
  return relay_give (ends, text, strlen (text));
}

/* Each relay of the chain hears of another rate.  */
static void
check_rate (void)
{
  struct play play;
  row_is ("another rate");
  begin (&play, 2, relay_rate, STAGE_PIPE_WRITER);
  chain_tell_rate (&play.chain, 123456789012345);
  while (play.come < 16)
    step (&play);
  CHECK_NUMBER (play.come, 16);
  CHECK_TEXT (play.last, "45.");
  finish (&play);
  /* It has not been told to end.  */
  check_said ("the last relay of the NAME channel ended too early");

  row_is ("another rate, and no relay any more");
  begin (&play, 2, relay_mark, STAGE_PIPE_WRITER);
  close_stage (&play);
  chain_finish (&play.chain);
  CHECK_NUMBER (await (&play), CHAIN_DONE);
  chain_tell_rate (&play.chain, 5);
  check_said (NULL);
  finish (&play);
}

/* The relay that is added first stands next to the command.  */
static void
check_places (void)
{
  struct relay_chain chain;
  row_is ("places");
  chain_init (&chain);
  chain_add (&chain, "b", relay_pass, NULL);
  chain_add (&chain, "c", relay_mark, &chain);
  chain_add_first (&chain, "a", relay_rate, NULL);
  CHECK_NUMBER (chain.count, 3);
  for (unsigned i = 0; i < 3; i++)
    CHECK (chain.relays[i].name[0] == (char) ('a' + i)
           && chain.relays[i].pid == -1 && chain.relays[i].word == -1
           && chain.relays[i].report == -1);
  CHECK (chain.relays[0].fn == relay_rate && chain.relays[1].fn == relay_pass
         && chain.relays[2].fn == relay_mark
         && chain.relays[2].context == &chain);
}

/* The first relay cannot be sent an order: so it must not go on.  */
static void
check_refused (unsigned count)
{
  struct play play;
  row_is ("no way to tell it, %u relays", count);
  begin (&play, count, relay_mark, STAGE_PIPE_WRITER);
  int null = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  NEED (0 <= null
        && dup2 (null, play.chain.relays[0].word)
           == play.chain.relays[0].word);
  close (null);
  close_stage (&play);
  listen_to (true);
  chain_finish (&play.chain);
  listen_to (false);
  check_said ("relay of the outgoing channel: cannot be sent an order: ");
  CHECK_NUMBER (await (&play), CHAIN_FAILED);
  CHECK (!STREQ (play.last, "END"));
  check_said (NULL);
  finish (&play);
}

/* Each number of descriptors that is too small: nothing is left of a start
   that fails.  */
static void
check_no_start (enum stage_pipe pipe)
{
  struct rlimit old, few;
  int channel[2], killed = 0;
  NEED (socketpair (AF_UNIX, SOCK_STREAM, 0, channel) == 0
        && getrlimit (RLIMIT_NOFILE, &old) == 0);
  int before = count_descriptors ();
  for (int most = 3; most < DESCRIPTORS_MOST; most++)
    {
      struct relay_chain chain;
      int stage = -1;
      row_is ("%d descriptors, %d", most, (int) pipe);
      chain_init (&chain);
      for (unsigned i = 0; i < CHAIN_RELAYS_MAX; i++)
        chain_add (&chain, "test", relay_pass, NULL);
      few = old;
      few.rlim_cur = most;
      listen_to (true);
      NEED (setrlimit (RLIMIT_NOFILE, &few) == 0);
      int result = chain_start (&chain, &guard, pipe, channel[0], &stage);
      int error = errno;
      NEED (setrlimit (RLIMIT_NOFILE, &old) == 0);
      listen_to (false);
      if (result == 0)
        {
          close (stage);
          chain_kill (&chain);
        }
      else
        {
          CHECK_NUMBER (stage, -1);
          CHECK_NUMBER (error, EMFILE);
          /* Not even the stage pipe could be made, or not all relays.  */
          CHECK (chain.state == CHAIN_KILLED
                 || (chain.state == CHAIN_IDLE && !chain_runs (&chain)));
          killed += chain.state == CHAIN_KILLED;
        }
      while (chain_runs (&chain))
        {
          poll (NULL, 0, 1);
          reap (&chain);
        }
      chain_close (&chain);
      CHECK_NUMBER (count_descriptors (), before);
      /* A relay that has none left says so, and not what it died of.  */
      NEED (ftruncate (said_fd, 0) == 0);
      if (result == 0)
        break;
    }
  CHECK (0 < killed);
  close (channel[0]);
  close (channel[1]);
}

int
main (void)
{
  play_set_up ();
  check_idle ();
  check_places ();
  for (unsigned count = 1; count <= CHAIN_RELAYS_MAX; count++)
    {
      check_kill (count, STAGE_PIPE_WRITER);
      check_kill (count, STAGE_PIPE_FILTER);
      check_counts (count);
      check_refused (count);
    }
  check_rate ();
  check_no_start (STAGE_PIPE_WRITER);
  check_no_start (STAGE_PIPE_FILTER);
  check_no_start (STAGE_PIPE_READER);
  check_no_start (STAGE_PIPE_BLOCKS);
  guard_stop (&guard);
  return test_result ();
}
