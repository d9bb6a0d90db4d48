/* Test one end of a channel against the kernel: streams that are whole, and
   what is found out about a connection.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "data/end.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "channel-pair.h"
#include "data/channel-watch.h"
#include "tcp-abort.h"
#include "tcp-meter.h"
#include "test-macros.h"

/* Sizes of data.  */
static size_t const data_sizes[] = { 0, 1, 1447, 65536, 1000003 };

/* Both commands end as they should.  */
static void
check_clean (bool connector_writes, size_t size, bool before)
{
  struct pair pair;
  uint64_t count = 0;
  row_is ("clean end, %s writes, %zu bytes, read %s the end",
          connector_writes ? "connector" : "listener", size,
          before ? "before" : "after");
  begin (&pair, connector_writes);
  if (before)
    transfer (&pair, size);
  else
    put (pair.write_command, size);
  close_command (&pair.write_command);
  stage_ends (&pair.writer, false, false);
  CHECK_NUMBER (pair.writer.channel.own.outcome, OUTCOME_CLEAN);
  check_count (&pair.writer.channel.own, size);

  /* Nothing but the end comes, and all of the data before.  */
  CHECK_NUMBER (read_all (pair.read_command, &count), ENDS);
  CHECK_NUMBER (count, before ? 0 : size);
  close_command (&pair.read_command);
  stage_ends (&pair.reader, false, false);
  leave (&pair.reader);
  CHECK_NUMBER (pair.reader.channel.own.outcome, OUTCOME_COMPLETE);
  check_count (&pair.reader.channel.own, size);

  /* Once is enough.  */
  stage_ends (&pair.writer, true, true);
  stage_ends (&pair.reader, true, true);
  leave (&pair.reader);
  CHECK_NUMBER (pair.writer.channel.own.outcome, OUTCOME_CLEAN);
  CHECK_NUMBER (pair.reader.channel.own.outcome, OUTCOME_COMPLETE);
  end_peer (&pair.writer, &pair.reader.channel.own);
  end_peer (&pair.reader, &pair.writer.channel.own);
  CHECK (!channel_input_cut (&pair.reader.channel));
  CHECK_NUMBER (pair.writer.channel.peer.outcome, OUTCOME_COMPLETE);
  end (&pair);
}

/* The writer's worker is gone, too, before the data is read, and before
   all of it has found room at the reader.  */
static void
check_in_flight (void)
{
  struct pair pair;
  static char block[65536];
  uint64_t written = 0, count = 0;
  row_is ("clean end with data on its way");
  begin (&pair, true);
  int flags = fcntl (pair.write_command, F_GETFL);
  NEED (fcntl (pair.write_command, F_SETFL, flags | O_NONBLOCK) == 0);
  for (ssize_t some;
       0 < (some = write (pair.write_command, block, sizeof block)); )
    written += some;
  NEED (errno == EAGAIN);
  close_command (&pair.write_command);
  stage_ends (&pair.writer, false, false);
  CHECK_NUMBER (pair.writer.channel.own.outcome, OUTCOME_CLEAN);
  check_count (&pair.writer.channel.own, written);
  channel_close (&pair.writer.channel);
  CHECK_NUMBER (read_all (pair.read_command, &count), ENDS);
  CHECK_NUMBER (count, written);
  close_command (&pair.read_command);
  stage_ends (&pair.reader, false, false);
  leave (&pair.reader);
  CHECK_NUMBER (pair.reader.channel.own.outcome, OUTCOME_COMPLETE);
  check_count (&pair.reader.channel.own, written);
  end (&pair);
}

/* The reader leaves one byte, and the end of file, unread.  */
static void
check_one_unread (void)
{
  struct pair pair;
  row_is ("the reader ends one byte before the end");
  begin (&pair, true);
  put (pair.write_command, 1000);
  close_command (&pair.write_command);
  stage_ends (&pair.writer, false, false);
  get (pair.read_command, 999);
  struct tcp_meter meter;
  for (int i = 0; i < 10000; i++)
    {
      if (tcp_meter_read (pair.reader.channel.fd, &meter) != 0
          || meter.end_received)
        break;
      poll (NULL, 0, 1);
    }
  close_command (&pair.read_command);
  stage_ends (&pair.reader, false, false);
  leave (&pair.reader);
  CHECK_NUMBER (pair.reader.channel.own.outcome, OUTCOME_EARLY);
  end (&pair);
}

