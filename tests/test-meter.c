/* Test how meters travel.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "meter.h"

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
  return test_result ();
}
