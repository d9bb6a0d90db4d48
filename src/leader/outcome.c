/* How a run ended: from what the leader was told to the exit status.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "leader/outcome.h"

#include <signal.h>

#include "base/diagnose.h"
#include "base/system.h"
#include "report/verdict.h"
#include "xalloc.h"

/* Return whether readers of RUN may have been ended by a signal because their
   input was cut.  */
static bool
has_stage_pipes (struct run const *run)
{
  return (run->buffer != 0 || run->block_size != 0 || run->multipath
          || run->encrypt != ENCRYPT_NONE);
}

/* Put into the results what channel NUMBER has to do with them.  */
static void
relate_results (struct facts *facts, unsigned number)
{
  struct run_channel const *ends = &facts->run->channels[number];
  struct channel_facts const *channel = &facts->channels[number];
  struct channel_end const *writer = &channel->ends[WRITER_END];
  struct channel_end const *reader = &channel->ends[READER_END];
  struct result *from = &facts->stages[ends->writer].result;
  struct result *to = &facts->stages[ends->reader].result;
  from->reader_left = writer->outcome == OUTCOME_READER_LEFT;
  to->input_cut = (writer->outcome == OUTCOME_ABORTED
                   || writer->outcome == OUTCOME_FAILED
                   || reader->outcome == OUTCOME_BROKEN
                   || reader->outcome == OUTCOME_TAMPERED
                   || reader->outcome == OUTCOME_FAILED);
  to->input_piped = (channel->carried || reader->relayed
                     || has_stage_pipes (facts->run));
}

/* Return whether the ends of channel NUMBER agree on how it ended; if not,
   this has been reported.  */
static bool
ends_agree (struct facts const *facts, unsigned number)
{
  struct run_channel const *ends = &facts->run->channels[number];
  struct channel_facts const *channel = &facts->channels[number];
  struct result const *from = &facts->stages[ends->writer].result;
  struct result const *to = &facts->stages[ends->reader].result;
  struct channel_end const *writer = &channel->ends[WRITER_END];
  struct channel_end const *reader = &channel->ends[READER_END];
  if (channel->carried)
    return report_carried (from, writer, to, reader);
  return (channel->mode != SECURE_NONE
          ? report_encrypted (from, writer, to, reader)
          : report_channel (from, writer, to, reader));
}

int
outcome_report (struct facts *facts, bool failed)
{
  size_t count = facts->run->stage_count;
  struct result *results = xcalloc (count, sizeof *results);
  bool agree = true;
  for (size_t i = facts->run->channel_count; 0 < i--;)
    relate_results (facts, i);
  for (size_t i = 0; i < count; i++)
    {
      results[i] = facts->stages[i].result;
      /* That what we pass on is not whole has been reported in other
         words.  */
      if (failed && facts->run->stages[i].kind == STAGE_STDOUT)
        facts->stages[i].result.started = results[i].started = false;
    }
  for (size_t i = facts->run->channel_count; !failed && 0 < i--;)
    agree = ends_agree (facts, i) && agree;
  int status = report_status (results, count);
  struct result const *last = &results[count - 1];
  /* As a filter whose reader goes: nothing to report, but the shell to
     tell.  */
  bool filter = (status == EXIT_SIGNAL_BASE + SIGPIPE && last->name == NULL
                 && last->signal == SIGPIPE);
  if (!filter && (status != 0 || failed))
    report_failures (results, count);
  free (results);
  if (failed || !agree)
    return EXIT_OWN_FAILURE;
  return filter ? -SIGPIPE : status;
}
