/* Test the machine of one end of a channel, cell by cell and at random.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "data/end.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "monotonic.h"
#include "test-macros.h"

/* What the fake transport answers.  */
static struct
{
  enum stream_holders holders;
  bool drained;
  bool delivered;               /* an end of file, to a reader */
  bool undecided;
  bool gone;                    /* the meter says so of the reader */
} fake;

/* What it was asked to do, a letter each: s stop, d drain, c drain before a
   cut, f finish, e deliver, a abort, n count, r release, j judge.  */
static char calls[64];

static void
note (char call)
{
  size_t length = strlen (calls);
  if (length + 1 < sizeof calls)
    {
      calls[length] = call;
      calls[length + 1] = '\0';
    }
}

static enum stream_holders
fake_holders (struct end *end)
{
  (void) end;
  return fake.holders;
}

static void
fake_stop (struct end *end)
{
  (void) end;
  note ('s');
}

static void
fake_drain (struct end *end, bool cutting)
{
  (void) end;
  note (cutting ? 'c' : 'd');
}

static bool
fake_drained (struct end *end, bool cutting)
{
  (void) end, (void) cutting;
  return fake.drained;
}

static enum channel_outcome
fake_finish (struct end *end)
{
  (void) end;
  note ('f');
  return OUTCOME_CLEAN;
}

static void
fake_deliver (struct end *end)
{
  note ('e');
  fake.delivered = fake.delivered || !end->channel.aborted;
}

static bool
fake_is_whole (struct end *end)
{
  (void) end;
  return fake.delivered;
}

static bool
fake_is_undecided (struct end *end)
{
  (void) end;
  return fake.undecided;
}

static enum channel_outcome
fake_judge (struct end *end)
{
  note ('j');
  if (fake.delivered)
    return OUTCOME_COMPLETE;
  return (end->channel.aborted || channel_input_cut (&end->channel)
          ? OUTCOME_BROKEN : OUTCOME_EARLY);
}

static bool
fake_abort (struct end *end)
{
  end->channel.aborted = true;
  note ('a');
  return true;
}

static bool
fake_count (struct end *end)
{
  (void) end;
  note ('n');
  return fake.gone;
}

static void
fake_release (struct end *end)
{
  (void) end;
  note ('r');
}

static struct transport const fake_transport = {
  .name = "fake", .holders = fake_holders, .stop = fake_stop,
  .drain = fake_drain, .drained = fake_drained, .finish = fake_finish,
  .deliver = fake_deliver, .is_whole = fake_is_whole,
  .is_undecided = fake_is_undecided, .judge = fake_judge,
  .abort = fake_abort, .count = fake_count, .release = fake_release
};

/* Let the transport wait for everything: so that an event changes the state
   once.  */
static void
wait_for_all (void)
{
  memset (&fake, 0, sizeof fake);
  fake.holders = HOLDERS_SOME;
  fake.undecided = true;
  *calls = '\0';
}

/* Make *END one in STATE.  */
static void
put_into (struct end *end, bool writer, enum end_state state)
{
  end_init (end, 0, writer);
  end->state = state;
  end->since = monotonic_ms ();
  if (state != END_WAITING)
    end->transport = &fake_transport;
  end->stage.pid = 1;
}

/* Give END the EVENT as its owner would.  */
static void
give (struct end *end, enum end_event event)
{
  struct channel_end peer = { .outcome = OUTCOME_OPEN };
  bool writer = end->channel.writer;
  switch (event)
    {
    case EV_CONNECTED:
      end_connected (end, &fake_transport);
      break;
    case EV_PEER_CLEAN:
      peer.outcome = writer ? OUTCOME_COMPLETE : OUTCOME_CLEAN;
      end_peer (end, &peer);
      break;
    case EV_PEER_LEFT:
      peer.outcome = writer ? OUTCOME_EARLY : OUTCOME_READER_LEFT;
      end_peer (end, &peer);
      break;
    case EV_PEER_BAD:
      peer.outcome = writer ? OUTCOME_BROKEN : OUTCOME_ABORTED;
      end_peer (end, &peer);
      break;
    default:
      end_event (end, event);
    }
}

