/* Test one end of a channel against the kernel: real TCP over loopback.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   One process is both supervisors here; a command is a duplicate of the
   socket that is closed when the command "ends".  */

#include <config.h>

#include "data/end.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "data/channel-watch.h"
#include "minmax.h"
#include "tcp-abort.h"
#include "tcp-meter.h"
#include "test-macros.h"

/* How many bytes the proof takes, in each direction.  */
enum { CONNECTOR_SENDS = 100, LISTENER_SENDS = 64 };

/* What a command gets when it reads or writes next, beside errors.  */
enum { ENDS = -1, GOES = -2 };

/* A channel with both ends in this process.  */
struct pair
{
  struct end writer;
  struct end reader;
  int write_command;            /* duplicates; -1 = closed */
  int read_command;
};

/* Whether the kernel counts.  */
static bool metered;

/* Wait until FD is ready for MASK, for at most 10 s.  */
static bool
wait_ready (int fd, short mask)
{
  struct pollfd ready = { .fd = fd, .events = mask };
  return poll (&ready, 1, 10000) == 1;
}

/* Write SIZE bytes to FD.  */
static void
put (int fd, size_t size)
{
  static char block[65536];
  while (0 < size)
    {
      ssize_t some = write (fd, block, MIN (size, sizeof block));
      NEED (0 < some);
      size -= some;
    }
}

/* Read SIZE bytes from FD.  */
static void
get (int fd, size_t size)
{
  static char block[65536];
  while (0 < size)
    {
      NEED (wait_ready (fd, POLLIN));
      ssize_t some = read (fd, block, MIN (size, sizeof block));
      NEED (0 < some);
      size -= some;
    }
}

