/* What the user sees of the flow while a run is in progress.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "leader/monitor.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diagnose.h"
#include "minmax.h"
#include "monotonic.h"
#include "xalloc.h"

/* Times, in ms.  */
enum
{
  SAMPLE_INTERVAL = 500,
  LINE_INTERVAL = 5000,         /* where there is no terminal */
  LAST_WORD = 2000              /* what the workers' may take */
};

/* Return the time on the loop's clock, in us.  */
static int64_t
now_us (struct monitor *m)
{
  events_now (m->events);
  return monotonic_us () - m->events->stood_still * 1000;
}

/* Return how many bytes are to come from our standard input, or 0 when it is
   no regular file.  */
static uint64_t
input_size (void)
{
  struct stat status;
  off_t at = lseek (STDIN_FILENO, 0, SEEK_CUR);
  return (fstat (STDIN_FILENO, &status) == 0 && S_ISREG (status.st_mode)
          && 0 <= at && at < status.st_size ? status.st_size - at : 0);
}

int64_t
monitor_interval (struct run const *run)
{
  return run->progress || run->stats != STATS_NONE ? SAMPLE_INTERVAL : 0;
}

void
monitor_open (struct monitor *m, struct events *events,
              struct run const *run)
{
  *m = (struct monitor) {
    .open = true, .events = events, .run = run,
    .metered = monitor_interval (run) != 0, .shown = run->progress
  };
  m->channels = xcalloc (run->channel_count, sizeof *m->channels);
  uint64_t size = run->size;
  if (size == 0 && run->stages[0].kind == STAGE_STDIN)
    size = input_size ();
  m->channels[0].size = size;
  if (m->shown)
    progress_open (&m->progress);
}

void
monitor_begin_channel (struct monitor *m, unsigned channel)
{
  struct flow *flow = &m->channels[channel].flow;
  if (!flow->begun)
    flow_begin (flow, now_us (m));
}

/* Return the meter that tells best how far CHANNEL is: that of the reading
   end; or else, if it counts, that of the writing end.  */
static struct meter const *
best_meter (struct monitor_channel const *channel)
{
  struct meter const *reader = &channel->ends[READER_END];
  struct meter const *writer = &channel->ends[WRITER_END];
  return reader->counted || !writer->counted ? reader : writer;
}

/* Write to LINE how far it is; at most WIDTH columns of it unless that is
   0.  */
static void
describe (struct monitor *m, char *line, int width, bool over)
{
  size_t count = 0;
  struct progress_item *items = xnmalloc (m->run->channel_count,
                                          sizeof *items);
  for (size_t i = 0; i < m->run->channel_count; i++)
    {
      struct run_channel const *channel = &m->run->channels[i];
      /* What nobody asked for is shown when there is something.  */
      if (m->run->stages[channel->reader].implied
          && 1 < m->run->channel_count && m->channels[i].flow.bytes == 0)
        continue;
      items[count++] = (struct progress_item) {
        .name = channel->name, .flow = &m->channels[i].flow,
        .size = m->channels[i].size
      };
    }
  int64_t now = now_us (m);
  progress_line (line, items, count, now - m->start, now, width, over);
  free (items);
}

static void
draw (struct monitor *m, bool over)
{
  char line[PROGRESS_MAX];
  if (!m->shown || !m->progress.terminal || !m->begun
      || progress_hidden (&m->progress))
    return;
  describe (m, line, progress_width (&m->progress), over);
  progress_draw (&m->progress, line);
}

static void
tick (void *context)
{
  struct monitor *m = context;
  draw (m, false);
  timer_set (m->events, &m->draw_timer, SAMPLE_INTERVAL, tick, m);
}

static void
print_line (struct monitor *m, bool over)
{
  char line[PROGRESS_MAX];
  describe (m, line, 0, over);
  answer ("%s", line);
}

static void
tick_line (void *context)
{
  struct monitor *m = context;
  print_line (m, false);
  timer_set (m->events, &m->line_timer, LINE_INTERVAL, tick_line, m);
}

void
monitor_begin (struct monitor *m)
{
  m->begun = true;
  m->start = now_us (m);
  if (m->shown && m->progress.terminal)
    timer_set (m->events, &m->draw_timer, SAMPLE_INTERVAL, tick, m);
  if (m->shown && !m->progress.terminal)
    timer_set (m->events, &m->line_timer, LINE_INTERVAL, tick_line, m);
}

