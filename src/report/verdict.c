/* How a run ended: its exit status, and what to say.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "report/verdict.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/diagnose.h"
#include "quote.h"
#include "quotearg.h"
#include "base/system.h"

/* Return what RESULT alone makes the exit status.  */
static int
own_status (struct result const *result)
{
  if (!result->started)
    return 0;
  if (result->not_run)
    return result->not_found ? EXIT_NOT_FOUND : EXIT_CANNOT_INVOKE;
  /* A relay is part of us; but one whose reader has gone ends as a command
     would.  */
  if (result->name == NULL && result->signal != SIGPIPE
      && (result->signal != 0 || result->status != 0))
    return EXIT_OWN_FAILURE;
  return (result->signal != 0 ? EXIT_SIGNAL_BASE + result->signal
          : result->status);
}

/* Return whether RESULT may have failed because its input was cut: by a read
   error, which no signal is, but for those that stand for one.  */
static bool
fails_for_input (struct result const *result)
{
  return (result->input_cut
          && (result->signal == 0
              || (result->input_piped && (result->signal == SIGTERM
                                          || result->signal == SIGKILL))));
}

int
report_status (struct result const *results, size_t count)
{
  for (size_t i = count; 0 < i--;)
    {
      struct result const *result = &results[i];
      int status = own_status (result);
      if (status == 0 || result->reader_left)
        continue;
      if (fails_for_input (result) && report_status (results, i) != 0)
        continue;
      return status;
    }
  return 0;
}

/* Write to TEXT what a stage is called: "remote command 'dd' on host".  */
static void
describe (struct result const *result, char *text, size_t size)
{
  if (result->name == NULL)
    snprintf (text, size, "%s", result->role);
  else if (result->host == NULL)
    snprintf (text, size, "%s %s", result->role, quote (result->name));
  else
    snprintf (text, size, "%s %s on %s", result->role,
              quote_n (0, result->name),
              quotearg_n_style (1, escape_quoting_style, result->host));
}

static void
report_failure (struct result const *result)
{
  char who[512];
  char const *why = (fails_for_input (result)
                     ? " (its input was cut short)" : "");
  describe (result, who, sizeof who);
  if (result->not_run)
    warn ("cannot run %s: %s", who,
          result->error_text
          ? quotearg_style (escape_quoting_style, result->error_text)
          : "unknown error");
  else if (result->name == NULL)
    {
      /* A relay has said itself what went wrong, unless it was this.  */
      if (result->input_cut)
        warn ("%s is incomplete%s", who, why);
      else if (result->signal != 0 && result->signal != SIGPIPE)
        complain ("our relay of %s was killed by signal %d (%s)", who,
                  result->signal, result->signal_text
                  ? quotearg_style (escape_quoting_style,
                                    result->signal_text)
                  : "unknown");
    }
  else if (result->signal != 0)
    warn ("%s failed: killed by signal %d (%s)%s", who, result->signal,
          result->signal_text
          ? quotearg_style (escape_quoting_style, result->signal_text)
          : "unknown", why);
  else
    warn ("%s failed: exit status %d%s", who, result->status, why);
}

void
report_failures (struct result const *results, size_t count)
{
  for (size_t i = 0; i < count; i++)
    if (own_status (&results[i]) != 0)
      report_failure (&results[i]);
}

/* Return whether WRITER and READER counted the same, as far as they
   counted.  */
static bool
counts_agree (struct channel_end const *writer,
              struct channel_end const *reader)
{
  /* After a reset nobody can tell if the end of file had come, which counts
     as one.  */
  int slack = reader->outcome == OUTCOME_BROKEN;
  return (!writer->counted || !reader->counted
          || reader->bytes == writer->bytes
          || reader->bytes == writer->bytes + slack);
}

bool
report_channel (struct result const *from, struct channel_end const *writer,
                struct result const *to, struct channel_end const *reader)
{
  char who_wrote[512], who_read[512];
  bool finished = (reader->outcome == OUTCOME_COMPLETE
                   || reader->outcome == OUTCOME_BROKEN);
  describe (from, who_wrote, sizeof who_wrote);
  describe (to, who_read, sizeof who_read);
  if (writer->outcome == OUTCOME_FAILED || reader->outcome == OUTCOME_FAILED)
    return false;
  if (writer->outcome == OUTCOME_CLEAN && finished)
    {
      if (counts_agree (writer, reader))
        return true;
      complain ("channel truncated: %s wrote %" PRIu64 " bytes, %" PRIu64
                " arrived for %s", who_wrote, writer->bytes, reader->bytes,
                who_read);
      return false;
    }
  /* Its command was content, so it is not the cause.  */
  if (writer->outcome == OUTCOME_ABORTED && own_status (from) == 0
      && reader->outcome == OUTCOME_BROKEN && !from->input_cut)
    {
      complain ("channel truncated: what %s wrote was cut off before all of it"
                " arrived for %s", who_wrote, who_read);
      return false;
    }
  if (writer->outcome == OUTCOME_READER_LEFT
      && reader->outcome == OUTCOME_BROKEN)
    {
      complain ("channel truncated: the connection from %s to %s was reset, or"
                " timed out", who_wrote, who_read);
      return false;
    }
  return true;
}

bool
report_carried (struct result const *from, struct channel_end const *writer,
                struct result const *to, struct channel_end const *reader)
{
  char who_wrote[512], who_read[512];
  if (writer->outcome != OUTCOME_CLEAN || reader->outcome != OUTCOME_COMPLETE
      || (writer->counted && reader->counted))
    return report_channel (from, writer, to, reader);
  describe (from, who_wrote, sizeof who_wrote);
  describe (to, who_read, sizeof who_read);
  complain ("channel truncated: it is not known whether all that %s wrote"
            " arrived for %s", who_wrote, who_read);
  return false;
}

/* Return whether READER's end of file is one that WRITER has made.  */
static bool
ends_agree (struct channel_end const *writer,
            struct channel_end const *reader)
{
  if (reader->sealed || writer->sealed)
    return (reader->sealed && writer->sealed
            && reader->records == writer->records);
  return writer->outcome == OUTCOME_CLEAN;
}

bool
report_encrypted (struct result const *from, struct channel_end const *writer,
                  struct result const *to, struct channel_end const *reader)
{
  char who_wrote[512], who_read[512];
  describe (from, who_wrote, sizeof who_wrote);
  describe (to, who_read, sizeof who_read);
  if (reader->outcome == OUTCOME_TAMPERED)
    {
      complain ("channel tampered with: what arrived for %s is not what %s"
                " wrote; somebody on the way has changed it", who_read,
                who_wrote);
      return false;
    }
  /* A writer behind a relay may have ended without our having heard of its
     end of the channel.  */
  if ((reader->outcome == OUTCOME_COMPLETE && !ends_agree (writer, reader))
      || (reader->outcome == OUTCOME_BROKEN
          && (writer->outcome == OUTCOME_CLEAN
              || writer->outcome == OUTCOME_OPEN)))
    {
      complain ("channel truncated: the connection from %s to %s was cut, and"
                " not by the one who wrote", who_wrote, who_read);
      return false;
    }
  return report_channel (from, writer, to, reader);
}

void
describe_end (int wait_status, char *text, size_t size)
{
  if (WIFSIGNALED (wait_status))
    {
      int sig = WTERMSIG (wait_status);
      char const *name = strsignal (sig);
      snprintf (text, size, "killed by signal %d (%s)", sig,
                name ? name : "unknown");
    }
  else
    snprintf (text, size, "exit status %d", WEXITSTATUS (wait_status));
}