/* Make a connection over loopback: ENDS[0] connected, ENDS[1] accepted.  */
static void
connect_pair (int *ends)
{
  struct sockaddr_in address;
  socklen_t length = sizeof address;
  memset (&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  struct sockaddr *any = (struct sockaddr *) &address;
  int listener = socket (AF_INET, SOCK_STREAM, 0);
  NEED (0 <= listener && bind (listener, any, sizeof address) == 0
        && listen (listener, 1) == 0
        && getsockname (listener, any, &length) == 0);
  ends[0] = socket (AF_INET, SOCK_STREAM, 0);
  NEED (0 <= ends[0] && connect (ends[0], any, sizeof address) == 0);
  ends[1] = accept (listener, NULL, NULL);
  NEED (0 <= ends[1]);
  close (listener);
}

/* Make *CONNECTION of FD, as a rendezvous does, with SENT and RECEIVED bytes
   of the proof.  */
static void
describe (struct connection *connection, int fd, uint64_t sent,
          uint64_t received, uint64_t sent_at_first)
{
  *connection = (struct connection) {
    .fd = fd, .sent_before = sent_at_first + sent,
    .received_before = received
  };
  int flags = fcntl (fd, F_GETFL);
  NEED (0 <= flags && fcntl (fd, F_SETFL, flags | O_NONBLOCK) == 0);
}

static uint64_t
sent_at_first (int fd)
{
  struct tcp_meter meter;
  return tcp_meter_read (fd, &meter) == 0 ? meter.sent : 0;
}

/* Let END take CONNECTION, and a command start on it.  */
static int
take (struct end *end, struct connection const *connection, int dead_peer)
{
  static struct end_stage const stage = { .pid = 0 };
  int result = channel_take (&end->channel, connection, dead_peer);
  if (result != 0)
    return result;
  end_connected (end, &socket_transport);
  end_started (end, &stage, end->channel.fd);
  return 0;
}

/* The command on END is over: wait until END is, too.  */
static void
stage_ends (struct end *end, bool doubtful, bool by_sigpipe)
{
  end->sigpipe = by_sigpipe;
  end_event (end, doubtful ? EV_STAGE_DOUBTFUL : EV_STAGE_CLEAN);
  while (end_waits (end))
    {
      poll (NULL, 0, 1);
      end_event (end, EV_LOOK);
    }
}

/* Connect PAIR and do as if there had been a proof.  CONNECTOR_WRITES says
   which end is which.  */
static void
begin (struct pair *pair, bool connector_writes)
{
  int ends[2];
  connect_pair (ends);
  uint64_t const first[2] = { sent_at_first (ends[0]),
                              sent_at_first (ends[1]) };
  put (ends[0], CONNECTOR_SENDS - 10);
  get (ends[1], CONNECTOR_SENDS - 10);
  put (ends[1], LISTENER_SENDS);
  get (ends[0], LISTENER_SENDS);
  put (ends[0], 10);
  get (ends[1], 10);

  struct connection connector, listener;
  describe (&connector, ends[0], CONNECTOR_SENDS, LISTENER_SENDS,
            first[0]);
  describe (&listener, ends[1], LISTENER_SENDS, CONNECTOR_SENDS,
            first[1]);
  end_init (&pair->writer, 0, true);
  end_init (&pair->reader, 0, false);
  CHECK (pair->writer.channel.fd == -1);
  NEED (take (&pair->writer,
                      connector_writes ? &connector : &listener, 120) == 0
        && take (&pair->reader,
                         connector_writes ? &listener : &connector, 120)
           == 0);
  pair->write_command = dup (pair->writer.channel.fd);
  pair->read_command = dup (pair->reader.channel.fd);
  NEED (0 <= pair->write_command && 0 <= pair->read_command);
  /* Commands expect this.  */
  CHECK ((fcntl (pair->write_command, F_GETFL) & O_NONBLOCK) == 0);
  CHECK ((fcntl (pair->read_command, F_GETFL) & O_NONBLOCK) == 0);
}

static void
close_command (int *command)
{
  if (0 <= *command)
    close (*command);
  *command = -1;
}

static void
end (struct pair *pair)
{
  close_command (&pair->write_command);
  close_command (&pair->read_command);
  channel_close (&pair->writer.channel);
  channel_close (&pair->reader.channel);
  CHECK (pair->writer.channel.fd == -1 && pair->reader.channel.fd == -1);
  channel_close (&pair->writer.channel);
}

/* Return what comes of reading from FD to the end: ENDS or an errno, EAGAIN
   after 10 s of nothing.  Add what is read to *COUNT, if COUNT is not NULL.
   No poll here: that of gnulib may look for an error, and so take it.  */
static int
read_all (int fd, uint64_t *count)
{
  static char block[65536];
  struct timeval limit = { .tv_sec = 10 };
  NEED (setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0);
  for (;;)
    {
      ssize_t some = read (fd, block, sizeof block);
      if (some <= 0)
        return some == 0 ? ENDS : errno;
      if (count)
        *count += some;
    }
}

/* Return what comes of writing to FD until that fails: an errno, or GOES when
   it does not fail for long.  SIGPIPE is ignored.  */
static int
write_on (int fd)
{
  for (int i = 0; i < 10000; i++)
    {
      char byte = 'x';
      if (write (fd, &byte, 1) != 1)
        return errno;
      /* The answer to the first byte may still be on its way.  */
      poll (NULL, 0, 1);
    }
  return GOES;
}

/* Sizes of data and who reads how much of it before the writer ends.  */
static size_t const data_sizes[] = { 0, 1, 1447, 65536, 1000003 };

/* The data goes through while both commands run.  */
static void
transfer (struct pair *pair, size_t size)
{
  while (0 < size)
    {
      size_t some = MIN (size, 16384);
      put (pair->write_command, some);
      get (pair->read_command, some);
      size -= some;
    }
}

static void
check_count (struct channel_end const *end, uint64_t bytes)
{
  CHECK (end->counted == metered);
  if (end->counted)
    CHECK_NUMBER (end->bytes, bytes);
}

/* Let the reading END be closed, if it is not, as by the death of its
   supervisor, but after its end of file has arrived.  */
static void
leave (struct end *end)
{
  if (end->channel.own.outcome == OUTCOME_COMPLETE)
    return;
  poll (NULL, 0, 5);
  channel_close (&end->channel);
}

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

/* The writer's supervisor is gone, too, before the data is read, and before
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

/* The ways in which a writing end goes wrong.  */
enum wrong
{
  FAILED,                       /* the command was killed */
  CUT,                          /* the supervisor aborts */
  CUT_THEN_ENDED,               /* and the command ends after that */
  CUT_BY_READER,                /* the reader's supervisor aborts */
  ALL_DEAD                      /* all who hold the socket are gone */
};

struct wrong_row
{
  char const *name;
  enum wrong wrong;
  enum channel_outcome writer;
};

static struct wrong_row const wrong_rows[] =
{
  { "the writer is killed", FAILED, OUTCOME_ABORTED },
  { "the channel is cut", CUT, OUTCOME_OPEN },
  { "the channel is cut, then the writer ends", CUT_THEN_ENDED,
    OUTCOME_ABORTED },
  { "the reader's side cuts", CUT_BY_READER, OUTCOME_OPEN },
  { "all who hold the writing end die", ALL_DEAD, OUTCOME_OPEN },
};

static void
check_wrong (struct wrong_row const *row, bool connector_writes, size_t size)
{
  struct pair pair;
  row_is ("%s, after %zu bytes, %s writes", row->name, size,
          connector_writes ? "connector" : "listener");
  begin (&pair, connector_writes);
  transfer (&pair, size);
  switch (row->wrong)
    {
    case FAILED:
      close_command (&pair.write_command);
      stage_ends (&pair.writer, true, false);
      break;
    case CUT:
      end_cut (&pair.writer);
      break;
    case CUT_THEN_ENDED:
      end_cut (&pair.writer);
      close_command (&pair.write_command);
      stage_ends (&pair.writer, false, false);
      break;
    case CUT_BY_READER:
      end_cut (&pair.reader);
      break;
    case ALL_DEAD:
      close_command (&pair.write_command);
      /* As the kernel does when a process dies.  */
      close (pair.writer.channel.fd);
      pair.writer.channel.fd = -1;
      break;
    }
  CHECK_NUMBER (pair.writer.channel.own.outcome, row->writer);
  if (metered || row->wrong == FAILED || row->wrong == ALL_DEAD)
    CHECK_NUMBER (read_all (pair.read_command, NULL), ECONNRESET);
  close_command (&pair.read_command);
  stage_ends (&pair.reader, true, false);
  leave (&pair.reader);
  CHECK (pair.reader.channel.own.outcome == OUTCOME_BROKEN
         || (!metered && pair.reader.channel.own.outcome == OUTCOME_EARLY));
  /* Where the kernel does not tell, the other side does.  */
  pair.writer.channel.own.outcome = OUTCOME_ABORTED;
  end_peer (&pair.reader, &pair.writer.channel.own);
  CHECK (channel_input_cut (&pair.reader.channel));
  end (&pair);
}

/* The data that a killed writer left in its socket need not arrive, but there
   must be no end of file behind it.  */
static void
check_killed_full (void)
{
  struct pair pair;
  row_is ("the writer is killed with unread data");
  begin (&pair, true);
  put (pair.write_command, 100000);
  close_command (&pair.write_command);
  stage_ends (&pair.writer, true, false);
  CHECK_NUMBER (pair.writer.channel.own.outcome, OUTCOME_ABORTED);
  CHECK_NUMBER (read_all (pair.read_command, NULL), ECONNRESET);
  end (&pair);
}

/* Cutting comes too late for a reader that has all.  */
static void
check_late_cut (void)
{
  for (int cutter = 0; cutter < 2; cutter++)
    {
      struct pair pair;
      uint64_t count = 0;
      row_is ("the %s's side cuts after the clean end",
              cutter ? "writer" : "reader");
      begin (&pair, true);
      put (pair.write_command, 5000);
      close_command (&pair.write_command);
      stage_ends (&pair.writer, false, false);
      if (cutter == 0)
        {
          /* Until the end has arrived.  */
          get (pair.read_command, 5000);
          count = 5000;
          NEED (wait_ready (pair.read_command, POLLIN));
          if (metered)
            end_cut (&pair.reader);
        }
      else
        end_cut (&pair.writer);
      CHECK_NUMBER (read_all (pair.read_command, &count), ENDS);
      CHECK_NUMBER (count, 5000);
      close_command (&pair.read_command);
      stage_ends (&pair.reader, false, false);
      leave (&pair.reader);
      CHECK_NUMBER (pair.reader.channel.own.outcome, OUTCOME_COMPLETE);
      check_count (&pair.reader.channel.own, 5000);
      end (&pair);
    }
}

/* How much is written, and how much of it read, before the reader ends.  */
struct early_row
{
  size_t written;
  size_t read;
};

static struct early_row const early_rows[] =
{
  { 0, 0 }, { 1, 0 }, { 1000, 1000 }, { 1000, 999 }, { 100000, 10 },
};

/* The writer meets SIGPIPE (which is ignored here, and so EPIPE).  */
static void
check_early (struct early_row const *row, bool connector_writes, bool told)
{
  struct pair pair;
  row_is ("the reader ends after %zu of %zu bytes, %s writes, %s",
          row->read, row->written,
          connector_writes ? "connector" : "listener",
          told ? "its side is told" : "nobody tells");
  begin (&pair, connector_writes);
  put (pair.write_command, row->written);
  get (pair.read_command, row->read);
  close_command (&pair.read_command);
  stage_ends (&pair.reader, false, false);
  leave (&pair.reader);
  CHECK_NUMBER (pair.reader.channel.own.outcome, OUTCOME_EARLY);
  CHECK (pair.reader.channel.fd == -1);
  CHECK (!channel_input_cut (&pair.reader.channel));
  if (told)
    end_peer (&pair.writer, &pair.reader.channel.own);
  CHECK_NUMBER (write_on (pair.write_command), EPIPE);
  CHECK_NUMBER (write_on (pair.write_command), EPIPE);
  close_command (&pair.write_command);
  stage_ends (&pair.writer, true, true);
  CHECK_NUMBER (pair.writer.channel.own.outcome, OUTCOME_READER_LEFT);
  end (&pair);
}

/* A writer whose socket is full when its reader ends.  */
static void
check_early_full (void)
{
  struct pair pair;
  row_is ("the reader ends while the writer waits");
  begin (&pair, true);
  int flags = fcntl (pair.write_command, F_GETFL);
  NEED (fcntl (pair.write_command, F_SETFL, flags | O_NONBLOCK) == 0);
  static char block[65536];
  while (0 < write (pair.write_command, block, sizeof block))
    continue;
  NEED (errno == EAGAIN);
  NEED (fcntl (pair.write_command, F_SETFL, flags) == 0);
  pid_t child = fork ();
  NEED (0 <= child);
  if (child == 0)
    {
      /* Or it would keep the other end open itself.  */
      close (pair.read_command);
      close (pair.reader.channel.fd);
      _exit (write (pair.write_command, block, sizeof block) < 0
             && errno == EPIPE ? 0 : 1);
    }
  get (pair.read_command, 10);
  close_command (&pair.read_command);
  stage_ends (&pair.reader, false, false);
  leave (&pair.reader);
  int status;
  /* A part of its block may have found room; then the next one fails.  */
  NEED (waitpid (child, &status, 0) == child);
  CHECK (status == 0 || write_on (pair.write_command) == EPIPE);
  close_command (&pair.write_command);
  stage_ends (&pair.writer, true, true);
  CHECK_NUMBER (pair.writer.channel.own.outcome, OUTCOME_READER_LEFT);
  end (&pair);
}

/* The writer fails, or ends well, after its reader left, without a byte
   written since: the meter tells, or the reader's side does.  */
static void
check_reader_left (void)
{
  for (int i = 0; i < 4; i++)
    {
      bool failed = i & 1, told = i & 2;
      struct pair pair;
      row_is ("the writer ends %s after its reader, %s",
              failed ? "badly" : "well", told ? "told" : "not told");
      if (!told && !metered)
        continue;
      begin (&pair, true);
      transfer (&pair, 100);
      close_command (&pair.read_command);
      stage_ends (&pair.reader, false, false);
      leave (&pair.reader);
      if (told)
        end_peer (&pair.writer, &pair.reader.channel.own);
      else
        NEED (wait_ready (pair.write_command, POLLIN));
      close_command (&pair.write_command);
      stage_ends (&pair.writer, failed, false);
      CHECK_NUMBER (pair.writer.channel.own.outcome, OUTCOME_READER_LEFT);
      end (&pair);
    }

  row_is ("a writer that dies of SIGPIPE of its own while the reader reads");
  if (metered)
    {
      struct pair pair;
      begin (&pair, true);
      transfer (&pair, 100);
      close_command (&pair.write_command);
      stage_ends (&pair.writer, true, true);
      CHECK_NUMBER (pair.writer.channel.own.outcome, OUTCOME_ABORTED);
      CHECK_NUMBER (read_all (pair.read_command, NULL), ECONNRESET);
      end (&pair);
    }
}

/* Word of the reader's end comes before the connection.  */
static void
check_early_word (void)
{
  struct pair pair;
  row_is ("the reader's end is known before the connection");
  int ends[2];
  connect_pair (ends);
  struct connection connection;
  struct channel_end early = { .outcome = OUTCOME_EARLY };
  describe (&connection, ends[0], 0, 0, sent_at_first (ends[0]));
  end_init (&pair.writer, 0, true);
  end_peer (&pair.writer, &early);
  NEED (take (&pair.writer, &connection, 120) == 0);
  CHECK_NUMBER (write_on (pair.writer.channel.fd), EPIPE);
  stage_ends (&pair.writer, true, true);
  CHECK_NUMBER (pair.writer.channel.own.outcome, OUTCOME_READER_LEFT);
  channel_close (&pair.writer.channel);
  close (ends[1]);
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
  NEED (signal (SIGPIPE, SIG_IGN) != SIG_ERR);
  /* Whatever goes wrong, it ends.  */
  alarm (300);
  int ends[2];
  connect_pair (ends);
  struct tcp_meter meter;
  metered = tcp_meter_read (ends[0], &meter) == 0;
  row_is ("the meter");
  CHECK (metered || errno == ENOTSUP);
  close (ends[0]);
  close (ends[1]);

  for (int writes = 0; writes < 2; writes++)
    {
      for (size_t i = 0; i < SIZEOF (data_sizes); i++)
        {
          check_clean (writes, data_sizes[i], true);
          if (data_sizes[i] <= 65536)
            check_clean (writes, data_sizes[i], false);
        }
      for (size_t i = 0; i < SIZEOF (wrong_rows); i++)
        {
          check_wrong (&wrong_rows[i], writes, 0);
          check_wrong (&wrong_rows[i], writes, 100000);
        }
      for (size_t i = 0; i < SIZEOF (early_rows); i++)
        {
          check_early (&early_rows[i], writes, false);
          check_early (&early_rows[i], writes, true);
        }
    }
  check_in_flight ();
  check_one_unread ();
  check_own_shutdown ();
  check_killed_full ();
  check_late_cut ();
  check_early_full ();
  check_reader_left ();
  check_early_word ();
  check_unconnected ();
  check_trouble ();
  check_least_times ();
  return test_result ();
}
