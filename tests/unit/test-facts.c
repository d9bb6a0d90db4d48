/* Test what the leader believes of what hosts say about stages and channels.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "leader/facts.h"

#include <stdarg.h>

#include "test-macros.h"

/* The run: stage 0 on host 0 writes channel 0 to stage 1 on host 1, that
   channel 1 to stage 2 on host 2, that channel 2 to stage 3 on host 0.  */
static unsigned const hosts[] = { 0, 1, 2, 0 };
enum { STAGES = SIZEOF (hosts), CHANNELS = STAGES - 1, HOSTS = 3 };

static struct run run;
static struct plan plan;
static struct facts facts;

static void
open_all (void)
{
  static unsigned char const secret[SECRET_SIZE];
  run = (struct run) { .timeout = 1, .dead_peer = 60, .dscp = -1 };
  for (int i = 0; i < HOSTS; i++)
    run_add_host (&run, NULL);
  /* No login is looked at without encryption.  */
  for (int i = 0; i < STAGES; i++)
    {
      run_add_stage (&run, "role", "place", STAGE_STDIN, NULL, hosts[i]);
      if (0 < i)
        run_add_channel (&run, "name", i - 1, i);
    }
  plan_make (&plan, &run, secret, 0);
  facts_open (&facts, &run, &plan);
}

static void
close_all (void)
{
  facts_close (&facts);
  plan_free (&plan);
  run_free (&run);
}

/* A field of a message; NONE ends a list of them.  */
enum { NONE = KEY_ANY };

/* Say to the facts, as HOST, a message of TYPE with the pairs of a key and a
   number that follow, up to NONE.  Return what they make of it.  */
static int
say (unsigned host, int type, ...)
{
  struct message_builder builder;
  struct message message;
  va_list fields;
  int key;
  message_begin (&builder, type);
  va_start (fields, type);
  while ((key = va_arg (fields, int)) != NONE)
    message_add_number (&builder, key, va_arg (fields, int));
  va_end (fields);
  if (type == MESSAGE_CONNECTED)
    {
      message_add_text (&builder, KEY_HERE, "192.0.2.1 port 1");
      message_add_text (&builder, KEY_THERE, "192.0.2.2 port 2");
    }
  message_finish (&builder);
  NEED (0 < message_parse (builder.bytes, builder.length, &message));
  int result = (type == MESSAGE_STARTED
                ? facts_started (&facts, host, &message)
                : type == MESSAGE_STAGE_END
                ? facts_stage_ended (&facts, host, &message)
                : type == MESSAGE_CONNECTED
                ? facts_connected (&facts, host, &message)
                : facts_channel_ended (&facts, host, &message));
  message_wipe (&builder);
  return result;
}

/* HOST says that STAGE has started, or has ended.  */
static int
say_started (unsigned host, int stage)
{
  return say (host, MESSAGE_STARTED, KEY_STAGE, stage, NONE);
}

static int
say_ended (unsigned host, int stage)
{
  return say (host, MESSAGE_STAGE_END, KEY_STAGE, stage, KEY_STATUS, 3, NONE);
}

/* HOST says that CHANNEL is connected, by a connection that it ACCEPTED or
   made; or that its end, which it says WRITES, is over.  */
static int
say_connected (unsigned host, int channel, int accepted)
{
  return say (host, MESSAGE_CONNECTED, KEY_CHANNEL, channel, KEY_CARRIED, 0,
              KEY_ACCEPTED, accepted, KEY_ENCRYPT, SECURE_NONE,
              KEY_MULTIPATH, 0, NONE);
}

static int
say_over (unsigned host, int channel, int writes)
{
  return say (host, MESSAGE_CHANNEL_END, KEY_CHANNEL, channel, KEY_WRITER,
              writes, KEY_OUTCOME,
              writes ? OUTCOME_CLEAN : OUTCOME_COMPLETE, KEY_BYTES, 10, NONE);
}