/* A command that shuts its end down itself, before it closes it.  */
static void
check_own_shutdown (void)
{
  struct pair pair;
  row_is ("the writer shuts down itself");
  begin (&pair, true);
  transfer (&pair, 1000);
  shutdown (pair.write_command, SHUT_WR);
  CHECK_NUMBER (read_all (pair.read_command, NULL), ENDS);
  close_command (&pair.write_command);
  stage_ends (&pair.writer, false, false);
  CHECK_NUMBER (pair.writer.channel.own.outcome, OUTCOME_CLEAN);
  check_count (&pair.writer.channel.own, 1000);
  close_command (&pair.read_command);
  stage_ends (&pair.reader, false, false);
  leave (&pair.reader);
  CHECK_NUMBER (pair.reader.channel.own.outcome, OUTCOME_COMPLETE);
  check_count (&pair.reader.channel.own, 1000);
  end (&pair);
}

/* Ends that never were connected.  */
static void
check_unconnected (void)
{
  struct channel_end over = { .outcome = OUTCOME_EARLY };
  for (int writer = 0; writer < 2; writer++)
    {
      struct end end;
      row_is ("a %s without a connection", writer ? "writer" : "reader");
      end_init (&end, 0, writer);
      end_cut (&end);
      CHECK (!channel_in_trouble (&end.channel, 0, 0));
      end_peer (&end, &over);
      stage_ends (&end, true, false);
      CHECK_NUMBER (end.channel.own.outcome,
                    writer ? OUTCOME_ABORTED : OUTCOME_EARLY);
      CHECK (!end.channel.own.counted);
      channel_close (&end.channel);
    }
}

/* A connection that is well, and one that is reset, watched over.  */
static void
check_trouble (void)
{
  struct pair pair;
  row_is ("a channel that is well");
  begin (&pair, true);
  transfer (&pair, 1000);
  for (int64_t now = 0; now < 100000; now += 1000)
    CHECK (!channel_in_trouble (&pair.writer.channel, now, 5000)
           && !channel_in_trouble (&pair.reader.channel, now, 5000));
  if (metered)
    {
      row_is ("a channel that is quiet");
      CHECK (!channel_is_quiet (&pair.reader.channel, 1000, 5000));
      CHECK (!channel_is_quiet (&pair.reader.channel, 5999, 5000));
      CHECK (channel_is_quiet (&pair.reader.channel, 6000, 5000));
      transfer (&pair, 1);
      CHECK (!channel_is_quiet (&pair.reader.channel, 6001, 5000));
      CHECK (channel_is_quiet (&pair.reader.channel, 11001, 5000));
      row_is ("a channel that is reset");
      /* Behind the back of its own side.  */
      tcp_abort (pair.writer.channel.fd);
      NEED (wait_ready (pair.read_command, POLLIN));
      CHECK (!channel_in_trouble (&pair.reader.channel, 1000, 5000));
      CHECK (!channel_in_trouble (&pair.reader.channel, 5999, 5000));
      CHECK (channel_in_trouble (&pair.reader.channel, 6000, 5000));
      row_is ("a channel that is reset, by an end that told so");
      pair.reader.channel.peer.outcome = OUTCOME_ABORTED;
      CHECK (!channel_in_trouble (&pair.reader.channel, 6000, 5000));
    }
  end (&pair);
}

/* Not even the least time for a dead peer makes options of 0.  */
static void
check_least_times (void)
{
  static int const times[] = { 5, 6, 12, 119, 120, 86400 };
  for (size_t i = 0; i < SIZEOF (times); i++)
    for (int writer = 0; writer < 2; writer++)
      {
        row_is ("--dead-peer-timeout=%d", times[i]);
        int ends[2];
        connect_pair (ends);
        struct connection connection;
        struct end end;
        describe (&connection, ends[0], 0, 0, 0);
        end_init (&end, 0, writer);
        CHECK_NUMBER (take (&end, &connection, times[i]), 0);
        int on = 0;
        socklen_t length = sizeof on;
        CHECK (getsockopt (ends[0], SOL_SOCKET, SO_KEEPALIVE, &on, &length)
               == 0 && on);
        channel_close (&end.channel);
        close (ends[1]);
      }
}

int
main (void)
{
  channel_test ();
  for (int writes = 0; writes < 2; writes++)
    for (size_t i = 0; i < SIZEOF (data_sizes); i++)
      {
        check_clean (writes, data_sizes[i], true);
        if (data_sizes[i] <= 65536)
          check_clean (writes, data_sizes[i], false);
      }
  check_in_flight ();
  check_one_unread ();
  check_own_shutdown ();
  check_unconnected ();
  check_trouble ();
  check_least_times ();
  return test_result ();
}
