/* The side that the user starts: the statistics of the run.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "leader/local-run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cloexec.h"
#include "base/diagnose.h"
#include "minmax.h"
#include "monotonic.h"
#include "quote.h"
#include "report/stats.h"

bool
local_open_stats (struct local *l, struct run const *run)
{
  l->stats_fd = -1;
  if (run->stats == STATS_NONE)
    return true;
  if (run->stats_file == NULL)
    l->stats_fd = dup_cloexec (STDERR_FILENO);
  else
    /* Emptied at once, so that nobody takes old figures for new ones.  */
    l->stats_fd = open (run->stats_file,
                        O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (0 <= l->stats_fd)
    return true;
  complain ("cannot write statistics to %s: %s",
            run->stats_file ? quote (run->stats_file) : "standard error",
            strerror (errno));
  return false;
}

/* Return the time from BEFORE to AFTER, or -1 unless both have been.  Of what
   happens in the same moment, either may be seen first.  */
static int64_t
between (int64_t before, int64_t after)
{
  return before == 0 || after == 0 ? -1 : MAX (0, after - before);
}

/* Add the stage of PLACE in the verdict, called ROLE, with COMMAND on
   HOST.  */
static void
add_stage (struct local const *l, struct stats *stats, int place,
           char const *role, char **command, char const *host)
{
  stats->stages[stats->stage_count++] = (struct stats_stage) {
    .role = role, .command = command, .host = host,
    .result = &l->verdict.results[place]
  };
}

static char const *
route_name (struct channel const *channel)
{
  if (channel->carried)
    return "login";
  if (*channel->here == '\0')
    return NULL;
  return channel->accepted ? "remote-to-local" : "local-to-remote";
}

/* Return what encrypts CHANNEL, or NULL where it is the login.  */
static char const *
encryption_name (struct channel const *channel)
{
  if (channel->carried || *channel->here == '\0')
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

/* Add channel NUMBER, from the last stage that was added to the next.  */
static void
add_channel (struct local const *l, struct stats *stats, unsigned number)
{
  struct channel const *channel = &l->session.s.ends[number].channel;
  struct view_account account = view_account (&l->view, number);
  struct meter const *writer = (channel->writer
                                ? &l->view.channels[number].here
                                : &l->view.channels[number].there);
  struct stats_channel *s = &stats->channels[stats->channel_count++];
  *s = (struct stats_channel) {
    .from = stats->stage_count - 1, .to = stats->stage_count,
    .route = route_name (channel), .counted = account.counted,
    .bytes = account.bytes, .time = account.time, .waits = account.waits,
    .round_trip = writer->round_trip != 0 ? (int64_t) writer->round_trip : -1,
    .retransmitted_known = writer->retransmitted_known,
    .retransmitted = writer->retransmitted,
    .encryption = encryption_name (channel)
  };
  if (*channel->here != '\0')
    {
      s->writer_address = channel->writer ? channel->here : channel->there;
      s->reader_address = channel->writer ? channel->there : channel->here;
    }
}

static void
gather (struct local const *l, struct stats *stats, char const *here,
        int status)
{
  struct run const *run = l->session.run;
  *stats = (struct stats) {
    .version = PACKAGE_VERSION, .status = status,
    .time = between (l->begun, monotonic_us ()),
    .login = between (l->begun, l->answered),
    .rendezvous = between (l->answered, l->connected),
    .start = between (l->connected, l->started),
    .rate_limit = l->session.s.tuning.rate_limit
  };
  if (l->input)
    {
      add_stage (l, stats, INPUT, "input", run->input, here);
      add_channel (l, stats, CHANNEL_INPUT);
    }
  add_stage (l, stats, REMOTE, "remote", run->remote, l->session.host);
  add_channel (l, stats, CHANNEL_OUTPUT);
  add_stage (l, stats, OUTPUT, "output", run->output, here);
}

int
local_write_stats (struct local *l, int status)
{
  struct run const *run = l->session.run;
  struct stats stats;
  struct utsname system;
  if (l->stats_fd < 0)
    return status;
  char const *here = 0 <= uname (&system) ? system.nodename : NULL;
  gather (l, &stats, here, status < 0 ? EXIT_SIGNAL_BASE - status : status);
  FILE *file = fdopen (l->stats_fd, "w");
  bool good = file != NULL;
  if (good)
    {
      if (run->stats == STATS_JSON)
        stats_write_json (file, &stats);
      else
        stats_write_text (file, &stats);
      good = !ferror (file);
      good = fclose (file) == 0 && good;
      l->stats_fd = -1;
    }
  if (good)
    return status;
  complain ("cannot write statistics to %s: %s",
            run->stats_file ? quote (run->stats_file) : "standard error",
            strerror (errno));
  return status == 0 ? EXIT_OWN_FAILURE : status;
}
