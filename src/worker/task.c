/* What one host has to do in a run: its stages and its links.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "worker/task.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "xalloc.h"

/* More frequent meters are of no use, in ms.  */
enum { METER_LEAST = 100 };

static void
put_tuning (struct tuning const *tuning, struct message_builder *message)
{
  if (tuning->rate_limit != 0)
    message_add_number (message, KEY_RATE_LIMIT, tuning->rate_limit);
  if (tuning->block_size != 0)
    message_add_number (message, KEY_BLOCK_SIZE, tuning->block_size);
  if (tuning->buffer != 0)
    {
      message_add_number (message, KEY_BUFFER, tuning->buffer);
      message_add_number (message, KEY_START_AT, tuning->start_at);
    }
}

static void
put_stage (struct task_stage const *stage, struct message_builder *message)
{
  message_add_number (message, KEY_STAGE, stage->number);
  message_add_number (message, KEY_KIND, stage->kind);
  message_add_text (message, KEY_ROLE, stage->role);
  for (char **word = stage->argv; word && *word; word++)
    message_add_text (message, KEY_ARGUMENT, *word);
  if (stage->in != NO_CHANNEL)
    message_add_number (message, KEY_INPUT, stage->in);
  if (stage->out != NO_CHANNEL)
    message_add_number (message, KEY_OUTPUT, stage->out);
  if (stage->hold)
    message_add_number (message, KEY_HOLD, 1);
  put_tuning (&stage->tuning, message);
}

void
task_put_link (struct task_link const *link, struct message_builder *message)
{
  message_add_number (message, KEY_LINK, link->number);
  message_add (message, KEY_SECRET, link->secret, SECRET_SIZE);
  message_add_number (message, KEY_DECIDER, link->decider);
  message_add_number (message, KEY_FALLBACK, link->fallback);
  message_add_number (message, KEY_LISTEN, link->listen);
  message_add_number (message, KEY_DIAL, link->dial);
  message_add_number (message, KEY_TO_LEADER, link->to_leader);
  if (link->port_low != 0)
    {
      message_add_number (message, KEY_PORT_LOW, link->port_low);
      message_add_number (message, KEY_PORT_HIGH, link->port_high);
    }
  if (link->timeout != 0)
    message_add_number (message, KEY_TIMEOUT, link->timeout);
  if (link->address)
    message_add_text (message, KEY_HOST, link->address);
  for (unsigned i = 0; i < link->channel_count; i++)
    message_add_number (message, KEY_CHANNEL, link->channels[i]);
  if (0 < link->offer_length)
    message_add (message, KEY_OFFER, link->offer, link->offer_length);
}

void
task_put (struct task const *task, struct message_builder *message)
{
  message_add_number (message, KEY_DEAD_PEER, task->dead_peer);
  if (task->strict)
    message_add_number (message, KEY_STRICT, 1);
  if (0 <= task->wait_for_writers)
    message_add_number (message, KEY_WAIT_FOR_WRITERS,
                        task->wait_for_writers);
  if (0 <= task->name_after)
    message_add_number (message, KEY_NAME_AFTER, task->name_after);
  if (task->meter != 0)
    message_add_number (message, KEY_METER, task->meter);
  if (task->encrypt != ENCRYPT_NONE)
    message_add_number (message, KEY_ENCRYPT, task->encrypt);
  if (task->net.family != 0)
    message_add_number (message, KEY_FAMILY, task->net.family);
  if (task->net.socket.multipath)
    message_add_number (message, KEY_MULTIPATH, 1);
  if (task->net.socket.marked)
    message_add_number (message, KEY_DSCP, task->net.socket.dscp);
  if (task->net.socket.congestion)
    message_add_text (message, KEY_CONGESTION, task->net.socket.congestion);
  for (size_t i = 0; i < task->stage_count; i++)
    {
      message_begin_nested (message, KEY_STAGE);
      put_stage (&task->stages[i], message);
      message_end_nested (message);
    }
  for (size_t i = 0; i < task->link_count; i++)
    {
      message_begin_nested (message, KEY_LINK);
      task_put_link (&task->links[i], message);
      message_end_nested (message);
    }
}

/* Return the number in the field KEY, which is from LEAST to MOST; or
   DEFAULT_VALUE when there is no such one.  */
static int64_t
get_number (struct message const *message, enum message_key key,
            uint64_t least, uint64_t most, int64_t default_value)
{
  uint64_t number;
  return (message_number (message, key, &number) && least <= number
          && number <= most ? (int64_t) number : default_value);
}

