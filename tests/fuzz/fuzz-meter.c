/* Fuzz what a host tells of how far a channel is.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   The input is the bodies of messages, each behind its length, a byte.  */

#include <config.h>

#include "fuzz.h"

#include <math.h>
#include <string.h>

#include "minmax.h"
#include "report/flow.h"
#include "wire/message.h"
#include "worker/meter.h"

/* Return whether A and B say the same.  */
static bool
are_equal (struct meter const *a, struct meter const *b)
{
  return (a->counted == b->counted && (!a->counted || a->bytes == b->bytes)
          && a->round_trip == b->round_trip
          && a->retransmitted_known == b->retransmitted_known
          && (!a->retransmitted_known
              || a->retransmitted == b->retransmitted)
          && a->waits_known == b->waits_known
          && (!a->waits_known
              || (a->wait_writer == b->wait_writer
                  && a->wait_network == b->wait_network
                  && a->wait_buffer == b->wait_buffer
                  && a->wait_reader == b->wait_reader))
          && a->last == b->last);
}

/* Put *METER into a message, and take it out again.  */
static void
pass_on (struct meter const *meter)
{
  struct message_builder builder;
  struct message message;
  struct meter again;
  message_begin (&builder, MESSAGE_METER);
  meter_put (meter, &builder);
  message_finish (&builder);
  MUST (message_parse (builder.bytes, builder.length, &message)
        == (ssize_t) builder.length);
  meter_get (&again, &message);
  MUST (are_equal (meter, &again));
  message_wipe (&builder);
}

int
LLVMFuzzerTestOneInput (uint8_t const *data, size_t size)
{
  struct flow flow;
  int64_t now = 1000000;
  memset (&flow, 0, sizeof flow);
  flow_begin (&flow, now);
  while (0 < size)
    {
      size_t length = MIN (*data, size - 1);
      unsigned char bytes[5 + 255 + 1] = {
        0, 0, length >> 8, length, MESSAGE_METER
      };
      memcpy (bytes + 5, data + 1, length);
      bytes[5 + length] = MESSAGE_LAST;
      data += 1 + length;
      size -= 1 + length;

      struct message message;
      struct meter meter;
      if (message_parse (bytes, 5 + length + 1, &message) <= 0)
        continue;
      meter_get (&meter, &message);
      pass_on (&meter);
      now += length * 1000;
      if (meter.counted)
        flow_add (&flow, now, meter.bytes);
      if (meter.last)
        flow_end (&flow, now);
      double rate = flow_rate (&flow), average = flow_average (&flow, now);
      MUST (0 <= rate && isfinite (rate));
      MUST (0 <= average && isfinite (average));
      MUST (-1 <= flow_left (&flow, meter.bytes, now));
      MUST (0 <= flow_elapsed (&flow, now));
    }
  return 0;
}