/* One cell: the next state and what the transport is asked for; NULL = it
   cannot be.  */
struct row
{
  enum end_state state;
  struct { enum end_state next; char const *calls; } cells[END_EVENTS];
};

#define NO { END_STATES, NULL }

/* In the order of enum end_event: CONNECTED, STARTED, STAGE_CLEAN,
   STAGE_DOUBTFUL, CLOSED, HELD, DRAINED, PEER_CLEAN, PEER_LEFT, PEER_BAD, CUT,
   LOOK.  */
static struct row const writer_rows[] = {
  { END_WAITING,
    { { END_READY, "" }, NO, NO, { END_OVER, "" }, NO, NO, NO,
      { END_WAITING, "" }, { END_WAITING, "" }, { END_WAITING, "" },
      { END_CUT, "" }, { END_WAITING, "" } } },
  { END_READY,
    { NO, { END_RUNNING, "" }, NO, { END_OVER, "nar" }, NO, NO, NO,
      { END_READY, "" }, { END_READY, "" }, { END_READY, "" },
      { END_CUT, "a" }, { END_READY, "" } } },
  { END_RUNNING,
    { NO, NO, { END_HELD, "" }, { END_CUTTING, "c" }, { END_DRAINING, "d" },
      NO, NO,
      { END_LEFT, "s" }, { END_LEFT, "s" }, { END_LEFT, "s" },
      { END_CUT, "a" }, { END_RUNNING, "" } } },
  { END_HELD,
    { NO, NO, NO, NO, { END_DRAINING, "d" }, { END_HELD, "" }, NO,
      { END_OVER, "nsr" }, { END_OVER, "nsr" }, { END_OVER, "nsr" },
      { END_OVER, "nar" }, { END_HELD, "" } } },
  { END_LEFT,
    { NO, NO, { END_OVER, "nsr" }, { END_OVER, "nsr" }, NO, NO, NO,
      { END_LEFT, "" }, { END_LEFT, "" }, { END_LEFT, "" },
      { END_LEFT, "" }, { END_LEFT, "" } } },
  { END_CUT,
    { { END_CUT, "a" }, { END_CUT, "" }, { END_OVER, "nar" },
      { END_OVER, "nar" }, NO, NO, NO,
      { END_CUT, "" }, { END_CUT, "" }, { END_CUT, "" },
      { END_CUT, "" }, { END_CUT, "" } } },
  { END_DRAINING,
    { NO, NO, { END_DRAINING, "" }, { END_DRAINING, "" }, NO, NO,
      { END_OVER, "nfr" },
      { END_OVER, "nsr" }, { END_OVER, "nsr" }, { END_OVER, "nsr" },
      { END_OVER, "nar" }, { END_DRAINING, "d" } } },
  { END_CUTTING,
    { NO, NO, NO, NO, NO, NO, { END_OVER, "nar" },
      { END_OVER, "nsr" }, { END_OVER, "nsr" }, { END_OVER, "nsr" },
      { END_OVER, "nar" }, { END_CUTTING, "c" } } },
  { END_OVER,
    { { END_OVER, "ar" }, NO, { END_OVER, "" }, { END_OVER, "" }, NO, NO, NO,
      { END_OVER, "r" }, { END_OVER, "r" }, { END_OVER, "r" },
      { END_OVER, "" }, { END_OVER, "" } } }
};