/* Take the number of the channel in KEY.  Return whether there is none or a
   good one.  */
static bool
get_channel (struct message const *message, enum message_key key,
             int *channel)
{
  uint64_t number;
  bool given = message_number (message, key, &number);
  *channel = (given && number <= CHANNEL_NUMBER_MAX ? (int) number
              : NO_CHANNEL);
  return !given || *channel != NO_CHANNEL;
}

static void
get_net (struct task *task, struct message const *message)
{
  struct socket_choice *choice = &task->net.socket;
  int dscp = get_number (message, KEY_DSCP, 0, 63, -1);
  task->net.family = get_number (message, KEY_FAMILY, 4, 6, 0);
  if (task->net.family == 5)
    task->net.family = 0;
  choice->multipath = get_number (message, KEY_MULTIPATH, 1, 1, 0);
  choice->marked = 0 <= dscp;
  choice->dscp = choice->marked ? dscp : 0;
  task->congestion = message_text (message, KEY_CONGESTION, 0);
  choice->congestion = task->congestion;
}

static void
get_tuning (struct tuning *tuning, struct message const *message)
{
  *tuning = (struct tuning) {
    .rate_limit = get_number (message, KEY_RATE_LIMIT, 1, INT64_MAX, 0),
    .block_size = get_number (message, KEY_BLOCK_SIZE, 1, INT64_MAX, 0),
    .buffer = get_number (message, KEY_BUFFER, 1, INT64_MAX, 0),
    .start_at = get_number (message, KEY_START_AT, 0, 100, 0)
  };
}

static char const *
get_stage (struct task_stage *stage, struct message const *message)
{
  *stage = (struct task_stage) {
    .number = get_number (message, KEY_STAGE, 0, CHANNEL_NUMBER_MAX, 0),
    .kind = get_number (message, KEY_KIND, STAGE_COMMAND, STAGE_STDOUT,
                        STAGE_COMMAND),
    .role = message_text (message, KEY_ROLE, 0),
    .hold = get_number (message, KEY_HOLD, 1, 1, 0)
  };
  if (stage->role == NULL)
    stage->role = xstrdup ("command");
  ptrdiff_t words = message_texts (message, KEY_ARGUMENT, &stage->argv);
  if (words < 0 || (words == 0) != (stage->kind != STAGE_COMMAND))
    return "a stage without a command";
  if (words == 0)
    {
      texts_free (stage->argv);
      stage->argv = NULL;
    }
  if (!get_channel (message, KEY_INPUT, &stage->in)
      || !get_channel (message, KEY_OUTPUT, &stage->out)
      || (stage->in == stage->out && stage->in != NO_CHANNEL))
    return "channels that cannot be";
  get_tuning (&stage->tuning, message);
  return NULL;
}

static char const *
get_channels (struct task_link *link, struct message const *message)
{
  struct field field = { .bytes = NULL };
  uint64_t number;
  link->channels = xnmalloc (LINK_CHANNELS_MAX, sizeof *link->channels);
  while (message_next (message, KEY_CHANNEL, &field))
    {
      if (link->channel_count == LINK_CHANNELS_MAX)
        return "too many channels";
      if (!field_number (&field, &number) || CHANNEL_NUMBER_MAX < number)
        return "channels that cannot be";
      for (unsigned i = 0; i < link->channel_count; i++)
        if (link->channels[i] == number)
          return "channels that cannot be";
      link->channels[link->channel_count++] = number;
    }
  return NULL;
}

char const *
task_get_link (struct task_link *link, struct message const *message)
{
  size_t length;
  unsigned char const *secret = message_field (message, KEY_SECRET, 0,
                                               &length);
  *link = (struct task_link) {
    .number = get_number (message, KEY_LINK, 0, CHANNEL_NUMBER_MAX, 0)
  };
  if (secret == NULL || length != SECRET_SIZE)
    return "no secret";
  secret_copy (link->secret, secret);
  link->decider = get_number (message, KEY_DECIDER, 0, 1, 0);
  link->fallback = get_number (message, KEY_FALLBACK, 0, 1, 0);
  link->listen = get_number (message, KEY_LISTEN, 0, 1, 0);
  link->dial = get_number (message, KEY_DIAL, 0, 1, 0);
  link->to_leader = get_number (message, KEY_TO_LEADER, 0, 1, 0);
  link->port_low = get_number (message, KEY_PORT_LOW, 1, 65535, 0);
  link->port_high = get_number (message, KEY_PORT_HIGH, link->port_low, 65535,
                                link->port_low);
  link->timeout = get_number (message, KEY_TIMEOUT, 1, INT_MAX, 0);
  link->address = message_text (message, KEY_HOST, 0);
  struct message offer;
  if (message_nested (message, KEY_OFFER, 0, &offer) && 0 < offer.length)
    {
      link->offer = xmemdup (offer.body, offer.length);
      link->offer_length = offer.length;
    }
  return get_channels (link, message);
}

