/* The statistics of a run, as text.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "report/stats.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/amount.h"
#include "quotearg.h"

/* Write TIME, after BEFORE, unless it is not known.  */
static void
write_time (FILE *file, char const *before, int64_t time)
{
  if (0 <= time)
    fprintf (file, "%s%.3f s", before, time / 1e6);
  else
    fprintf (file, "%sunknown", before);
}

static void
write_set_up (FILE *file, struct stats const *stats)
{
  fprintf (file, "set-up     ");
  write_time (file, " login ", stats->login);
  write_time (file, ", rendezvous ", stats->rendezvous);
  write_time (file, ", start ", stats->start);
  putc ('\n', file);
}

static void
write_end (FILE *file, struct result const *result)
{
  if (result->not_run)
    fprintf (file, "could not be run: %s",
             result->error_text
             ? quotearg_style (escape_quoting_style, result->error_text)
             : "no reason given");
  else if (!result->ended)
    fputs (result->started ? "did not tell how it ended" : "was not started",
           file);
  else if (result->signal != 0)
    fprintf (file, "killed by signal %d (%s)", result->signal,
             result->signal_text
             ? quotearg_style (escape_quoting_style, result->signal_text)
             : "unknown");
  else
    fprintf (file, "exit status %d", result->status);
}

static void
write_stage (FILE *file, struct stats_stage const *stage, size_t number)
{
  struct result const *result = stage->result;
  char amount[AMOUNT_MAX];
  fprintf (file, "stage %zu     %s", number, result->role);
  for (char **word = stage->command; word && *word; word++)
    fprintf (file, " %s", quotearg_style (escape_quoting_style, *word));
  fprintf (file, " on %s\n            ",
           stage->host ? quotearg_style (escape_quoting_style, stage->host)
           : "the other host");
  write_end (file, result);
  if (result->used)
    fprintf (file, "; %.3f s, processor %.3f s user + %.3f s system",
             result->wall_us / 1e6, result->usage.user_us / 1e6,
             result->usage.system_us / 1e6);
  if (result->used && result->usage.peak_memory != 0)
    fprintf (file, ", memory %s",
             amount_bytes (result->usage.peak_memory, amount));
  putc ('\n', file);
}

static void
write_bytes (FILE *file, struct stats_channel const *channel)
{
  char amount[AMOUNT_MAX];
  if (channel->counted)
    fprintf (file, "%s (%"PRIu64" bytes)",
             amount_bytes (channel->bytes, amount), channel->bytes);
  else
    fputs ("bytes not counted", file);
  write_time (file, " in ", channel->time);
  double rate = stats_rate (channel);
  if (0 <= rate)
    fprintf (file, ", %s", amount_rate (rate, amount));
}

static void
write_connection (FILE *file, struct stats_channel const *channel)
{
  char amount[AMOUNT_MAX];
  if (0 <= channel->round_trip)
    fprintf (file, "round trip %.3f ms, ", channel->round_trip / 1e3);
  if (channel->retransmitted_known)
    fprintf (file, "%s retransmitted, ",
             amount_bytes (channel->retransmitted, amount));
  if (channel->encryption == NULL)
    fputs ("encryption is the login's business", file);
  else
    fprintf (file, "encryption: %s", channel->encryption);
}

static void
write_waits (FILE *file, struct waits const *waits)
{
  static char const *const names[WAITS]
    = { "writer", "network", "send buffer", "reader" };
  uint64_t total = waits_total (waits);
  if (!waits->known || total == 0)
    return;
  fputs ("            waited for ", file);
  for (int i = 0; i < WAITS; i++)
    fprintf (file, "%s%s %.0f %%", i ? ", " : "", names[i],
             100.0 * waits->on[i] / total);
  putc ('\n', file);
}

static void
write_channel (FILE *file, struct stats_channel const *channel,
               size_t number)
{
  fprintf (file, "channel %zu   stage %zu to %zu, %s", number,
           channel->from + 1, channel->to + 1,
           channel->route ? channel->route : "not connected");
  if (channel->writer_address)
    fprintf (file, ": %s -> %s", channel->writer_address,
             channel->reader_address);
  if (channel->route == NULL)
    {
      putc ('\n', file);
      return;
    }
  fputs ("\n            ", file);
  write_bytes (file, channel);
  fputs ("\n            ", file);
  write_connection (file, channel);
  putc ('\n', file);
  write_waits (file, &channel->waits);
}

void
stats_write_text (FILE *file, struct stats const *stats)
{
  struct bottleneck found;
  write_set_up (file, stats);
  for (size_t i = 0; i < stats->stage_count; i++)
    write_stage (file, &stats->stages[i], i + 1);
  for (size_t i = 0; i < stats->channel_count; i++)
    write_channel (file, &stats->channels[i], i + 1);
  write_time (file, "total       ", stats->time);
  fprintf (file, ", exit status %d\n", stats->status);
  char *text = stats_bottleneck (stats, &found);
  if (text)
    fprintf (file, "bottleneck  %s\n", text);
  free (text);
}