static struct row const reader_rows[] = {
  { END_WAITING,
    { { END_READY, "" }, NO, NO, { END_OVER, "" }, NO, NO, NO,
      { END_WAITING, "" }, { END_WAITING, "" }, { END_WAITING, "" },
      { END_CUT, "" }, { END_WAITING, "" } } },
  { END_READY,
    { NO, { END_RUNNING, "" }, NO, { END_OVER, "njr" }, NO, NO, NO,
      { END_READY, "" }, { END_READY, "" }, { END_READY, "" },
      { END_CUT, "a" }, { END_READY, "" } } },
  { END_RUNNING,
    { NO, NO, { END_HELD, "" }, { END_HELD, "" }, { END_DRAINING, "" }, NO,
      NO,
      { END_RUNNING, "e" }, { END_RUNNING, "" }, { END_RUNNING, "" },
      { END_CUT, "a" }, { END_RUNNING, "" } } },
  { END_HELD,
    { NO, NO, NO, NO, { END_DRAINING, "" }, { END_HELD, "" }, NO,
      { END_HELD, "e" }, { END_HELD, "" }, { END_HELD, "" },
      { END_OVER, "anjr" }, { END_HELD, "" } } },
  { END_LEFT,
    { NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO } },
  { END_CUT,
    { { END_CUT, "a" }, { END_CUT, "" }, { END_OVER, "njr" },
      { END_OVER, "njr" }, NO, NO, NO,
      { END_CUT, "" }, { END_CUT, "" }, { END_CUT, "" },
      { END_CUT, "" }, { END_CUT, "" } } },
  { END_DRAINING,
    { NO, NO, { END_DRAINING, "" }, { END_DRAINING, "" }, NO, NO,
      { END_OVER, "njr" },
      { END_DRAINING, "" }, { END_DRAINING, "" }, { END_DRAINING, "" },
      { END_OVER, "anjr" }, { END_DRAINING, "" } } },
  { END_CUTTING,
    { NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO } },
  { END_OVER,
    { { END_OVER, "ar" }, NO, { END_OVER, "" }, { END_OVER, "" }, NO, NO, NO,
      { END_OVER, "r" }, { END_OVER, "r" }, { END_OVER, "r" },
      { END_OVER, "" }, { END_OVER, "" } } }
};

/* Each cell: is it possible, what comes next, what is done.  */
static void
check_cells (bool writer, struct row const *rows)
{
  for (int i = 0; i < END_STATES; i++)
    for (int event = 0; event < END_EVENTS; event++)
      {
        enum end_state state = rows[i].state;
        char const *wanted = rows[i].cells[event].calls;
        bool possible = end_is_possible (writer, state, event);
        row_is ("%s, %s, %s", writer ? "writer" : "reader",
                end_state_name (state), end_event_name (event));
        CHECK (possible == (wanted != NULL));
        if (wanted == NULL)
          continue;
        struct end end;
        wait_for_all ();
        put_into (&end, writer, state);
        give (&end, event);
        CHECK_TEXT (end_state_name (end.state),
                    end_state_name (rows[i].cells[event].next));
        CHECK_TEXT (calls, wanted);
        CHECK ((end.state == END_OVER) == (end.channel.own.outcome
                                           != OUTCOME_OPEN)
               || state == END_OVER);
      }
}

/* What cannot be does not pass for a good end.  */
static void
check_impossible (void)
{
  struct end end;
  wait_for_all ();
  put_into (&end, true, END_DRAINING);
  end_event (&end, EV_STARTED);
  CHECK (end.state == END_OVER
         && end.channel.own.outcome == OUTCOME_FAILED);
}