/* Take the stages from MESSAGE.  Return NULL, or what is wrong.  */
static char const *
get_stages (struct task *task, struct message const *message)
{
  struct field field = { .bytes = NULL };
  task->stages = xnmalloc (TASK_STAGES_MAX, sizeof *task->stages);
  while (message_next (message, KEY_STAGE, &field))
    {
      struct message fields;
      if (task->stage_count == TASK_STAGES_MAX)
        return "too many stages";
      if (!field_nested (message, &field, &fields))
        return "a stage without fields";
      char const *wrong = get_stage (&task->stages[task->stage_count++],
                                     &fields);
      if (wrong)
        return wrong;
    }
  return NULL;
}

static char const *
get_links (struct task *task, struct message const *message)
{
  struct field field = { .bytes = NULL };
  task->links = xnmalloc (TASK_LINKS_MAX, sizeof *task->links);
  while (message_next (message, KEY_LINK, &field))
    {
      struct message fields;
      if (task->link_count == TASK_LINKS_MAX)
        return "too many links";
      if (!field_nested (message, &field, &fields))
        return "a link without fields";
      char const *wrong = task_get_link (&task->links[task->link_count++],
                                         &fields);
      if (wrong)
        return wrong;
    }
  return NULL;
}

/* Return whether each channel of *TASK has one stage at this end, and each of
   a link has that.  A link may come later.  */
static bool
is_consistent (struct task const *task)
{
  size_t linked = 0;
  for (size_t i = 0; i < task->stage_count; i++)
    for (size_t j = 0; j < 2; j++)
      {
        struct task_stage const *stage = &task->stages[i];
        int channel = j == 0 ? stage->in : stage->out;
        if (channel == NO_CHANNEL)
          continue;
        size_t uses = 0;
        for (size_t k = 0; k < task->link_count; k++)
          for (unsigned l = 0; l < task->links[k].channel_count; l++)
            uses += task->links[k].channels[l] == (unsigned) channel;
        linked += uses;
        for (size_t k = 0; k < i; k++)
          uses += (task->stages[k].in == channel
                   || task->stages[k].out == channel);
        if (1 < uses)
          return false;
      }
  for (size_t i = 0; i < task->link_count; i++)
    linked -= task->links[i].channel_count;
  return linked == 0;
}

char const *
task_get (struct task *task, struct message const *message)
{
  *task = (struct task) { .stages = NULL };
  task->dead_peer = get_number (message, KEY_DEAD_PEER, 1, 1000000, 0);
  if (task->dead_peer == 0)
    return "no time for a dead peer";
  task->strict = get_number (message, KEY_STRICT, 1, UINT64_MAX, 0) != 0;
  task->wait_for_writers = get_number (message, KEY_WAIT_FOR_WRITERS, 0,
                                       INT_MAX, -1);
  task->name_after = get_number (message, KEY_NAME_AFTER, 0, INT_MAX, -1);
  task->meter = get_number (message, KEY_METER, METER_LEAST, INT_MAX, 0);
  task->encrypt = get_number (message, KEY_ENCRYPT, ENCRYPT_NONE,
                              ENCRYPT_KERNEL, ENCRYPT_NONE);
  get_net (task, message);
  char const *wrong = get_stages (task, message);
  if (wrong == NULL)
    wrong = get_links (task, message);
  if (wrong == NULL && message->type == MESSAGE_TASK && !is_consistent (task))
    wrong = "stages and links that do not fit";
  return wrong;
}

void
task_link_free (struct task_link *link)
{
  explicit_bzero (link->secret, sizeof link->secret);
  free (link->address);
  free (link->channels);
  free (link->offer);
  *link = (struct task_link) { .channels = NULL };
}

void
task_free (struct task *task)
{
  for (size_t i = 0; i < task->stage_count; i++)
    {
      free (task->stages[i].role);
      texts_free (task->stages[i].argv);
    }
  for (size_t i = 0; i < task->link_count; i++)
    task_link_free (&task->links[i]);
  free (task->stages);
  free (task->links);
  free (task->congestion);
  *task = (struct task) { .stages = NULL };
}