/* Each host speaks of its own stages, once.  */
static void
test_stages (void)
{
  row_is ("stages");
  open_all ();
  CHECK (facts.stages[0].held && facts.stages[3].held);
  CHECK (!facts.stages[1].held && !facts.stages[2].held);
  CHECK (!facts_all_started (&facts));
  for (int host = 0; host < HOSTS; host++)
    for (int stage = -1; stage <= STAGES; stage++)
      if (stage < 0 || stage == STAGES || (int) hosts[stage] != host)
        {
          row_is ("stage %d is not on host %d", stage, host);
          CHECK_NUMBER (say_started (host, stage), -1);
          CHECK_NUMBER (say_ended (host, stage), -1);
        }
  row_is ("no stage at all");
  CHECK_NUMBER (say (1, MESSAGE_STARTED, NONE), -1);
  CHECK_NUMBER (say (1, MESSAGE_STAGE_END, KEY_STATUS, 0, NONE), -1);

  row_is ("a stage starts once, and ends once");
  CHECK_NUMBER (say_started (1, 1), 1);
  CHECK_NUMBER (say_started (1, 1), -1);
  CHECK (!facts_all_started (&facts));
  CHECK_NUMBER (say_started (2, 2), 2);
  CHECK (facts_all_started (&facts));
  CHECK (!facts_host_is_over (&facts, 1, false));
  CHECK_NUMBER (say_ended (1, 1), 1);
  CHECK_NUMBER (say_ended (1, 1), -1);
  CHECK_NUMBER (facts.stages[1].result.status, 3);
  CHECK (facts_host_is_over (&facts, 1, false));
  CHECK (!facts_host_is_over (&facts, 1, true));
  CHECK (!facts_host_is_over (&facts, 2, false));

  row_is ("one that could not be run ends without having started");
  CHECK_NUMBER (say (0, MESSAGE_STAGE_END, KEY_STAGE, 3, KEY_NOT_FOUND, 1,
                     NONE), 3);
  CHECK (facts.stages[3].result.not_run);
  CHECK (!facts_host_is_over (&facts, 0, false));
  CHECK_NUMBER (say_ended (0, 0), 0);
  CHECK (facts_host_is_over (&facts, 0, false));
  close_all ();
}

/* What a host counts is believed of its own ends.  */
static void
test_counted (void)
{
  row_is ("counted");
  open_all ();
  CHECK_NUMBER (say (1, MESSAGE_STARTED, KEY_STAGE, 1, KEY_CHANNEL, 0,
                     KEY_CHANNEL, 1, KEY_COUNTED, 0, KEY_COUNTED, 1, NONE),
                1);
  CHECK (facts.channels[0].counted[READER_END]
         && !facts.channels[0].counted[WRITER_END]);
  CHECK (facts.channels[1].counted[WRITER_END]
         && !facts.channels[1].counted[READER_END]);
  CHECK_NUMBER (say (2, MESSAGE_STARTED, KEY_STAGE, 2, KEY_COUNTED, 0, NONE),
                2);
  CHECK (!facts.channels[0].counted[WRITER_END]);
  close_all ();
  open_all ();
  CHECK_NUMBER (say (1, MESSAGE_STARTED, KEY_STAGE, 1, KEY_COUNTED, CHANNELS,
                     NONE), -1);
  close_all ();
}