/* The results of ends that nothing disturbs.  */
static void
check_results (void)
{
  struct end end;
  wait_for_all ();
  fake.holders = HOLDERS_NONE;
  fake.drained = true;
  put_into (&end, true, END_RUNNING);
  end_event (&end, EV_STAGE_CLEAN);
  CHECK (end.state == END_OVER && end.channel.own.outcome == OUTCOME_CLEAN);
  CHECK (STREQ (calls, "dnfr"));

  /* The meter shows that it is unread.  */
  wait_for_all ();
  fake.holders = HOLDERS_NONE;
  fake.drained = fake.gone = true;
  put_into (&end, true, END_RUNNING);
  end_event (&end, EV_STAGE_CLEAN);
  CHECK (end.channel.own.outcome == OUTCOME_READER_LEFT);

  wait_for_all ();
  fake.drained = true;
  put_into (&end, true, END_RUNNING);
  end_event (&end, EV_STAGE_DOUBTFUL);
  CHECK (end.channel.own.outcome == OUTCOME_ABORTED);
  CHECK (STREQ (calls, "cnar"));

  /* Closed while the command lives, which dies afterwards.  */
  wait_for_all ();
  put_into (&end, true, END_RUNNING);
  end_event (&end, EV_CLOSED);
  end_event (&end, EV_STAGE_DOUBTFUL);
  fake.drained = true;
  end_event (&end, EV_LOOK);
  CHECK (end.channel.own.outcome == OUTCOME_CLEAN);

  /* With strict, a look while the command runs finds nothing.  */
  wait_for_all ();
  fake.holders = HOLDERS_NONE;
  put_into (&end, true, END_RUNNING);
  end.strict = true;
  end_event (&end, EV_LOOK);
  CHECK (end.state == END_RUNNING && end_next_look (&end) < 0);
  end_event (&end, EV_STAGE_DOUBTFUL);
  CHECK (end.state == END_CUTTING);

  /* A reader that closes its input early.  */
  wait_for_all ();
  fake.holders = HOLDERS_NONE;
  fake.undecided = false;
  put_into (&end, false, END_RUNNING);
  end_event (&end, EV_LOOK);
  CHECK (end.state == END_OVER && end.channel.own.outcome == OUTCOME_EARLY);

  /* A reader whose end of file has come cannot be cut any more.  */
  wait_for_all ();
  fake.delivered = true;
  put_into (&end, false, END_RUNNING);
  end_cut (&end);
  CHECK (end.state == END_RUNNING);
  fake.delivered = false;
  end_cut (&end);
  CHECK (end.state == END_CUT);

  /* Ours is the fault, and nothing else.  */
  wait_for_all ();
  put_into (&end, true, END_HELD);
  end_fail (&end);
  CHECK (end.channel.own.outcome == OUTCOME_FAILED);
  wait_for_all ();
  put_into (&end, false, END_HELD);
  end_fail (&end);
  CHECK (end.channel.own.outcome == OUTCOME_FAILED);

  /* Word of the other end came before the stage was started.  */
  wait_for_all ();
  put_into (&end, true, END_READY);
  give (&end, EV_PEER_LEFT);
  end_event (&end, EV_STARTED);
  CHECK (end.state == END_LEFT && STREQ (calls, "s"));
}

/* A reader behind relays: its end of file needs a good end of its writer, all
   that was written, and no relay that failed.  */
