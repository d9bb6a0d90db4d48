/* Test that a stream of which a part did not arrive is reported.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "report/verdict.h"

#include <inttypes.h>
#include <string.h>

#include "base/diagnose.h"
#include "report-words.h"
#include "test-macros.h"

/* What two ends of a channel counted.  */
struct count_row
{
  enum channel_outcome writer;
  bool writer_counted;
  uint64_t written;
  enum channel_outcome reader;
  bool reader_counted;
  uint64_t read;
  char const *message;
  char const *from;             /* the writer as a word; NULL = "i0" */
};

#define TRUNCATED(Written, Read) \
  "socketpipe: channel truncated: input command 'tar' wrote " Written \
  " bytes, " Read " arrived for remote command 'dd' on far\n"

static struct count_row const count_rows[] =
{
  { OUTCOME_CLEAN, true, 0, OUTCOME_COMPLETE, true, 0, "", NULL },
  { OUTCOME_CLEAN, true, 5, OUTCOME_COMPLETE, true, 5, "", NULL },
  { OUTCOME_CLEAN, true, UINT64_MAX, OUTCOME_COMPLETE, true, UINT64_MAX,
    "", NULL },
  { OUTCOME_CLEAN, true, 5, OUTCOME_COMPLETE, true, 4,
    TRUNCATED ("5", "4"), NULL },
  { OUTCOME_CLEAN, true, 4, OUTCOME_COMPLETE, true, 5,
    TRUNCATED ("4", "5"), NULL },
  { OUTCOME_CLEAN, true, 1, OUTCOME_COMPLETE, true, 0,
    TRUNCATED ("1", "0"), NULL },
  { OUTCOME_CLEAN, true, UINT64_C (1) << 32, OUTCOME_COMPLETE, true, 0,
    TRUNCATED ("4294967296", "0"), NULL },
  { OUTCOME_CLEAN, true, UINT64_MAX, OUTCOME_COMPLETE, true, 0,
    TRUNCATED ("18446744073709551615", "0"), NULL },
  /* One end that has no count.  */
  { OUTCOME_CLEAN, false, 0, OUTCOME_COMPLETE, true, 5, "", NULL },
  { OUTCOME_CLEAN, true, 5, OUTCOME_COMPLETE, false, 0, "", NULL },
  { OUTCOME_CLEAN, false, 0, OUTCOME_COMPLETE, false, 0, "", NULL },
  /* A reset: on purpose, after the whole, or from outside.  */
  { OUTCOME_ABORTED, true, 5, OUTCOME_BROKEN, true, 4, "", "is9" },
  { OUTCOME_ABORTED, true, 5, OUTCOME_BROKEN, true, 4, "", "i0x" },
  { OUTCOME_ABORTED, true, 5, OUTCOME_BROKEN, true, 4,
    "socketpipe: channel truncated: what input command 'tar' wrote was cut"
    " off before all of it arrived for remote command 'dd' on far\n", NULL },
  { OUTCOME_CLEAN, true, 5, OUTCOME_BROKEN, true, 5, "", NULL },
  { OUTCOME_CLEAN, true, 5, OUTCOME_BROKEN, true, 6, "", NULL },
  { OUTCOME_CLEAN, true, 5, OUTCOME_BROKEN, true, 4,
    TRUNCATED ("5", "4"), NULL },
  { OUTCOME_READER_LEFT, true, 5, OUTCOME_BROKEN, true, 5,
    "socketpipe: channel truncated: the connection from input command 'tar' "
    "to remote command 'dd' on far was reset, or timed out\n", NULL },
  /* Ends at which a difference is to be expected.  */
  { OUTCOME_CLEAN, true, 5, OUTCOME_EARLY, true, 4, "", NULL },
  { OUTCOME_READER_LEFT, true, 5, OUTCOME_EARLY, true, 4, "", NULL },
  { OUTCOME_ABORTED, true, 5, OUTCOME_EARLY, true, 4, "", NULL },
  { OUTCOME_OPEN, true, 5, OUTCOME_OPEN, true, 4, "", NULL },
  { OUTCOME_OPEN, true, 5, OUTCOME_COMPLETE, true, 4, "", NULL },
};

