/* What one host does in a run: its stages, and its ends of the channels.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "worker/worker.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/record-relay.h"
#include "data/relay.h"
#include "socket-half.h"
#include "worker/attach.h"
#include "worker/ends.h"
#include "worker/metering.h"
#include "worker/stages.h"
#include "worker/watch.h"
#include "xalloc.h"


static void
say (struct worker *w, struct message_builder *message)
{
  w->lent.say (w->lent.context, message);
}

/* Say that the leader has sent what cannot be, for the reason WHY.  */
static void
refuse (struct worker *w, char const *why)
{
  char text[120];
  snprintf (text, sizeof text, "bad message: %s", why);
  worker_fail (w, NULL, ERROR_OTHER, text);
}


/* Stages and ends.  */

static struct worker_stage *
find_stage (struct worker *w, struct message const *message)
{
  uint64_t number;
  if (message_number (message, KEY_STAGE, &number))
    for (size_t i = 0; i < w->stage_count; i++)
      if (w->stages[i].task.number == number)
        return &w->stages[i];
  return NULL;
}

static struct link *
find_link (struct worker *w, struct message const *message)
{
  uint64_t number;
  if (message_number (message, KEY_LINK, &number))
    for (size_t i = 0; i < w->link_count; i++)
      if (w->links[i]->task.number == number)
        return w->links[i];
  return NULL;
}

/* Channels.  */

static void
send_about_link (void *context, struct message_builder *message)
{
  say (context, message);
}

/* Say that the channel of END is connected, for the user to read.  */
static void
say_connected (struct worker *w, struct worker_end const *end)
{
  struct channel const *channel = &end->end.channel;
  struct message_builder message;
  message_begin (&message, MESSAGE_CONNECTED);
  message_add_number (&message, KEY_LINK, end->link->task.number);
  message_add_number (&message, KEY_CHANNEL, end->end.number);
  message_add_number (&message, KEY_CARRIED, channel->carried);
  if (!channel->carried)
    {
      message_add_number (&message, KEY_ACCEPTED, channel->accepted);
      message_add_number (&message, KEY_MULTIPATH, channel->multipath);
      message_add_number (&message, KEY_ENCRYPT, channel->mode);
      message_add_text (&message, KEY_HERE, channel->here);
      message_add_text (&message, KEY_THERE, channel->there);
    }
  say (w, &message);
}

/* END is connected: go on.  */
static void
after_connection (struct worker *w, struct worker_end *end)
{
  /* The other end would cost a message that has to travel.  */
  if (!end->link->task.decider)
    say_connected (w, end);
  stages_start_ready (w);
}

static void
on_connected (void *context, struct link *link, unsigned number,
              struct connection const *connection)
{
  struct worker *w = context;
  struct worker_end *end = worker_end_of (w, number);
  if (end == NULL)
    return;
  struct channel *channel = &end->end.channel;
  if (channel_take (channel, connection, w->task.dead_peer) != 0)
    {
      char why[200];
      snprintf (why, sizeof why, "cannot prepare a connection: %s",
                strerror (errno));
      worker_fail (w, link, ERROR_OTHER, why);
      return;
    }
  /* One that reads its own standard output would wait for ever.  With several
     paths Linux resets the connection for this.  */
  if (channel->writer && channel->mode != SECURE_KERNEL
      && !channel->multipath)
    socket_stop_reading (channel->fd);
  if (channel_is_relayed (channel))
    chain_add (&end->end.chain, channel->writer ? "encrypting" : "decrypting",
               channel->writer ? record_seal_relay : record_open_relay,
               &channel->keys);
  ends_connected (w, end, &socket_transport);
  after_connection (w, end);
}

