/* Test what a run of any number of stages comes to: the exit status, and what
   is reported.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "leader/outcome.h"

#include <signal.h>
#include <unistd.h>

#include "caught-messages.h"
#include "test-macros.h"
#include "xalloc.h"

enum { STAGES_MOST = 8, BYTES = 1000 };

/* A run as words: a stage, the channel to the next one, that stage, and so on.
   A stage is
     N  exit status N           sN  killed by signal N
     n  its command was not found
     -  was not started
   with "P" in front of it for a relay of ours.  They are the commands a, b, c
   and so on, on the hosts A, B, C.  A channel is how the writing end and then
   the reading end ended, each the first letter of one of
     clean  left  aborted  failed
     complete  early  broken  failed  tampered
   or "-" if that was not heard of, and then "<" where fewer bytes have arrived
   than were written, "?" where neither counts.  */
struct row
{
  char const *run;
  bool failed;                  /* by our own fault */
  int status;
  char const *messages;
};

#define WHO(Name, Host) "command '" Name "' on " Host
#define FAILED(Name, Host) "socketpipe: " WHO (Name, Host) " failed: "
#define CUT " (its input was cut short)\n"
#define KILLED "killed by signal 9 (Killed)\n"
#define A FAILED ("a", "A")
#define B FAILED ("b", "B")
#define C FAILED ("c", "C")
#define D FAILED ("d", "D")
#define E FAILED ("e", "E")
#define F FAILED ("f", "F")

static struct row const rows[] =
{
  /* All is well, for any number of stages.  */
  { "0 cc 0", false, 0, "" },
  { "0 cc 0 cc 0", false, 0, "" },
  { "0 cc 0 cc 0 cc 0", false, 0, "" },
  { "0 cc 0 cc 0 cc 0 cc 0", false, 0, "" },
  { "0 cc 0 cc 0 cc 0 cc 0 cc 0", false, 0, "" },
  { "P0 cc 0 cc 0 cc P0", false, 0, "" },
  { "0 cc? 0 cc? 0 cc? 0", false, 0, "" },

  /* One fails, at each place.  */
  { "3 cc 0", false, 3, A "exit status 3\n" },
  { "0 cc 3", false, 3, B "exit status 3\n" },
  { "3 cc 0 cc 0 cc 0", false, 3, A "exit status 3\n" },
  { "0 cc 3 cc 0 cc 0", false, 3, B "exit status 3\n" },
  { "0 cc 0 cc 3 cc 0", false, 3, C "exit status 3\n" },
  { "0 cc 0 cc 0 cc 3", false, 3, D "exit status 3\n" },
  { "0 cc 0 cc 0 cc 0 cc 0 cc 3", false, 3, F "exit status 3\n" },
  /* Several: the last one in the pipeline.  */
  { "3 cc 4 cc 5 cc 0", false, 5,
    A "exit status 3\n" B "exit status 4\n" C "exit status 5\n" },
  { "3 cc 0 cc 5 cc 0 cc 0", false, 5,
    A "exit status 3\n" C "exit status 5\n" },
  { "3 cc 0 cc 0 cc 0 cc 0 cc 8", false, 8,
    A "exit status 3\n" F "exit status 8\n" },

  /* Readers that leave, one after the other.  */
  { "s13 le 0 cc 0 cc 0", false, 0, "" },
  { "s13 le s13 le s13 le 0", false, 0, "" },
  { "s13 le s13 le s13 le s13 le s13 le 0", false, 0, "" },
  { "0 cc s13 le 0 cc 3", false, 3,
    B "killed by signal 13 (Broken pipe)\n" D "exit status 3\n" },
  { "4 cc s13 le 0 cc 0", false, 4,
    A "exit status 4\n" B "killed by signal 13 (Broken pipe)\n" },
  { "s13 cc 0 cc 0 cc 0", false, 141,
    A "killed by signal 13 (Broken pipe)\n" },

  /* One is killed, and all that read after it fail for that.  */
  { "s9 ab 1", false, 137, A KILLED B "exit status 1" CUT },
  { "s9 ab 1 ab 1 ab 1", false, 137,
    A KILLED B "exit status 1" CUT C "exit status 1" CUT
    D "exit status 1" CUT },
  { "0 cc s9 ab 1 ab 1", false, 137,
    B KILLED C "exit status 1" CUT D "exit status 1" CUT },
  { "0 cc 0 cc s9 ab 1", false, 137, C KILLED D "exit status 1" CUT },
  { "0 cc s9 ab 1 ab 1 ab 1 ab 1", false, 137,
    B KILLED C "exit status 1" CUT D "exit status 1" CUT
    E "exit status 1" CUT F "exit status 1" CUT },
  { "s9 ab 1 ab 1 ab P1", false, 137,
    A KILLED B "exit status 1" CUT C "exit status 1" CUT
    "socketpipe: the output is incomplete" CUT },
  /* One that does not mind counts as it is, and so does what fails later.  */
  { "s9 ab 0 ab 1 cc 0", false, 137, A KILLED C "exit status 1" CUT },
  { "s9 ab 1 ab 1 cc 7", false, 7,
    A KILLED B "exit status 1" CUT C "exit status 1" CUT
    D "exit status 7\n" },
  /* Killed in two places.  */
  { "s9 ab 1 ab s15 ab 1", false, 143,
    A KILLED B "exit status 1" CUT C "killed by signal 15 (Terminated)\n"
    D "exit status 1" CUT },

  /* A command that is not there, and nothing started.  */
  { "- -- 0 -- n -- -", false, 127,
    "socketpipe: cannot run " WHO ("c", "C")
    ": No such file or directory\n" },
  { "- -- n -- - -- - -- - -- -", false, 127,
    "socketpipe: cannot run " WHO ("b", "B")
    ": No such file or directory\n" },

