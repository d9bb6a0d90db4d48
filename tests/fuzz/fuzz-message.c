/* Fuzz the parser of messages and all that takes their fields.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "net/offer.h"
#include "wire/message.h"
#include "worker/task.h"
#include "report/verdict.h"

/* Look at all fields of MESSAGE.  */
static void
read_fields (struct message const *message)
{
  for (int key = 0; key <= KEY_END; key++)
    {
      uint64_t number;
      size_t length;
      unsigned char const *bytes;
      ptrdiff_t count = 0;
      bool is_number = message_number (message, key, &number);
      for (size_t i = 0;
           (bytes = message_field (message, key, i, &length)) != NULL; i++)
        {
          MUST (message->body <= bytes
                && length <= (size_t) (message->body + message->length
                                       - bytes));
          MUST (i != 0 || is_number == (0 < length && length <= 8));
          char *text = message_text (message, key, i);
          MUST ((text == NULL) == (memchr (bytes, '\0', length) != NULL));
          MUST (text == NULL || (strlen (text) == length
                                 && memcmp (text, bytes, length) == 0));
          free (text);
          count++;
        }
      char **list;
      ptrdiff_t texts = message_texts (message, key, &list);
      MUST (texts == -1 || (texts == count && list[count] == NULL));
      if (texts != -1)
        texts_free (list);
    }
}

/* Make candidates of OFFER, on SIDE; no name is looked up for that.  */
static void
read_candidates (struct offer const *offer, enum side side,
                 char const *ssh_connection)
{
  for (int same_host = 0; same_host <= 1; same_host++)
    {
      struct candidates candidates;
      struct dial_choice const choice = {
        .side = side, .same_host = same_host, .ssh_connection = ssh_connection
      };
      MUST (!offer_needs_lookup (offer, &choice) || side == SIDE_REMOTE);
      candidates_make (&candidates, offer, &choice);
      for (size_t i = 0; i < candidates.count; i++)
        {
          char text[ADDRESS_TEXT_MAX];
          struct candidate const *candidate = &candidates.list[i];
          struct sockaddr *any = (struct sockaddr *) &candidate->address;
          address_format (any, text);
          MUST (memchr (text, '\0', sizeof text) != NULL);
          MUST (candidate->refused || !address_is_special (any));
          MUST (candidate->refused || same_host
                || !address_is_loopback (any));
          MUST (!candidate->refused || candidate->origin != ORIGIN_OFFER);
        }
      candidates_free (&candidates);
    }
}

/* Give MESSAGE to those that read whole ones.  */
static void
read_records (struct message const *message)
{
  struct offer offer;
  offer_get (&offer, message);
  MUST (offer.count <= OFFER_ADDRESSES_MAX);
  read_candidates (&offer, SIDE_REMOTE, offer.ssh_connection);
  read_candidates (&offer, SIDE_LOCAL, NULL);
  offer_free (&offer);

  struct task task;
  struct task_link link;
  char const *wrong = task_get (&task, message);
  for (size_t i = 0; wrong == NULL && i < task.stage_count; i++)
    MUST ((task.stages[i].kind == STAGE_COMMAND)
          == (task.stages[i].argv != NULL && task.stages[i].argv[0] != NULL));
  task_free (&task);
  task_get_link (&link, message);
  MUST (link.channel_count <= LINK_CHANNELS_MAX);
  task_link_free (&link);

  struct result result = { .role = "remote command", .name = "x",
                           .started = true };
  result_get (&result, message);
  int status = report_status (&result, 1);
  MUST (0 <= status && status <= 255);
  result_free (&result);
}

static void
check_banner (uint8_t const *data, size_t size)
{
  char version[8];
  unsigned min, max;
  memset (version, '#', sizeof version);
  if (banner_parse ((char const *) data, size, &min, &max, version,
                    sizeof version - 1))
    MUST (min <= max && data[size - 1] == '\n' && *version != '\0'
          && memchr (version, '\0', sizeof version - 1) != NULL);
  MUST (version[sizeof version - 1] == '#');
}

static void
check_data (uint8_t const *data, size_t size)
{
  uint64_t channel;
  size_t length;
  unsigned char prefix[DATA_PREFIX];
  ssize_t taken = message_get_data (data, size, &channel, &length);
  MUST (taken == -1 || taken == 0 || taken == DATA_PREFIX);
  if (taken == DATA_PREFIX)
    {
      MUST (DATA_PREFIX <= size && 0 < length && length <= DATA_MAX);
      message_put_data (prefix, channel, length);
      MUST (memcmp (data, prefix, DATA_PREFIX) == 0);
    }
  else if (taken == 0)
    MUST (size < DATA_PREFIX);
}

int
LLVMFuzzerTestOneInput (uint8_t const *data, size_t size)
{
  check_banner (data, size);
  check_data (data, size);
  size_t at = 0;
  while (at < size)
    {
      struct message message;
      ssize_t taken = message_parse (data + at, size - at, &message);
      MUST (taken <= (ssize_t) (size - at));
      if (taken <= 0)
        break;
      MUST (0 < message.type && message.type < MESSAGE_TYPES);
      MUST (message.length <= (size_t) taken);
      read_fields (&message);
      read_records (&message);
      /* A part of it is no message yet, and no other one.  */
      struct message part;
      MUST (message_parse (data + at, taken - 1, &part) == 0);
      at += taken;
    }
  return 0;
}