static int
on_carry (void *context, struct link *link, unsigned number)
{
  struct worker *w = context;
  struct worker_end *end = worker_end_of (w, number);
  if (end == NULL)
    return -1;
  struct channel *channel = &end->end.channel;
  struct worker_stage const *stage = worker_stage_on (w, number);
  struct mux *mux = w->lent.mux (w->lent.context, link->task.number);
  enum stage_pipe pipe = (!channel->writer ? STAGE_PIPE_READER
                          : stage && worker_stage_is_filter (stage)
                          ? STAGE_PIPE_FILTER : STAGE_PIPE_WRITER);
  if (mux_open (mux, number, pipe, &channel->fd) != 0)
    return -1;
  channel->carried = true;
  end->end.mux = mux;
  ends_connected (w, end, &mux_transport);
  return 0;
}

static void
on_carried (void *context, unsigned number)
{
  struct worker *w = context;
  struct worker_end *end = worker_end_of (w, number);
  if (end)
    after_connection (w, end);
}

static void
on_link_failed (void *context, struct link *link, enum error_code code,
                char const *why)
{
  worker_fail (context, link, code, why);
}


/* The task.  */

/* Let STAGE have an end of channel NUMBER, if it is one.  */
static void
add_end (struct worker *w, int number, bool writer)
{
  if (number == NO_CHANNEL)
    return;
  struct worker_end *end = xzalloc (sizeof *end);
  end_init (&end->end, number, writer);
  w->ends = xnrealloc (w->ends, w->end_count + 1, sizeof *w->ends);
  w->ends[w->end_count++] = end;
}

/* Make STAGE of what *TASK says, whose contents it takes over.  */
static void
add_stage (struct worker *w, struct task_stage *task)
{
  w->stages = xnrealloc (w->stages, w->stage_count + 1, sizeof *w->stages);
  struct worker_stage *stage = &w->stages[w->stage_count++];
  *stage = (struct worker_stage) {
    .task = *task,
    .stage = {
      .role = task->role, .argv = task->argv, .exec_fd = -1,
      .relay = (task->kind == STAGE_STDIN ? relay_input
                : task->kind == STAGE_STDOUT ? relay_output : NULL)
    }
  };
  *task = (struct task_stage) { .argv = NULL };
  add_end (w, stage->task.in, false);
  add_end (w, stage->task.out, true);
}

/* Return whether each channel of LINK has an end here, without a link yet.  */
static bool
has_ends (struct worker *w, struct task_link const *link)
{
  for (unsigned i = 0; i < link->channel_count; i++)
    {
      struct worker_end const *end = worker_end_of (w, link->channels[i]);
      if (end == NULL || end->link != NULL)
        return false;
    }
  return true;
}

/* Return whether END is that of a channel of LINK.  */
static bool
is_on_link (struct worker_end const *end, struct task_link const *link)
{
  for (unsigned i = 0; i < link->channel_count; i++)
    if (link->channels[i] == end->end.number)
      return true;
  return false;
}

/* Open a link as *TASK says, whose contents it takes over.  */
static void
add_link (struct worker *w, struct task_link *task)
{
  struct link_hooks const hooks = {
    .context = w, .send = send_about_link, .connected = on_connected,
    .carry = on_carry, .carried = on_carried, .failed = on_link_failed
  };
  if (!has_ends (w, task))
    {
      refuse (w, "a link of no channels");
      task_link_free (task);
      return;
    }
  struct link *link = xzalloc (sizeof *link);
  w->links = xnrealloc (w->links, w->link_count + 1, sizeof *w->links);
  w->links[w->link_count++] = link;
  /* Between two remote hosts no MESSAGE_START says what is not counted: one of
     them sees to it.  */
  bool counts = (w->task.meter != 0 && w->lent.by_login && !task->to_leader
                 && !task->decider);
  for (size_t i = 0; i < w->end_count; i++)
    if (is_on_link (w->ends[i], task))
      {
        w->ends[i]->link = link;
        w->ends[i]->needs_count = counts;
      }
  struct link_lent const lent = {
    .events = &w->lent.process->events, .net = &w->task.net,
    .own = &w->encryption, .early = w->lent.early,
    .by_login = w->lent.by_login
  };
  link_open (link, task, &lent, &hooks);
}