/* It is the end that does not decide that tells of a connection, once.  */
static void
test_connected (void)
{
  row_is ("connected");
  open_all ();
  for (int channel = 0; channel <= CHANNELS; channel++)
    for (int host = 0; host < HOSTS; host++)
      {
        bool right = (channel == 0 || channel == 2 ? host == 0
                      : channel == 1 && host == 1);
        row_is ("channel %d, said by host %d", channel, host);
        if (!right)
          CHECK_NUMBER (say_connected (host, channel, 1), -1);
      }
  row_is ("connected");
  CHECK (!facts_all_connected (&facts));
  CHECK_NUMBER (say_connected (0, 0, 1), 0);
  CHECK_NUMBER (say_connected (0, 0, 1), -1);
  CHECK_NUMBER (say_connected (1, 1, 0), 1);
  CHECK (!facts_all_connected (&facts));
  CHECK_NUMBER (say (0, MESSAGE_CONNECTED, KEY_CHANNEL, 2, KEY_CARRIED, 1,
                     NONE), 2);
  CHECK (facts_all_connected (&facts));

  /* Who made the connection, from where to where.  */
  CHECK_NUMBER (facts.channels[0].connector, 1);
  CHECK_NUMBER (facts.channels[1].connector, 1);
  CHECK_TEXT (facts.channels[0].address[WRITER_END], "192.0.2.1 port 1");
  CHECK_TEXT (facts.channels[0].address[READER_END], "192.0.2.2 port 2");
  CHECK_TEXT (facts_route (&facts.channels[0]), "remote-to-local");
  CHECK_TEXT (facts_route (&facts.channels[1]), "remote-to-remote");
  CHECK_TEXT (facts_route (&facts.channels[2]), "login");
  close_all ();

  open_all ();
  row_is ("without what it takes");
  CHECK_TEXT (facts_route (&facts.channels[0]), NULL);
  CHECK_NUMBER (say (0, MESSAGE_CONNECTED, KEY_CHANNEL, 0, NONE), -1);
  CHECK_NUMBER (say (0, MESSAGE_CONNECTED, KEY_CHANNEL, 2, KEY_CARRIED, 0,
                     KEY_ACCEPTED, 0, KEY_ENCRYPT, SECURE_MODES,
                     KEY_MULTIPATH, 0, NONE), -1);
  CHECK_NUMBER (say (1, MESSAGE_CONNECTED, KEY_CHANNEL, 1, KEY_CARRIED, 0,
                     KEY_ENCRYPT, SECURE_NONE, KEY_MULTIPATH, 0, NONE), -1);
  close_all ();

  open_all ();
  CHECK_NUMBER (say_connected (0, 0, 0), 0);
  CHECK_TEXT (facts_route (&facts.channels[0]), "local-to-remote");
  close_all ();
}

/* Each end is over once, and told by its own host, as what it is.  */
static void
test_channel_ends (void)
{
  row_is ("ends of channels");
  open_all ();
  for (int channel = 0; channel <= CHANNELS; channel++)
    for (int host = 0; host < HOSTS; host++)
      for (int writes = 0; writes < 2; writes++)
        {
          bool right = (channel < CHANNELS
                        && (int) hosts[channel + !writes] == host);
          row_is ("the %s of channel %d, said by host %d",
                  writes ? "writer" : "reader", channel, host);
          if (!right)
            CHECK_NUMBER (say_over (host, channel, writes), -1);
        }
  row_is ("ends of channels");
  CHECK_NUMBER (say (0, MESSAGE_CHANNEL_END, KEY_CHANNEL, 0, KEY_WRITER, 1,
                     KEY_OUTCOME, OUTCOME_OPEN, NONE), -1);
  CHECK_NUMBER (say (0, MESSAGE_CHANNEL_END, KEY_CHANNEL, 0, KEY_WRITER, 1,
                     KEY_OUTCOME, OUTCOMES, NONE), -1);
  CHECK_NUMBER (say (0, MESSAGE_CHANNEL_END, KEY_WRITER, 1, KEY_OUTCOME,
                     OUTCOME_CLEAN, NONE), -1);
  CHECK_NUMBER (say_over (1, 1, 1), 1);
  CHECK_NUMBER (say_over (1, 1, 1), -1);
  CHECK_NUMBER (facts.channels[1].ends[WRITER_END].outcome, OUTCOME_CLEAN);
  CHECK_NUMBER (facts.channels[1].ends[WRITER_END].bytes, 10);
  CHECK_NUMBER (facts.channels[1].ends[READER_END].outcome, OUTCOME_OPEN);
  CHECK_NUMBER (say_over (2, 1, 0), 1);
  CHECK_NUMBER (facts.channels[1].ends[READER_END].outcome, OUTCOME_COMPLETE);

  /* A host is over when all that is there is.  */
  CHECK_NUMBER (say_ended (1, 1), 1);
  CHECK (!facts_host_is_over (&facts, 1, true));
  CHECK_NUMBER (say_over (1, 0, 0), 0);
  CHECK (facts_host_is_over (&facts, 1, true));
  CHECK (!facts_host_is_over (&facts, 2, true));
  close_all ();
}

int
main (void)
{
  test_stages ();
  test_counted ();
  test_connected ();
  test_channel_ends ();
  return test_result ();
}
