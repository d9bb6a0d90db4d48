/* One channel of which this process has both ends: real TCP over loopback.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   The process is both workers; a command is a duplicate of the socket,
   and is closed when the command "ends".  A test begins with
   channel_test ().  */

#ifndef CHANNEL_PAIR_H
# define CHANNEL_PAIR_H 1

# include <errno.h>
# include <fcntl.h>
# include <netinet/in.h>
# include <poll.h>
# include <signal.h>
# include <sys/socket.h>
# include <sys/time.h>
# include <unistd.h>

# include "data/end.h"
# include "minmax.h"
# include "tcp-meter.h"
# include "test-macros.h"

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
  NEED (take (&pair->writer, connector_writes ? &connector : &listener, 120)
        == 0
        && take (&pair->reader, connector_writes ? &listener : &connector,
                 120) == 0);
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
   worker, but after its end of file has arrived.  */
static void
leave (struct end *end)
{
  if (end->channel.own.outcome == OUTCOME_COMPLETE)
    return;
  poll (NULL, 0, 5);
  channel_close (&end->channel);
}

/* Set up the test.  */
static void
channel_test (void)
{
  NEED (signal (SIGPIPE, SIG_IGN) != SIG_ERR);
  /* The test ends even where an event that it waits for never comes.  */
  alarm (300);
  int ends[2];
  connect_pair (ends);
  struct tcp_meter meter;
  metered = tcp_meter_read (ends[0], &meter) == 0;
  row_is ("the meter");
  CHECK (metered || errno == ENOTSUP);
  close (ends[0]);
  close (ends[1]);
}

#endif