static void
check_counts (void)
{
  struct result from, to;
  read_stage ("r0", &to);
  for (size_t i = 0; i < SIZEOF (count_rows); i++)
    {
      struct count_row const *row = &count_rows[i];
      row_is ("outcomes %d and %d, counts %" PRIu64 " and %" PRIu64,
              (int) row->writer, (int) row->reader, row->written, row->read);
      read_stage (row->from ? row->from : "i0", &from);
      struct channel_end writer = { .outcome = row->writer,
                                    .counted = row->writer_counted,
                                    .bytes = row->written };
      struct channel_end reader = { .outcome = row->reader,
                                    .counted = row->reader_counted,
                                    .bytes = row->read };
      /* It is an error, so even -q does not silence it.  */
      for (int level = -1; level <= 1; level++)
        {
          diagnose_level (level);
          catch_messages ();
          bool agree = report_channel (&from, &writer, &to, &reader);
          char const *text = caught ();
          CHECK (agree == (*row->message == '\0'));
          CHECK_TEXT (text, row->message);

          /* Where a login carries it, a whole stream has both counts.  */
          bool whole = (row->writer == OUTCOME_CLEAN
                        && row->reader == OUTCOME_COMPLETE);
          bool counted = row->writer_counted && row->reader_counted;
          catch_messages ();
          bool carried = report_carried (&from, &writer, &to, &reader);
          text = caught ();
          CHECK (carried == (agree && (counted || !whole)));
          CHECK_TEXT (text, agree == carried ? row->message
                      : "socketpipe: channel truncated: it is not known"
                      " whether all that input command 'tar' wrote arrived for"
                      " remote command 'dd' on far\n");
        }
      diagnose_level (0);
      result_free (&from);
    }
}

/* The ends of an encrypted channel: who has counted records, and how many;
   -1 = not the kernel.  */
static struct
{
  enum channel_outcome writer;
  int written;
  enum channel_outcome reader;
  int read;
  char const *message;          /* a part of it, or "" */
} const encrypted_rows[] = {
  { OUTCOME_CLEAN, 7, OUTCOME_COMPLETE, 7, "" },
  { OUTCOME_CLEAN, -1, OUTCOME_COMPLETE, -1, "" },
  { OUTCOME_CLEAN, 7, OUTCOME_EARLY, 3, "" },
  { OUTCOME_READER_LEFT, 7, OUTCOME_EARLY, 3, "" },
  /* An end of file that the writer has not made.  */
  { OUTCOME_CLEAN, 7, OUTCOME_COMPLETE, 6, "truncated" },
  { OUTCOME_READER_LEFT, 7, OUTCOME_COMPLETE, 6, "truncated" },
  { OUTCOME_OPEN, -1, OUTCOME_COMPLETE, 6, "truncated" },
  { OUTCOME_CLEAN, -1, OUTCOME_COMPLETE, 6, "truncated" },
  { OUTCOME_CLEAN, 7, OUTCOME_COMPLETE, -1, "truncated" },
  { OUTCOME_READER_LEFT, -1, OUTCOME_COMPLETE, -1, "truncated" },
  /* A reset that no end made, though all has arrived.  */
  { OUTCOME_ABORTED, 7, OUTCOME_BROKEN, 3, "truncated" },
  { OUTCOME_CLEAN, 7, OUTCOME_BROKEN, 7, "truncated" },
  { OUTCOME_CLEAN, -1, OUTCOME_BROKEN, -1, "truncated" },
  { OUTCOME_OPEN, -1, OUTCOME_BROKEN, -1, "truncated" },
  { OUTCOME_READER_LEFT, -1, OUTCOME_BROKEN, -1, "truncated" },
  { OUTCOME_CLEAN, 7, OUTCOME_TAMPERED, 3, "tampered with" },
  { OUTCOME_READER_LEFT, -1, OUTCOME_TAMPERED, -1, "tampered with" },
};

static void
check_encrypted (void)
{
  struct result from, to;
  read_stage ("i0", &from);
  read_stage ("r0", &to);
  for (size_t i = 0; i < SIZEOF (encrypted_rows); i++)
    {
      row_is ("encrypted, row %zu", i);
      struct channel_end writer = { .outcome = encrypted_rows[i].writer };
      struct channel_end reader = { .outcome = encrypted_rows[i].reader };
      writer.sealed = 0 <= encrypted_rows[i].written;
      reader.sealed = 0 <= encrypted_rows[i].read;
      writer.records = encrypted_rows[i].written;
      reader.records = encrypted_rows[i].read;
      catch_messages ();
      bool agree = report_encrypted (&from, &writer, &to, &reader);
      char const *text = caught ();
      char const *message = encrypted_rows[i].message;
      CHECK (agree == (*message == '\0'));
      CHECK (*message ? strstr (text, message) != NULL : *text == '\0');
    }
  result_free (&from);
  result_free (&to);
}

int
main (void)
{
  prepare_messages ();
  check_counts ();
  check_encrypted ();
  return test_result ();
}