static void
check_relays (void)
{
  struct end end;
  struct channel_end peer = { .outcome = OUTCOME_CLEAN, .counted = true,
                              .bytes = 1000 };
  static struct
  {
    enum chain_state chain;
    uint64_t passed;
    enum channel_outcome peer;
    enum end_state state;
  } const cases[] = {
    /* There is nothing that the stage has not read.  */
    { CHAIN_DONE, 1000, OUTCOME_CLEAN, END_OVER },
    { CHAIN_DONE, 999, OUTCOME_CLEAN, END_CUT },
    { CHAIN_DONE, 1001, OUTCOME_CLEAN, END_CUT },
    { CHAIN_RUNNING, 1000, OUTCOME_CLEAN, END_RUNNING },
    { CHAIN_CUT, 1000, OUTCOME_CLEAN, END_CUT },
    { CHAIN_FAILED, 1000, OUTCOME_CLEAN, END_CUT },
    { CHAIN_DONE, 1000, OUTCOME_ABORTED, END_CUT }
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    {
      int pair[2];
      row_is ("relays, case %zu", i);
      wait_for_all ();
      put_into (&end, false, END_RUNNING);
      NEED (stage_pipe_make (pair, STAGE_PIPE_READER) == 0);
      end.chain.count = 1;
      end.chain.relays[0] = (struct chain_relay) {
        .name = "fake", .pid = -1, .word = -1, .report = -1
      };
      end.chain.pipe = STAGE_PIPE_READER;
      end.chain.end = pair[0];
      end.chain.state = cases[i].chain;
      end.chain.passed = cases[i].passed;
      peer.outcome = cases[i].peer;
      end_peer (&end, &peer);
      end_event (&end, EV_LOOK);
      CHECK (end.state == cases[i].state);
      bool whole = i == 0;
      CHECK (end.chain.delivered == whole);
      close (pair[1]);
      end_event (&end, EV_STAGE_CLEAN);
      fake.holders = HOLDERS_NONE;
      end_event (&end, EV_LOOK);
      CHECK (end.state == END_OVER);
      CHECK ((end.channel.own.outcome == OUTCOME_COMPLETE) == whole);
      CHECK ((end.channel.own.outcome == OUTCOME_FAILED)
             == (cases[i].chain == CHAIN_FAILED));
      end_close (&end);
    }
}

static unsigned long
chance (unsigned long below)
{
  return (unsigned long) rand () % below;
}

/* What is known of a random run.  */
struct story
{
  bool stage_over;
  bool doubtful;                /* before it was closed */
  bool closed;
  bool peer_over;
  bool peer_bad;
  bool cut;
  unsigned ends;                /* how many times it was over */
};

/* Give END a random EVENT if it can be now.  */
static void
give_at_random (struct end *end, struct story *story)
{
  enum end_event event = chance (END_EVENTS);
  bool stage = event == EV_STAGE_CLEAN || event == EV_STAGE_DOUBTFUL;
  bool peer = (event == EV_PEER_CLEAN || event == EV_PEER_LEFT
               || event == EV_PEER_BAD);
  bool started = end->stage.pid != 0;
  if (event == EV_HELD || event == EV_CLOSED || event == EV_DRAINED
      || (event == EV_CONNECTED && end->transport != NULL)
      || (event == EV_STARTED
          && (started || end->transport == NULL || story->stage_over))
      || (stage && (story->stage_over
                    || (!started && event == EV_STAGE_CLEAN)))
      || (peer && story->peer_over)
      || (event == EV_STARTED && end->state == END_OVER))
    return;
  bool over = end_is_over (end);
  bool draining = end->state == END_DRAINING;
  if (event == EV_STARTED)
    end->stage.pid = 1;
  story->stage_over = story->stage_over || stage;
  story->doubtful = (story->doubtful
                     || (event == EV_STAGE_DOUBTFUL && !draining && !over));
  story->peer_over = story->peer_over || peer;
  story->peer_bad = (story->peer_bad
                     || (!over && (event == EV_PEER_BAD
                                   || event == EV_PEER_LEFT)));
  if (event == EV_CUT)
    {
      story->cut = story->cut || (!over && !fake.delivered);
      end_cut (end);
    }
  else
    give (end, event);
  if (!over && end_is_over (end))
    story->ends++;
}

static void
answer_at_random (void)
{
  fake.holders = chance (3) == 0 ? HOLDERS_NONE : HOLDERS_SOME;
  fake.drained = chance (3) == 0;
  fake.undecided = chance (3) == 0;
  fake.gone = false;
}

static void
check_at_random (unsigned seed)
{
  struct end end;
  struct story story = { .stage_over = false };
  bool writer = seed % 2;
  row_is ("seed %u", seed);
  srand (seed);
  wait_for_all ();
  end_init (&end, 0, writer);
  for (int i = 0; i < 40; i++)
    {
      enum channel_outcome before = end.channel.own.outcome;
      answer_at_random ();
      give_at_random (&end, &story);
      CHECK (before == OUTCOME_OPEN || before == end.channel.own.outcome);
      CHECK ((end.channel.own.outcome != OUTCOME_OPEN)
             == end_is_over (&end));
    }

  /* Once its stage and its peer are over, so is it.  */
  fake.holders = HOLDERS_NONE;
  fake.drained = true;
  fake.undecided = false;
  if (!story.stage_over)
    {
      story.doubtful = (story.doubtful || end.stage.pid == 0);
      give (&end, end.stage.pid != 0 ? EV_STAGE_CLEAN : EV_STAGE_DOUBTFUL);
    }
  if (!story.peer_over)
    give (&end, EV_PEER_CLEAN);
  give (&end, EV_LOOK);
  give (&end, EV_LOOK);
  CHECK (end_is_over (&end));
  CHECK (story.ends <= 1);
  CHECK (!end.fault);
  if (end.channel.own.outcome == OUTCOME_CLEAN)
    CHECK (!story.doubtful && !story.cut && writer);
  if (end.channel.own.outcome == OUTCOME_COMPLETE)
    CHECK (!story.peer_bad && !story.cut && !writer);
}

int
main (void)
{
  check_cells (true, writer_rows);
  check_cells (false, reader_rows);
  check_impossible ();
  check_results ();
  check_relays ();
  for (unsigned seed = 1; seed <= 200000; seed++)
    check_at_random (seed);
  return test_result ();
}
