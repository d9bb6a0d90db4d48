/* What the user sees of the flow while a run goes on.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "leader/view.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/diagnose.h"
#include "minmax.h"
#include "monotonic.h"
#include "leader/verdict.h"

/* Times, in ms.  */
enum
{
  SAMPLE_INTERVAL = 500,
  LINE_INTERVAL = 5000,         /* where there is no terminal */
  LAST_WORD = 2000              /* what the agent's may take */
};

/* Return the time on the loop's clock, in us.  */
static int64_t
now_us (struct view *view)
{
  struct events *events = &view->supervisor->events;
  events_now (events);
  return monotonic_us () - events->stood_still * 1000;
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
view_interval (struct run const *run)
{
  return run->progress || run->stats != STATS_NONE ? SAMPLE_INTERVAL : 0;
}

void
view_open (struct view *view, struct run const *run,
           struct supervisor *supervisor)
{
  *view = (struct view) {
    .open = true, .supervisor = supervisor,
    .metered = view_interval (run) != 0, .shown = run->progress,
    .input_shown = run->input_given,
    .output_shown = run->output_given || !run->input_given
  };
  unsigned first = run->input_given ? CHANNEL_INPUT : CHANNEL_OUTPUT;
  uint64_t size = run->size;
  if (size == 0 && run->input_given && run->input == NULL)
    size = input_size ();
  view->channels[first].size = size;
  if (view->shown)
    progress_open (&view->progress);
}

void
view_begin_channel (struct view *view, unsigned channel)
{
  flow_begin (&view->channels[channel].flow, now_us (view));
}

/* Return the meter that tells best how far CHANNEL is: that of the reading
   end; or else, if it counts, that of the writing end.  */
static struct meter const *
best_meter (struct view const *view, unsigned number)
{
  struct view_channel const *channel = &view->channels[number];
  bool writer = view->supervisor->ends[number].channel.writer;
  struct meter const *reader = writer ? &channel->there : &channel->here;
  struct meter const *other = writer ? &channel->here : &channel->there;
  return reader->counted || !other->counted ? reader : other;
}

/* Look how far CHANNEL is now.  */
static void
sample (struct view *view, unsigned number)
{
  struct view_channel *channel = &view->channels[number];
  if (!channel->flow.begun)
    return;
  meter_read (view->supervisor, number, &channel->here);
  struct meter const *best = best_meter (view, number);
  if (best->counted)
    flow_add (&channel->flow, now_us (view), best->bytes);
}

static void
sample_all (struct view *view)
{
  for (unsigned i = 0; i < view->supervisor->channel_count; i++)
    sample (view, i);
}

/* Write to LINE how far it is; at most WIDTH columns of it unless that is
   0.  */
static void
describe (struct view *view, char *line, int width, bool over)
{
  static char const *const names[CHANNELS_MAX] = {
    [CHANNEL_INPUT] = "input", [CHANNEL_OUTPUT] = "output"
  };
  static unsigned const order[CHANNELS_MAX]
    = { CHANNEL_INPUT, CHANNEL_OUTPUT };
  struct progress_item items[CHANNELS_MAX];
  size_t count = 0;
  for (int i = 0; i < CHANNELS_MAX; i++)
    {
      struct view_channel *channel = &view->channels[order[i]];
      bool shown = (order[i] == CHANNEL_INPUT ? view->input_shown
                    : view->output_shown || 0 < channel->flow.bytes);
      if (shown)
        items[count++] = (struct progress_item) {
          .name = names[order[i]], .flow = &channel->flow,
          .size = channel->size
        };
    }
  int64_t now = now_us (view);
  progress_line (line, items, count, now - view->start, now, width, over);
}

static void
draw (struct view *view, bool over)
{
  char line[PROGRESS_MAX];
  if (!view->shown || !view->progress.terminal || !view->begun
      || progress_hidden (&view->progress))
    return;
  describe (view, line, progress_width (&view->progress), over);
  progress_draw (&view->progress, line);
}

static void
tick (void *context)
{
  struct view *view = context;
  sample_all (view);
  draw (view, false);
  timer_set (&view->supervisor->events, &view->sample_timer, SAMPLE_INTERVAL,
             tick, view);
}

static void
print_line (struct view *view, bool over)
{
  char line[PROGRESS_MAX];
  describe (view, line, 0, over);
  answer ("%s", line);
}

static void
tick_line (void *context)
{
  struct view *view = context;
  print_line (view, false);
  timer_set (&view->supervisor->events, &view->line_timer, LINE_INTERVAL,
             tick_line, view);
}

void
view_begin (struct view *view)
{
  struct events *events = &view->supervisor->events;
  view->begun = true;
  view->start = now_us (view);
  if (view->metered)
    timer_set (events, &view->sample_timer, SAMPLE_INTERVAL, tick, view);
  if (view->shown && !view->progress.terminal)
    timer_set (events, &view->line_timer, LINE_INTERVAL, tick_line, view);
}

bool
view_take (struct view *view, struct message const *message)
{
  uint64_t number;
  if (!view->metered || !message_number (message, KEY_CHANNEL, &number)
      || view->supervisor->channel_count <= number)
    return false;
  struct view_channel *channel = &view->channels[number];
  view->heard = true;
  meter_get (&channel->there, message);
  if (view->supervisor->ends[number].channel.writer)
    sample (view, number);
  /* Its last word, where nothing else is known.  */
  struct meter const *best = best_meter (view, number);
  if (channel->flow.over && !channel->exact && best->counted
      && channel->flow.bytes < best->bytes)
    flow_correct (&channel->flow, best->bytes);
  return true;
}

void
view_notice (struct view *view, enum notice notice)
{
  if (notice == NOTICE_SIZE)
    {
      draw (view, false);
      return;
    }
  sample_all (view);
  if (view->begun)
    print_line (view, false);
  else
    answer ("no data yet: the commands have not all started");
}

/* Return which end of CHANNEL, which is over, knows exactly how much its
   reader got; NULL if neither does.  */
static struct channel_end const *
exact_end (struct channel const *channel)
{
  struct channel_end const *reader = (channel->writer ? &channel->peer
                                      : &channel->own);
  struct channel_end const *writer = (channel->writer ? &channel->own
                                      : &channel->peer);
  if (reader->outcome != OUTCOME_COMPLETE)
    return NULL;
  if (reader->counted)
    return reader;
  return writer->counted && writer->outcome == OUTCOME_CLEAN ? writer : NULL;
}

void
view_look (struct view *view)
{
  for (unsigned i = 0; i < view->supervisor->channel_count; i++)
    {
      struct channel const *channel = &view->supervisor->ends[i].channel;
      struct flow *flow = &view->channels[i].flow;
      if (!flow->begun || flow->over
          || channel->own.outcome == OUTCOME_OPEN
          || channel->peer.outcome == OUTCOME_OPEN)
        continue;
      sample (view, i);
      /* This is exact, and may be faster than the agent's last word.  */
      struct channel_end const *exact = exact_end (channel);
      if (exact)
        flow_add (flow, now_us (view), exact->bytes);
      flow_end (flow, now_us (view));
      if (exact)
        flow_correct (flow, exact->bytes);
      view->channels[i].exact = exact != NULL;
    }
}

static void
give_up (void *context)
{
  struct view *view = context;
  view->gave_up = true;
}

bool
view_waits (struct view *view)
{
  bool complete = true;
  for (unsigned i = 0; i < view->supervisor->channel_count; i++)
    complete = complete && view->channels[i].there.last;
  if (!view->heard || complete || view->gave_up)
    return false;
  if (!view->last_timer.set)
    timer_set (&view->supervisor->events, &view->last_timer, LAST_WORD,
               give_up, view);
  return true;
}

struct view_account
view_account (struct view const *view, unsigned number)
{
  struct view_channel const *channel = &view->channels[number];
  struct flow const *flow = &channel->flow;
  struct meter const *writer = (view->supervisor->ends[number].channel.writer
                                ? &channel->here : &channel->there);
  struct view_account account = {
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
  /* When all has arrived, it is the reader alone who takes his time.  */
  int64_t arrived = waits_total (&account.waits);
  if (0 < flow->bytes && arrived < account.time)
    account.waits.on[WAIT_READER] += account.time - arrived;
  account.time = MAX (account.time, arrived);
  return account;
}

void
view_close (struct view *view)
{
  if (!view->open)
    return;
  view->open = false;
  timer_clear (&view->supervisor->events, &view->sample_timer);
  timer_clear (&view->supervisor->events, &view->line_timer);
  timer_clear (&view->supervisor->events, &view->last_timer);
  if (!view->shown)
    return;
  if (view->begun && !view->progress.terminal)
    print_line (view, true);
  else if (view->begun)
    draw (view, true);
  progress_close (&view->progress);
}
