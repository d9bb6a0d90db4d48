/* Test what meters tell of a connection, and how they travel.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "worker/meter.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "monotonic.h"
#include "../fuzz/fuzz.h"
#include "test-macros.h"

/* Send *METER through a message and return what arrives.  */
static struct meter
pass (struct meter const *meter)
{
  struct message_builder builder;
  struct message message;
  struct meter got;
  message_begin (&builder, MESSAGE_METER);
  message_add_number (&builder, KEY_CHANNEL, 1);
  meter_put (meter, &builder);
  message_finish (&builder);
  NEED (message_parse (builder.bytes, builder.length, &message)
        == (ssize_t) builder.length);
  meter_get (&got, &message);
  message_wipe (&builder);
  return got;
}

static void
check_same (struct meter const *got, struct meter const *meter)
{
  CHECK (got->counted == meter->counted);
  CHECK_NUMBER (got->bytes, meter->bytes);
  CHECK_NUMBER (got->round_trip, meter->round_trip);
  CHECK (got->retransmitted_known == meter->retransmitted_known);
  CHECK_NUMBER (got->retransmitted, meter->retransmitted);
  CHECK (got->waits_known == meter->waits_known);
  CHECK_NUMBER (got->wait_writer, meter->wait_writer);
  CHECK_NUMBER (got->wait_network, meter->wait_network);
  CHECK_NUMBER (got->wait_buffer, meter->wait_buffer);
  CHECK_NUMBER (got->wait_reader, meter->wait_reader);
  CHECK (got->last == meter->last);
}

/* The two ends of a channel, each as a host has it.  */
static struct end sides[2];
enum { WRITER, READER };