void
monitor_on_meter (struct monitor *m, unsigned number, int end, bool here,
                  struct message const *message)
{
  struct monitor_channel *channel = &m->channels[number];
  struct flow *flow = &channel->flow;
  m->heard = m->heard || !here;
  meter_get (&channel->ends[end], message);
  struct meter const *best = best_meter (channel);
  if (!best->counted || !flow->begun)
    return;
  if (!flow->over)
    flow_add (flow, now_us (m), best->bytes);
  /* The last word, where nothing else is known.  */
  else if (!channel->exact && flow->bytes < best->bytes)
    flow_correct (flow, best->bytes);
}

bool
monitor_on_notice (struct monitor *m, enum notice notice)
{
  if (notice == NOTICE_SIZE)
    draw (m, false);
  else if (!m->begun)
    answer ("no data yet: the commands have not all started");
  else
    m->asked = true;
  return m->asked;
}

void
monitor_answer (struct monitor *m)
{
  if (m->asked)
    print_line (m, false);
  m->asked = false;
}

/* Return which of ENDS knows exactly how much its channel's reader got; NULL
   if neither does.  */
static struct channel_end const *
exact_end (struct channel_end const *ends)
{
  struct channel_end const *reader = &ends[READER_END];
  struct channel_end const *writer = &ends[WRITER_END];
  if (reader->outcome != OUTCOME_COMPLETE)
    return NULL;
  if (reader->counted)
    return reader;
  return writer->counted && writer->outcome == OUTCOME_CLEAN ? writer : NULL;
}

void
monitor_end_channel (struct monitor *m, unsigned number,
                     struct channel_end const *ends)
{
  struct monitor_channel *channel = &m->channels[number];
  struct flow *flow = &channel->flow;
  channel->over = true;
  if (!flow->begun || flow->over)
    return;
  /* This is exact, and may be faster than the last meter.  */
  struct channel_end const *exact = exact_end (ends);
  if (exact)
    flow_add (flow, now_us (m), exact->bytes);
  flow_end (flow, now_us (m));
  if (exact)
    flow_correct (flow, exact->bytes);
  channel->exact = exact != NULL;
}

static void
give_up (void *context)
{
  struct monitor *m = context;
  m->gave_up = true;
}

bool
monitor_waits (struct monitor *m)
{
  bool complete = true;
  for (size_t i = 0; i < m->run->channel_count; i++)
    complete = (complete && m->channels[i].ends[READER_END].last
                && m->channels[i].ends[WRITER_END].last);
  if (!m->metered || !m->heard || complete || m->gave_up)
    return false;
  if (!m->last_timer.set)
    timer_set (m->events, &m->last_timer, LAST_WORD, give_up, m);
  return true;
}

struct monitor_account
monitor_account (struct monitor const *m, unsigned number)
{
  struct monitor_channel const *channel = &m->channels[number];
  struct flow const *flow = &channel->flow;
  struct meter const *writer = &channel->ends[WRITER_END];
  struct monitor_account account = {
    .counted = flow->counted, .bytes = flow->bytes, .time = -1
  };
  if (!flow->begun)
    return account;
  account.time = flow->moved - flow->start;
  if (flow->bytes == 0)
    account.time = flow->over ? flow->end - flow->start : -1;
  if (!writer->waits_known)
    return account;

  account.waits = (struct waits) {
    .known = true,
    .on = {
      [WAIT_WRITER] = writer->wait_writer,
      [WAIT_NETWORK] = writer->wait_network,
      [WAIT_BUFFER] = writer->wait_buffer,
      [WAIT_READER] = writer->wait_reader
    }
  };
  /* When all has arrived, the channel waits for the reader alone.  */
  int64_t arrived = waits_total (&account.waits);
  if (0 < flow->bytes && arrived < account.time)
    account.waits.on[WAIT_READER] += account.time - arrived;
  account.time = MAX (account.time, arrived);
  return account;
}

void
monitor_close (struct monitor *m)
{
  if (!m->open)
    return;
  m->open = false;
  timer_clear (m->events, &m->draw_timer);
  timer_clear (m->events, &m->line_timer);
  timer_clear (m->events, &m->last_timer);
  if (!m->shown)
    return;
  if (m->begun && !m->progress.terminal)
    print_line (m, true);
  else if (m->begun)
    draw (m, true);
  progress_close (&m->progress);
}

void
monitor_free (struct monitor *m)
{
  monitor_close (m);
  free (m->channels);
  m->channels = NULL;
}
