/* What the leader has been told of the stages and the channels of a run.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "leader/facts.h"

#include <stdio.h>
#include <stdlib.h>

#include "xalloc.h"

void
facts_open (struct facts *facts, struct run const *run,
            struct plan const *plan)
{
  *facts = (struct facts) { .run = run };
  facts->stages = xcalloc (run->stage_count, sizeof *facts->stages);
  facts->channels = xcalloc (run->channel_count, sizeof *facts->channels);
  for (size_t i = 0; i < run->host_count; i++)
    for (size_t j = 0; j < plan->tasks[i].stage_count; j++)
      {
        struct task_stage const *stage = &plan->tasks[i].stages[j];
        facts->stages[stage->number].held = stage->hold;
      }
  for (size_t i = 0; i < run->stage_count; i++)
    {
      struct run_stage const *stage = &run->stages[i];
      facts->stages[i].result.role = stage->role;
      facts->stages[i].result.name = stage->argv ? stage->argv[0] : NULL;
    }
  for (size_t i = 0; i < run->channel_count; i++)
    {
      struct run_channel const *channel = &run->channels[i];
      facts->channels[i].link = plan->channel_links[i];
      facts->channels[i].hosts[WRITER_END]
        = run->stages[channel->writer].host;
      facts->channels[i].hosts[READER_END]
        = run->stages[channel->reader].host;
    }
}

/* Return the number of the stage in MESSAGE if it is on HOST, or -1.  */
static int
find_stage (struct facts const *facts, unsigned host,
            struct message const *message)
{
  uint64_t number;
  return (message_number (message, KEY_STAGE, &number)
          && number < facts->run->stage_count
          && facts->run->stages[number].host == host ? (int) number : -1);
}

int
facts_channel (struct facts const *facts, unsigned host,
               struct message const *message, int *end)
{
  uint64_t number;
  if (!message_number (message, KEY_CHANNEL, &number)
      || facts->run->channel_count <= number)
    return -1;
  struct channel_facts const *channel = &facts->channels[number];
  if (channel->hosts[READER_END] != host && channel->hosts[WRITER_END] != host)
    return -1;
  *end = channel->hosts[WRITER_END] == host ? WRITER_END : READER_END;
  return number;
}

int
facts_started (struct facts *facts, unsigned host,
               struct message const *message)
{
  struct field field = { .bytes = NULL };
  int number = find_stage (facts, host, message);
  if (number < 0 || facts->stages[number].started)
    return -1;
  facts->stages[number].started = true;
  facts->stages[number].result.started = true;
  while (message_next (message, KEY_COUNTED, &field))
    {
      uint64_t channel;
      if (!field_number (&field, &channel)
          || facts->run->channel_count <= channel)
        return -1;
      for (int i = 0; i < 2; i++)
        if (facts->channels[channel].hosts[i] == host)
          facts->channels[channel].counted[i] = true;
    }
  return number;
}

int
facts_stage_ended (struct facts *facts, unsigned host,
                   struct message const *message)
{
  int number = find_stage (facts, host, message);
  if (number < 0 || facts->stages[number].result.ended)
    return -1;
  facts->stages[number].result.started = true;
  result_get (&facts->stages[number].result, message);
  return number;
}

/* Copy the text with KEY in MESSAGE to ADDRESS.  Return false if there is
   none.  */
static bool
get_address (char *address, struct message const *message,
             enum message_key key)
{
  char *text = message_text (message, key, 0);
  if (text == NULL)
    return false;
  snprintf (address, ADDRESS_TEXT_MAX, "%s", text);
  free (text);
  return true;
}

int
facts_connected (struct facts *facts, unsigned host,
                 struct message const *message)
{
  int end;
  uint64_t carried, accepted, mode, multipath;
  int number = facts_channel (facts, host, message, &end);
  if (number < 0)
    return -1;
  struct channel_facts *channel = &facts->channels[number];
  /* The end that does not decide is the last to have the connection, and so
     the one to report it; it is on the host with the lower number.  */
  if (channel->connected || channel->hosts[!end] < host
      || !message_number (message, KEY_CARRIED, &carried))
    return -1;
  channel->connected = true;
  channel->carried = carried;
  if (carried)
    return number;
  if (!message_number (message, KEY_ACCEPTED, &accepted)
      || !message_number (message, KEY_ENCRYPT, &mode)
      || SECURE_MODES <= mode
      || !message_number (message, KEY_MULTIPATH, &multipath)
      || !get_address (channel->address[end], message, KEY_HERE)
      || !get_address (channel->address[!end], message, KEY_THERE))
    return -1;
  channel->mode = mode;
  channel->multipath = multipath;
  channel->connector = accepted ? channel->hosts[!end] : host;
  return number;
}

int
facts_channel_ended (struct facts *facts, unsigned host,
                     struct message const *message)
{
  int end;
  int number = facts_channel (facts, host, message, &end);
  if (number < 0 || facts->channels[number].ends[end].outcome != OUTCOME_OPEN
      || !channel_end_get (&facts->channels[number].ends[end],
                           end == WRITER_END, message))
    return -1;
  return number;
}

char const *
facts_route (struct channel_facts const *channel)
{
  if (channel->carried)
    return "login";
  if (!channel->connected)
    return NULL;
  if (channel->hosts[0] != 0 && channel->hosts[1] != 0)
    return "remote-to-remote";
  return channel->connector == 0 ? "local-to-remote" : "remote-to-local";
}

bool
facts_all_connected (struct facts const *facts)
{
  for (size_t i = 0; i < facts->run->channel_count; i++)
    if (!facts->channels[i].connected)
      return false;
  return true;
}

bool
facts_all_started (struct facts const *facts)
{
  for (size_t i = 0; i < facts->run->stage_count; i++)
    if (!facts->stages[i].held && !facts->stages[i].started)
      return false;
  return true;
}

bool
facts_host_is_over (struct facts const *facts, unsigned host, bool running)
{
  for (size_t i = 0; i < facts->run->stage_count; i++)
    if (facts->run->stages[i].host == host && !facts->stages[i].result.ended)
      return false;
  for (size_t i = 0; running && i < facts->run->channel_count; i++)
    for (int j = 0; j < 2; j++)
      if (facts->channels[i].hosts[j] == host
          && facts->channels[i].ends[j].outcome == OUTCOME_OPEN)
        return false;
  return true;
}

void
facts_close (struct facts *facts)
{
  for (size_t i = 0; facts->stages && i < facts->run->stage_count; i++)
    result_free (&facts->stages[i].result);
  free (facts->stages);
  free (facts->channels);
  *facts = (struct facts) { .stages = NULL };
}