/* Return whether this host can do what the task asks for; if not, this has
   been said.  */
static bool
is_possible (struct worker *w)
{
  char why[400];
  char const *cannot = encryption_find (&w->encryption, w->task.encrypt,
                                        w->task.net.socket.multipath);
  bool possible = cannot == NULL;
  if (cannot)
    snprintf (why, sizeof why, "encrypt: %s", cannot);
  else
    possible = endpoint_possible (&w->task.net.socket, w->task.net.family,
                                  why, sizeof why);
  for (size_t i = 0; possible && i < w->stage_count; i++)
    possible = tuning_possible (&w->stages[i].task.tuning, why, sizeof why);
  if (!possible)
    worker_fail (w, NULL, ERROR_UNABLE, why);
  return possible;
}

static void
on_task (struct worker *w, struct message const *message)
{
  if (w->has_task)
    {
      refuse (w, "a second task");
      return;
    }
  char const *wrong = task_get (&w->task, message);
  if (wrong)
    {
      refuse (w, wrong);
      task_free (&w->task);
      return;
    }
  w->has_task = true;
  for (size_t i = 0; i < w->task.stage_count; i++)
    add_stage (w, &w->task.stages[i]);
  watch_peers (w);
  for (size_t i = 0; is_possible (w) && i < w->task.link_count && !w->failed;
       i++)
    add_link (w, &w->task.links[i]);
  if (!w->failed)
    stages_start_ready (w);
}

static void
on_link (struct worker *w, struct message const *message)
{
  struct task_link task;
  struct link *link = find_link (w, message);
  if (link)
    {
      link_on_message (link, message);
      return;
    }
  char const *wrong = task_get_link (&task, message);
  if (wrong == NULL && w->has_task)
    add_link (w, &task);
  else
    {
      refuse (w, wrong ? wrong : "a link before the task");
      task_link_free (&task);
    }
}

/* MESSAGE is about a link: its other end's.  */
static void
on_link_message (struct worker *w, struct message const *message)
{
  struct link *link = find_link (w, message);
  if (link)
    link_on_message (link, message);
  else
    refuse (w, "about no link");
}

/* Return the end of the channel whose number FIELD has; NULL when there is
   none here.  */
static struct worker_end *
end_in (struct worker *w, struct field const *field)
{
  uint64_t number;
  return (field_number (field, &number) && number <= CHANNEL_NUMBER_MAX
          ? worker_end_of (w, number) : NULL);
}

/* Return the end of the channel that MESSAGE is about, or NULL.  */
static struct worker_end *
find_end (struct worker *w, struct message const *message)
{
  struct field field = { .bytes = NULL };
  return (message_next (message, KEY_CHANNEL, &field) ? end_in (w, &field)
          : NULL);
}

static void
on_start (struct worker *w, struct message const *message)
{
  struct worker_stage *stage = find_stage (w, message);
  struct field field = { .bytes = NULL };
  if (stage == NULL)
    {
      refuse (w, "a start of no stage");
      return;
    }
  while (message_next (message, KEY_CHANNEL, &field))
    {
      struct worker_end *end = end_in (w, &field);
      if (end)
        end->needs_count = true;
    }
  stage->released = true;
  stages_start_ready (w);
}

/* A stage at the other end of channels of ours has been started.  */
static void
on_started (struct worker *w, struct message const *message)
{
  struct field field = { .bytes = NULL };
  while (message_next (message, KEY_CHANNEL, &field))
    {
      struct worker_end *end = end_in (w, &field);
      if (end && end->link)
        link_chosen (end->link);
    }
}