static void
open_channel (void)
{
  struct sockaddr_in address;
  struct sockaddr *any = (struct sockaddr *) &address;
  socklen_t length = sizeof address;
  int small = 20000;
  memset (&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  int listener = socket (AF_INET, SOCK_STREAM, 0);
  NEED (0 <= listener && bind (listener, any, sizeof address) == 0
        && listen (listener, 1) == 0
        && getsockname (listener, any, &length) == 0);
  int connector = socket (AF_INET, SOCK_STREAM, 0);
  NEED (0 <= connector
        && setsockopt (connector, SOL_SOCKET, SO_RCVBUF, &small,
                       sizeof small) == 0
        && connect (connector, any, sizeof address) == 0);
  int acceptor = accept (listener, NULL, NULL);
  NEED (0 <= acceptor);
  close (listener);
  for (int i = 0; i < 2; i++)
    {
      struct connection connection = {
        .fd = i == WRITER ? acceptor : connector, .accepted = i == WRITER
      };
      struct end_stage const stage = { .pid = 0 };
      struct end *end = &sides[i];
      end_init (end, 0, i == WRITER);
      NEED (channel_take (&end->channel, &connection, 60) == 0);
      end_connected (end, &socket_transport);
      channel_begin (&end->channel);
      end_started (end, &stage, end->channel.fd);
    }
}

/* Write all that there is room for, and return how much that was.  */
static uint64_t
fill (int fd)
{
  static char block[4096];
  uint64_t filled = 0;
  int flags = fcntl (fd, F_GETFL);
  NEED (0 <= flags && fcntl (fd, F_SETFL, flags | O_NONBLOCK) == 0);
  for (;;)
    {
      ssize_t some = write (fd, block, sizeof block);
      if (some < 0 && errno == EAGAIN)
        break;
      NEED (0 < some);
      filled += some;
    }
  return filled;
}

static void
take (int fd, uint64_t bytes)
{
  static char block[65536];
  while (0 < bytes)
    {
      ssize_t some = read (fd, block,
                           bytes < sizeof block ? bytes : sizeof block);
      NEED (0 < some);
      bytes -= some;
    }
}

/* The writer has nothing to write for a while, and then more than the reader
   takes for another while.  */
static void
test_connection (void)
{
  enum { PAUSE = 400 };
  struct channel *writer = &sides[WRITER].channel;
  struct channel *reader = &sides[READER].channel;
  struct meter meter;
  open_channel ();
  row_is ("nothing yet");
  int64_t begun = monotonic_us ();
  poll (NULL, 0, PAUSE);
  meter_read (&sides[READER], &meter);
  if (!meter.counted)
    {
      CHECK (!meter.waits_known && meter.round_trip == 0);
      return;
    }
  CHECK_NUMBER (meter.bytes, 0);
  CHECK (!meter.waits_known);

  row_is ("a reader that does not read");
  uint64_t bytes = fill (writer->fd);
  poll (NULL, 0, PAUSE);
  meter_read (&sides[READER], &meter);
  CHECK_NUMBER (meter.bytes, 0);
  meter_read (&sides[WRITER], &meter);
  CHECK (0 < meter.bytes && meter.bytes < bytes);

  row_is ("a reader that has read a part, then all");
  take (reader->fd, 1000);
  meter_read (&sides[READER], &meter);
  CHECK_NUMBER (meter.bytes, 1000);
  end_event (&sides[WRITER], EV_STAGE_CLEAN);
  CHECK (end_is_over (&sides[WRITER]));
  take (reader->fd, bytes - 1000);
  meter_read (&sides[READER], &meter);
  CHECK_NUMBER (meter.bytes, bytes);
  poll (NULL, 0, PAUSE);
  meter_read (&sides[WRITER], &meter);
  CHECK_NUMBER (meter.bytes, bytes);
  CHECK (0 < meter.round_trip);
  uint64_t all = monotonic_us () - begun;
  uint64_t sum = (meter.wait_writer + meter.wait_network + meter.wait_buffer
                  + meter.wait_reader);
  if (!meter.waits_known)
    return;
  /* The kernel counts in ticks.  */
  CHECK (PAUSE * 900 < meter.wait_writer);
  CHECK (PAUSE * 500 < meter.wait_reader);
  /* What comes after all has arrived is not accounted for.  */
  CHECK (sum < all - PAUSE * 600);
  meter_read (&sides[WRITER], &meter);
  CHECK_NUMBER (meter.wait_writer + meter.wait_network + meter.wait_buffer
                + meter.wait_reader, sum);
}

/* No message makes it go wrong; the fuzzer aborts where one does.  */
static void
check_any_bytes (void)
{
  struct message_builder builder;
  struct meter const meter = {
    .counted = true, .bytes = 1000, .round_trip = 20,
    .retransmitted_known = true, .waits_known = true, .last = true
  };
  row_is ("any bytes");
  message_begin (&builder, MESSAGE_METER);
  meter_put (&meter, &builder);
  message_finish (&builder);
  /* The fuzzer wants the body alone, behind its length.  */
  unsigned char *sample = builder.bytes + 4;
  NEED (builder.length - 6 < 256);
  sample[0] = builder.length - 6;
  fuzz_run (sample, builder.length - 5, 20000, 1);
  message_wipe (&builder);
}

int
main (void)
{
  static struct meter const meters[] = {
    { .counted = false },
    { .counted = true, .bytes = 0 },
    { .counted = true, .bytes = UINT64_C (1) << 60, .last = true },
    { .retransmitted_known = true, .retransmitted = 0 },
    { .counted = true, .bytes = 1, .round_trip = 20000,
      .retransmitted_known = true, .retransmitted = 5, .waits_known = true,
      .wait_writer = 1, .wait_network = 2, .wait_buffer = 3,
      .wait_reader = 4 }
  };
  for (size_t i = 0; i < SIZEOF (meters); i++)
    {
      row_is ("meter %zu", i);
      struct meter got = pass (&meters[i]);
      check_same (&got, &meters[i]);
    }

  row_is ("a time that cannot be");
  struct meter bad = meters[4];
  bad.wait_reader = UINT64_MAX;
  bad.round_trip = UINT64_MAX;
  bad = pass (&bad);
  CHECK (bad.counted && !bad.waits_known);
  CHECK_NUMBER (bad.round_trip, 0);
  test_connection ();
  check_any_bytes ();
  return test_result ();
}
