/* Test which stage is found to be the bottleneck.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "report/bottleneck.h"

#include "test-macros.h"

struct row
{
  char const *what;
  /* What each channel waited for: writer, network, buffer, reader; all 0 =
     not known.  */
  uint64_t on[2][WAITS];
  size_t count;
  /* And what is to blame: a channel, or -1 for nothing.  */
  int channel;
  enum wait wait;
  int per_cent;
};

static struct row const rows[] = {
  { "nothing is known", { { 0, 0, 0, 0 }, { 0, 0, 0, 0 } }, 2, -1, 0, 0 },
  { "one channel, a slow writer", { { 90, 9, 0, 1 } }, 1, 0, WAIT_WRITER, 90 },
  { "one channel, a slow network", { { 10, 80, 5, 5 } }, 1,
    0, WAIT_NETWORK, 80 },
  { "one channel, a writer whose bytes are mostly on their way",
    { { 45, 55, 0, 0 } }, 1, 0, WAIT_WRITER, 45 },
  { "one channel, little room", { { 10, 20, 65, 5 } }, 1,
    0, WAIT_BUFFER, 65 },
  { "one channel, a slow reader", { { 1, 9, 0, 30 } }, 1,
    0, WAIT_READER, 75 },

  { "the input command; the filter waits for it",
    { { 95, 4, 0, 1 }, { 96, 4, 0, 0 } }, 2, 0, WAIT_WRITER, 95 },
  { "the first network; so does the filter",
    { { 5, 90, 0, 5 }, { 95, 5, 0, 0 } }, 2, 0, WAIT_NETWORK, 90 },
  { "the filter, which reads slowly and writes little",
    { { 20, 7, 0, 73 }, { 99, 1, 0, 0 } }, 2, 0, WAIT_READER, 73 },
  { "the second network: the filter cannot read because it cannot write",
    { { 1, 4, 0, 95 }, { 5, 90, 0, 5 } }, 2, 1, WAIT_NETWORK, 90 },
  { "the output command",
    { { 1, 4, 0, 95 }, { 4, 1, 0, 95 } }, 2, 1, WAIT_READER, 95 },
  { "a filter that first reads all, thinks, and then writes",
    { { 3, 1, 0, 1 }, { 60, 5, 0, 5 } }, 2, 1, WAIT_WRITER, 86 },
  { "a filter of which the second channel tells nothing",
    { { 1, 4, 0, 95 }, { 0, 0, 0, 0 } }, 2, 0, WAIT_READER, 95 },
  { "a filter of which the first channel tells nothing",
    { { 0, 0, 0, 0 }, { 80, 10, 0, 10 } }, 2, 1, WAIT_WRITER, 80 },
  { "a slow filter, whose bytes take their time but are not held up",
    { { 0, 38, 0, 62 }, { 60, 40, 0, 0 } }, 2, 0, WAIT_READER, 62 },
  { "a slow reader that writes nothing",
    { { 0, 2, 0, 98 }, { 100, 0, 0, 0 } }, 2, 0, WAIT_READER, 98 },
};

int
main (void)
{
  for (size_t i = 0; i < SIZEOF (rows); i++)
    {
      struct row const *row = &rows[i];
      struct waits channels[2];
      for (size_t c = 0; c < 2; c++)
        {
          memcpy (channels[c].on, row->on[c], sizeof row->on[c]);
          channels[c].known = waits_total (&channels[c]) != 0;
        }
      row_is ("%s", row->what);
      struct bottleneck found = bottleneck_find (channels, row->count);
      CHECK (found.known == (0 <= row->channel));
      if (!found.known || row->channel < 0)
        continue;
      CHECK_NUMBER (found.channel, row->channel);
      CHECK_NUMBER (found.wait, row->wait);
      CHECK_NUMBER (found.share * 100 + .5, row->per_cent);
    }
  row_is ("no channel");
  CHECK (!bottleneck_find (NULL, 0).known);
  return test_result ();
}