static void
on_channel_end (struct worker *w, struct message const *message)
{
  struct channel_end peer;
  struct worker_end *end = find_end (w, message);
  if (end == NULL || !channel_end_get (&peer, !end->end.channel.writer,
                                       message))
    {
      refuse (w, "an end of no channel");
      return;
    }
  ends_peer (w, end, &peer);

  /* A relay that waits for our standard input would not notice.  */
  struct worker_stage const *stage = worker_stage_on (w, end->end.number);
  if (end->end.channel.writer && stage->stage.relay
      && worker_stage_runs (stage))
    stage_signal (&stage->stage, SIGPIPE);
  metering_look (w);
}

static void
on_credit (struct worker *w, struct message const *message)
{
  struct worker_end *end = find_end (w, message);
  /* It may come before the writing end is opened.  */
  if (end == NULL || end->link == NULL
      || !mux_credit (w->lent.mux (w->lent.context, end->link->task.number),
                      message))
    refuse (w, "credit for no channel");
}

static void
on_stop (struct worker *w, struct message const *message)
{
  uint64_t sig, grace, cut;
  if (!message_number (message, KEY_SIGNAL, &sig)
      || (sig != SIGINT && sig != SIGHUP && sig != SIGQUIT))
    sig = SIGTERM;
  if (!message_number (message, KEY_GRACE, &grace) || 60000 < grace)
    grace = 0;
  if (!message_number (message, KEY_CUT, &cut))
    cut = 1;
  worker_end (w, sig, grace, cut);
}

void
worker_take (struct worker *w, struct message const *message)
{
  uint64_t rate;
  switch (message->type)
    {
    case MESSAGE_TASK:
      on_task (w, message);
      break;
    case MESSAGE_LINK:
      on_link (w, message);
      break;
    case MESSAGE_OFFER:
    case MESSAGE_TRIED:
    case MESSAGE_ROUTE:
    case MESSAGE_ERROR:
      on_link_message (w, message);
      break;
    case MESSAGE_START:
      on_start (w, message);
      break;
    case MESSAGE_STARTED:
      on_started (w, message);
      break;
    case MESSAGE_CHANNEL_END:
      on_channel_end (w, message);
      break;
    case MESSAGE_CREDIT:
      on_credit (w, message);
      break;
    case MESSAGE_METER:
      metering_say_all (w);
      break;
    case MESSAGE_RATE:
      if (message_number (message, KEY_RATE_LIMIT, &rate) && 0 < rate)
        attach_limit_rate (w, rate);
      break;
    case MESSAGE_STOP:
      on_stop (w, message);
      break;
    default:
      refuse (w, "not for a worker");
    }
}


/* Both.  */

bool
worker_has_started (struct worker const *w)
{
  for (size_t i = 0; i < w->stage_count; i++)
    if (w->stages[i].stage.state != STAGE_IDLE)
      return true;
  return false;
}

void
worker_open (struct worker *w, struct worker_lent const *lent)
{
  *w = (struct worker) { .lent = *lent };
}

struct mux_out_hooks
worker_mux_hooks (struct worker *w)
{
  return ends_mux_hooks (w);
}

void
worker_close (struct worker *w)
{
  struct events *events = &w->lent.process->events;
  struct timer *const timers[] = {
    &w->watch_timer, &w->pace_timer, &w->end_timer, &w->tick_timer,
    &w->look_timer, &w->meter_timer
  };
  for (size_t i = 0; i < sizeof timers / sizeof *timers; i++)
    timer_clear (events, timers[i]);
  for (size_t i = 0; i < w->link_count; i++)
    {
      link_close (w->links[i]);
      free (w->links[i]);
    }
  for (size_t i = 0; i < w->end_count; i++)
    {
      end_close (&w->ends[i]->end);
      free (w->ends[i]);
    }
  for (size_t i = 0; i < w->stage_count; i++)
    {
      free (w->stages[i].task.role);
      texts_free (w->stages[i].task.argv);
    }
  free (w->stages);
  free (w->links);
  free (w->ends);
  task_free (&w->task);
}
