/* Test relays in series at the reading end of a channel.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "data/relay-chain.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ignore-value.h"
#include "loopback-pair.h"
#include "relay-play.h"
#include "test-macros.h"

/* What a stage reads from the chain, and when it has gone.  */
static void
check_reader (enum stage_pipe pipe, unsigned count)
{
  bool tells = pipe == STAGE_PIPE_READER;
#ifndef __linux__
  tells = false;
#endif
  struct play play;
  char bytes[2000];
  row_is ("reader, %u relays, %d", count, (int) pipe);
  begin (&play, count, relay_pass, pipe);
  NEED (write (play.far, pattern, 1000) == 1000);
  CHECK_NUMBER (read (play.stage, bytes, 500), 500);
  CHECK (!chain_reader_gone (&play.chain));
  CHECK_NUMBER (chain_report_fd (&play.chain), -1);
  NEED (shutdown (play.far, SHUT_WR) == 0);
  CHECK_NUMBER (await (&play), CHAIN_DONE);
  CHECK (!chain_reader_gone (&play.chain));
  CHECK_NUMBER (play.chain.passed, 1000);
  chain_end_reader (&play.chain);
  CHECK (chain_reader_gone (&play.chain) == !tells);
  CHECK_NUMBER (read (play.stage, bytes, sizeof bytes), 500);
  CHECK (chain_reader_gone (&play.chain));
  CHECK_NUMBER (read (play.stage, bytes, sizeof bytes), 0);
  close_stage (&play);
  CHECK (chain_reader_gone (&play.chain) && chain_delivered (&play.chain));
  finish (&play);

  row_is ("reader that closes, %u relays, %d", count, (int) pipe);
  begin (&play, count, relay_pass, pipe);
  int other = dup (play.stage);
  NEED (write (play.far, pattern, 1000) == 1000);
  CHECK_NUMBER (read (play.stage, bytes, 500), 500);
  close_stage (&play);
  CHECK (!chain_reader_gone (&play.chain));
  close (other);
  bool told = pipe != STAGE_PIPE_BLOCKS || stage_pipe_tells ();
  CHECK (chain_reader_gone (&play.chain) == told);
  /* Each relay learns it from the next one.  */
  while (play.chain.state == CHAIN_RUNNING)
    {
      ignore_value (write (play.far, pattern, 1000));
      step (&play);
    }
  CHECK_NUMBER (await (&play), CHAIN_LEFT);
  CHECK (chain_reader_gone (&play.chain) == told);
  check_said (NULL);
  finish (&play);

  if (pipe != STAGE_PIPE_READER)
    return;
  row_is ("reader that leaves the rest, %u relays", count);
  begin (&play, count, relay_pass, pipe);
  NEED (write (play.far, pattern, 1000) == 1000);
  NEED (shutdown (play.far, SHUT_WR) == 0);
  CHECK_NUMBER (await (&play), CHAIN_DONE);
  chain_end_reader (&play.chain);
  CHECK (chain_reader_gone (&play.chain) == !tells);
  close_stage (&play);
  CHECK (chain_reader_gone (&play.chain));
  CHECK (chain_reader_gone (&play.chain));
  CHECK (chain_delivered (&play.chain) == !stage_pipe_resets ());
  finish (&play);
}

/* The other end is reset: what came is not the whole.  */
static void
check_reset (void)
{
  struct play play;
  int pair[2];
  row_is ("a reader's connection that is reset");
  connect_pair (pair);
  play = (struct play) { .far = pair[1] };
  chain_init (&play.chain);
  chain_add (&play.chain, "last", relay_pass, NULL);
  start (&play.chain, STAGE_PIPE_READER, pair[0], &play.stage);
  close (pair[0]);
  struct linger const reset = { .l_onoff = 1 };
  NEED (setsockopt (pair[1], SOL_SOCKET, SO_LINGER, &reset, sizeof reset)
        == 0 && close (pair[1]) == 0);
  play.far = -1;
  CHECK_NUMBER (await (&play), CHAIN_CUT);
  check_said (NULL);
  finish (&play);
}

/* The chain is killed, and so ends nothing: the stage meets an error where
   that is possible, and else nothing before its pipe is closed.  */
static void
check_killed_reader (enum stage_pipe pipe, unsigned count)
{
  struct play play;
  char bytes[2000];
  row_is ("reader, killed, %u relays, %d", count, (int) pipe);
  begin (&play, count, relay_pass, pipe);
  NEED (write (play.far, pattern, 1000) == 1000);
  CHECK_NUMBER (read (play.stage, bytes, 500), 500);
  chain_kill (&play.chain);
  CHECK_NUMBER (await (&play), CHAIN_KILLED);
  CHECK (!play.chain.delivered && !chain_delivered (&play.chain));
  NEED (fcntl (play.stage, F_SETFL, O_NONBLOCK) == 0);
  ssize_t got = 1;
  while (0 < got)
    got = read (play.stage, bytes, sizeof bytes);
  CHECK_NUMBER (got, -1);
  CHECK_NUMBER (errno, chain_resets (&play.chain) ? ECONNRESET : EAGAIN);
  /* The end of file comes too late now.  */
  if (chain_resets (&play.chain))
    {
      chain_end_reader (&play.chain);
      CHECK (!play.chain.delivered);
      CHECK (chain_reader_gone (&play.chain));
    }
  check_said (NULL);
  finish (&play);
}

/* Relay number VICTIM of COUNT is killed by another: no end of file.  */
static void
check_victim (enum stage_pipe pipe, unsigned count, unsigned victim)
{
  struct play play;
  char bytes[2000];
  row_is ("reader, %u relays, number %u killed, %d", count, victim,
          (int) pipe);
  begin (&play, count, relay_pass, pipe);
  NEED (write (play.far, pattern, 1000) == 1000);
  CHECK_NUMBER (read (play.stage, bytes, 500), 500);
  kill (play.chain.relays[victim].pid, SIGKILL);
  CHECK_NUMBER (await (&play), CHAIN_FAILED);
  check_said (victim + 1 == count
              ? "the last relay of the NAME channel was killed by signal 9"
              : "the other relay of the NAME channel was killed by signal 9");
  NEED (fcntl (play.stage, F_SETFL, O_NONBLOCK) == 0);
  ssize_t got = 1;
  while (0 < got)
    got = read (play.stage, bytes, sizeof bytes);
  CHECK_NUMBER (got, -1);
  finish (&play);
}

int
main (void)
{
  play_set_up ();
  for (unsigned count = 1; count <= CHAIN_RELAYS_MAX; count++)
    for (int i = 0; i < 2; i++)
      {
        enum stage_pipe pipe = i ? STAGE_PIPE_BLOCKS : STAGE_PIPE_READER;
        check_reader (pipe, count);
        check_killed_reader (pipe, count);
        for (unsigned victim = 0; victim < count; victim++)
          check_victim (pipe, count, victim);
      }
  check_reset ();
  guard_stop (&guard);
  return test_result ();
}
