/* The statistics of a run.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "leader/statistics.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/diagnose.h"
#include "base/system.h"
#include "cloexec.h"
#include "minmax.h"
#include "monotonic.h"
#include "quote.h"
#include "report/stats.h"
#include "xalloc.h"

int
statistics_open (struct run const *run)
{
  int fd;
  if (run->stats_file == NULL)
    fd = dup_cloexec (STDERR_FILENO);
  else
    /* Emptied at once, so that old figures are not taken for new ones.  */
    fd = open (run->stats_file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
               0666);
  if (fd < 0)
    complain ("cannot write statistics to %s: %s",
              run->stats_file ? quote (run->stats_file) : "standard error",
              strerror (errno));
  return fd;
}

/* Return the time from BEFORE to AFTER, or -1 unless both have been.  Of what
   happens in the same moment, either may be seen first.  */
static int64_t
between (int64_t before, int64_t after)
{
  return before == 0 || after == 0 ? -1 : MAX (0, after - before);
}

/* Return what encrypts CHANNEL, or NULL where it is the login.  */
static char const *
encryption_name (struct channel_facts const *channel)
{
  if (channel->carried || !channel->connected)
    return NULL;
  switch (channel->mode)
    {
    case SECURE_AES:
      return "AES-128-GCM by relays";
    case SECURE_CHACHA:
      return "ChaCha20-Poly1305 by relays";
    case SECURE_KERNEL:
      return "ChaCha20-Poly1305 by the kernels";
    default:
      return "none";
    }
}

static void
fill_channel (struct stats_channel *s, struct facts const *facts,
              struct monitor const *monitor, unsigned number)
{
  struct run_channel const *ends = &facts->run->channels[number];
  struct channel_facts const *channel = &facts->channels[number];
  struct monitor_account account = monitor_account (monitor, number);
  struct meter const *writer = &monitor->channels[number].ends[WRITER_END];
  *s = (struct stats_channel) {
    .from = ends->writer, .to = ends->reader, .route = facts_route (channel),
    .counted = account.counted, .bytes = account.bytes, .time = account.time,
    .waits = account.waits,
    .round_trip = writer->round_trip != 0 ? (int64_t) writer->round_trip : -1,
    .retransmitted_known = writer->retransmitted_known,
    .retransmitted = writer->retransmitted,
    .encryption = encryption_name (channel)
  };
  if (channel->connected && !channel->carried)
    {
      s->writer_address = channel->address[WRITER_END];
      s->reader_address = channel->address[READER_END];
    }
}

static void
fill_stage (struct stats_stage *s, struct facts const *facts,
            char const *const *hosts, unsigned number)
{
  struct run_stage const *stage = &facts->run->stages[number];
  *s = (struct stats_stage) {
    .role = stage->place, .command = stage->argv, .host = hosts[stage->host],
    .result = &facts->stages[number].result
  };
}

/* Write *STATS to FD, which is closed, as FORMAT says.  Return 0, or -1 with
   errno set.  */
static int
write_all (int fd, enum stats_format format, struct stats const *stats)
{
  FILE *file = fdopen (fd, "w");
  if (file == NULL)
    return -1;
  if (format == STATS_JSON)
    stats_write_json (file, stats);
  else
    stats_write_text (file, stats);
  bool good = !ferror (file);
  return fclose (file) == 0 && good ? 0 : -1;
}

int
statistics_write (int fd, int status, struct facts const *facts,
                  struct monitor const *monitor, struct moments const *at,
                  uint64_t rate_limit, char const *const *hosts)
{
  struct run const *run = facts->run;
  struct stats stats = {
    .version = PACKAGE_VERSION,
    .status = status < 0 ? EXIT_SIGNAL_BASE - status : status,
    .time = between (at->begun, monotonic_us ()),
    .login = between (at->begun, at->answered),
    .rendezvous = between (at->answered, at->connected),
    .start = between (at->connected, at->started), .rate_limit = rate_limit,
    .stage_count = run->stage_count, .channel_count = run->channel_count
  };
  stats.stages = xcalloc (run->stage_count, sizeof *stats.stages);
  stats.channels = xcalloc (run->channel_count, sizeof *stats.channels);
  for (size_t i = 0; i < run->stage_count; i++)
    fill_stage (&stats.stages[i], facts, hosts, i);
  for (size_t i = 0; i < run->channel_count; i++)
    fill_channel (&stats.channels[i], facts, monitor, i);
  bool good = write_all (fd, run->stats, &stats) == 0;
  int saved = errno;
  free (stats.stages);
  free (stats.channels);
  if (good)
    return status;
  complain ("cannot write statistics to %s: %s",
            run->stats_file ? quote (run->stats_file) : "standard error",
            strerror (saved));
  return status == 0 ? EXIT_OWN_FAILURE : status;
}
