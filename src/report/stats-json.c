/* The statistics of a run, as JSON.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "report/stats.h"

#include <stdlib.h>

#include "net/address.h"
#include "base/json.h"

/* The version of the format; it increases when a field changes its meaning,
   and not when fields are added.  */
enum { FORMAT = 1 };

static void
key (FILE *file, char const *name)
{
  fprintf (file, ", \"%s\": ", name);
}

static void
write_text (FILE *file, char const *name, char const *text)
{
  key (file, name);
  json_string (file, text);
}

static void
write_number (FILE *file, char const *name, bool known, uint64_t number)
{
  key (file, name);
  json_number (file, known, number);
}

static void
write_seconds (FILE *file, char const *name, bool known, int64_t us)
{
  key (file, name);
  json_seconds (file, known, us);
}

static void
write_set_up (FILE *file, struct stats const *stats)
{
  fputs ("  \"set_up\": {\"login\": ", file);
  json_seconds (file, 0 <= stats->login, stats->login);
  write_seconds (file, "rendezvous", 0 <= stats->rendezvous,
                 stats->rendezvous);
  write_seconds (file, "start", 0 <= stats->start, stats->start);
  fputs ("},\n", file);
}

static void
write_command (FILE *file, char **command)
{
  key (file, "command");
  if (command == NULL)
    {
      fputs ("null", file);
      return;
    }
  for (char **word = command; *word; word++)
    {
      fputs (word == command ? "[" : ", ", file);
      json_string (file, *word);
    }
  putc (']', file);
}

static void
write_stage (FILE *file, struct stats_stage const *stage, size_t number)
{
  struct result const *result = stage->result;
  struct child_usage const *usage = &result->usage;
  bool used = result->used;
  bool exited = result->ended && !result->not_run;
  fprintf (file, "    {\"stage\": %zu", number);
  write_text (file, "role", stage->role);
  write_command (file, stage->command);
  write_text (file, "host", stage->host);
  write_number (file, "exit_status", exited && result->signal == 0,
                result->status);
  write_number (file, "signal", exited && result->signal != 0,
                result->signal);
  write_text (file, "error", result->not_run ? result->error_text : NULL);
  write_seconds (file, "wall", used, result->wall_us);
  write_seconds (file, "user", used, usage->user_us);
  write_seconds (file, "system", used, usage->system_us);
  write_number (file, "peak_memory", used && usage->peak_memory != 0,
                usage->peak_memory);
  putc ('}', file);
}

/* Write the address and the port that are in TEXT (address.h), or null, for
   the end WHO.  */
static void
write_address (FILE *file, char const *who, char const *text)
{
  char *address = NULL;
  int port = 0;
  if (text)
    address_split (text, &address, &port);
  fprintf (file, ", \"%s_address\": ", who);
  json_string (file, address);
  free (address);
  fprintf (file, ", \"%s_port\": ", who);
  json_number (file, port != 0, port);
}

static void
write_waits (FILE *file, struct waits const *waits)
{
  static char const *const names[WAITS]
    = { "writer", "network", "send_buffer", "reader" };
  key (file, "waited");
  if (!waits->known)
    {
      fputs ("null", file);
      return;
    }
  for (int i = 0; i < WAITS; i++)
    {
      fprintf (file, "%s\"%s\": ", i ? ", " : "{", names[i]);
      json_seconds (file, true, waits->on[i]);
    }
  putc ('}', file);
}

static void
write_channel (FILE *file, struct stats_channel const *channel,
               size_t number)
{
  double rate = stats_rate (channel);
  fprintf (file, "    {\"channel\": %zu, \"from\": %zu, \"to\": %zu", number,
           channel->from + 1, channel->to + 1);
  write_text (file, "route", channel->route);
  write_address (file, "writer", channel->writer_address);
  write_address (file, "reader", channel->reader_address);
  write_text (file, "encryption", channel->encryption);
  write_number (file, "bytes", channel->counted, channel->bytes);
  write_seconds (file, "time", 0 <= channel->time, channel->time);
  write_number (file, "rate", 0 <= rate, 0 <= rate ? rate : 0);
  write_seconds (file, "round_trip", 0 <= channel->round_trip,
                 channel->round_trip);
  write_number (file, "retransmitted", channel->retransmitted_known,
                channel->retransmitted);
  write_waits (file, &channel->waits);
  putc ('}', file);
}

/* Write the bottleneck; null where it is unknown, or no stage.  */
static void
write_bottleneck (FILE *file, struct stats const *stats)
{
  static char const *const names[WAITS]
    = { "writer", "network", "send_buffer", "reader" };
  struct bottleneck found;
  char *text = stats_bottleneck (stats, &found);
  fputs ("  \"bottleneck\": ", file);
  if (text == NULL)
    {
      fputs ("null\n", file);
      return;
    }
  struct stats_channel const *channel = &stats->channels[found.channel];
  bool stage = found.wait == WAIT_WRITER || found.wait == WAIT_READER;
  fprintf (file, "{\"channel\": %zu, \"waited_for\": \"%s\", "
           "\"share\": %.4f", found.channel + 1, names[found.wait],
           found.share);
  write_number (file, "stage", stage,
                (found.wait == WAIT_WRITER ? channel->from
                 : channel->to) + 1);
  write_text (file, "text", text);
  fputs ("}\n", file);
  free (text);
}

void
stats_write_json (FILE *file, struct stats const *stats)
{
  fprintf (file, "{\n  \"format\": %d", FORMAT);
  write_text (file, "version", stats->version);
  write_number (file, "exit_status", true, stats->status);
  write_seconds (file, "time", 0 <= stats->time, stats->time);
  fputs (",\n", file);
  write_set_up (file, stats);
  fputs ("  \"stages\": [\n", file);
  for (size_t i = 0; i < stats->stage_count; i++)
    {
      write_stage (file, &stats->stages[i], i + 1);
      fputs (i + 1 < stats->stage_count ? ",\n" : "\n", file);
    }
  fputs ("  ],\n  \"channels\": [\n", file);
  for (size_t i = 0; i < stats->channel_count; i++)
    {
      write_channel (file, &stats->channels[i], i + 1);
      fputs (i + 1 < stats->channel_count ? ",\n" : "\n", file);
    }
  fputs ("  ],\n", file);
  write_bottleneck (file, stats);
  fputs ("}\n", file);
}