  /* The counts of a channel that ended well have to agree, of each one.  */
  { "0 cc< 0 cc 0 cc 0", false, 125,
    "socketpipe: channel truncated: " WHO ("a", "A") " wrote 1000 bytes, 999"
    " arrived for " WHO ("b", "B") "\n" },
  { "0 cc 0 cc< 0 cc 0", false, 125,
    "socketpipe: channel truncated: " WHO ("b", "B") " wrote 1000 bytes, 999"
    " arrived for " WHO ("c", "C") "\n" },
  { "0 cc 0 cc 0 cc 0 cc 0 cc< 0", false, 125,
    "socketpipe: channel truncated: " WHO ("e", "E") " wrote 1000 bytes, 999"
    " arrived for " WHO ("f", "F") "\n" },
  { "0 cc 0 lb 1 cc 0", false, 125,
    "socketpipe: channel truncated: the connection from " WHO ("b", "B")
    " to " WHO ("c", "C") " was reset, or timed out\n"
    C "exit status 1" CUT },
  { "0 cc 0 ab 1 ab 1", false, 125,
    "socketpipe: channel truncated: what " WHO ("b", "B") " wrote was cut off"
    " before all of it arrived for " WHO ("c", "C") "\n"
    C "exit status 1" CUT D "exit status 1" CUT },

  /* Our own failure, which has been reported; nor is that what we passed on
     was not whole.  */
  { "0 cc 0 -- 0 -- 0", true, 125, "" },
  { "s15 ab 1 ab 1 ab P1", true, 125,
    A "killed by signal 15 (Terminated)\n" B "exit status 1" CUT
    C "exit status 1" CUT },

  /* As a filter whose reader goes.  */
  { "s13 le s13 le s13 le Ps13", false, -SIGPIPE, "" },
  { "0 cc 0 cc s13 le Ps13", false, -SIGPIPE, "" },
};

static char const *const names[]
  = { "a", "b", "c", "d", "e", "f", "g", "h" };
static char const *const hosts[]
  = { "A", "B", "C", "D", "E", "F", "G", "H" };

/* Make the stage number I of the word at TEXT, and return its end.  */
static char const *
read_stage (char const *text, struct facts *facts, struct run *run, unsigned i)
{
  struct result *result = &facts->stages[i].result;
  char *end = (char *) text;
  bool relay = *text == 'P';
  text += relay;
  run_add_stage (run, "role", "place", !relay ? STAGE_COMMAND
                 : i == 0 ? STAGE_STDIN : STAGE_STDOUT, NULL, i);
  *result = (struct result) {
    .role = relay ? i == 0 ? "the input" : "the output" : "command",
    .name = relay ? NULL : names[i], .host = hosts[i], .started = true,
    .ended = true
  };
  if (*text == '-')
    result->started = result->ended = false;
  else if (*text == 'n')
    {
      result->not_run = result->not_found = true;
      result->error_text = xstrdup ("No such file or directory");
    }
  else if (*text == 's')
    {
      result->signal = strtol (text + 1, &end, 10);
      result->signal_text = xstrdup (strsignal (result->signal));
      return end;
    }
  else
    {
      result->status = strtol (text, &end, 10);
      NEED (text < end);
      return end;
    }
  return text + 1;
}

static enum channel_outcome
read_outcome (char letter, bool writer)
{
  switch (letter)
    {
    case 'c':
      return writer ? OUTCOME_CLEAN : OUTCOME_COMPLETE;
    case 'l':
      return OUTCOME_READER_LEFT;
    case 'a':
      return OUTCOME_ABORTED;
    case 'e':
      return OUTCOME_EARLY;
    case 'b':
      return OUTCOME_BROKEN;
    case 't':
      return OUTCOME_TAMPERED;
    case 'f':
      return OUTCOME_FAILED;
    default:
      NEED (letter == '-');
      return OUTCOME_OPEN;
    }
}

/* Make the channel behind the stage number I of the word at TEXT, and return
   its end.  */
static char const *
read_channel (char const *text, struct facts *facts, struct run *run,
              unsigned i)
{
  struct channel_end *ends = facts->channels[i].ends;
  run_add_channel (run, "channel", i, i + 1);
  ends[WRITER_END].outcome = read_outcome (text[0], true);
  ends[READER_END].outcome = read_outcome (text[1], false);
  text += 2;
  for (int end = 0; end < 2; end++)
    {
      ends[end].counted = *text != '?';
      ends[end].bytes = BYTES - (*text == '<' && end == READER_END);
    }
  return text + (*text == '?' || *text == '<');
}

static void
check_row (struct row const *row)
{
  struct run run = { .dscp = -1 };
  struct facts facts = { .run = &run };
  char const *text = row->run;
  facts.stages = xcalloc (STAGES_MOST, sizeof *facts.stages);
  facts.channels = xcalloc (STAGES_MOST, sizeof *facts.channels);
  for (unsigned i = 0;; i++)
    {
      NEED (i < STAGES_MOST);
      text = read_stage (text, &facts, &run, i);
      if (*text == '\0')
        break;
      NEED (*text == ' ');
      text = read_channel (text + 1, &facts, &run, i);
      NEED (*text++ == ' ');
    }
  row_is ("%s%s", row->run, row->failed ? " (failed)" : "");
  catch_messages ();
  int status = outcome_report (&facts, row->failed);
  char const *reported = caught ();
  CHECK_NUMBER (status, row->status);
  CHECK_TEXT (reported, row->messages);
  facts_close (&facts);
  run_free (&run);
}

int
main (void)
{
  prepare_messages ();
  for (size_t i = 0; i < SIZEOF (rows); i++)
    check_row (&rows[i]);
  return test_result ();
}
