/* Channels that go through the login, on the control connection.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "data/mux.h"

void
carrier_init (struct carrier *carrier, struct control *control,
              struct events *events, struct sender_hooks const *hooks)
{
  *carrier = (struct carrier) { .control = control };
  sender_init (&carrier->sender, control, events, hooks);
  receiver_init (&carrier->receiver, control, events);
}

static void
control_room (void *context)
{
  struct carrier *carrier = context;
  sender_serve (&carrier->sender);
}

static bool
control_begin (void *context, uint64_t channel, size_t length)
{
  struct carrier *carrier = context;
  return receiver_begin (&carrier->receiver, channel, length);
}

static void
control_bytes (void *context, unsigned char const *bytes, size_t length)
{
  struct carrier *carrier = context;
  receiver_put (&carrier->receiver, bytes, length);
}

static ssize_t
control_take (void *context, int fd, size_t length)
{
  struct carrier *carrier = context;
  return receiver_take (&carrier->receiver, fd, length);
}

static void
begin_carrying (struct carrier *carrier)
{
  struct control_carriage const carriage = {
    .context = carrier, .room = control_room, .begin = control_begin,
    .bytes = control_bytes, .take = control_take
  };
  if (carrier->carrying)
    return;
  carrier->carrying = true;
  sender_prepare (&carrier->sender);
  control_carry (carrier->control, &carriage);
}

int
carrier_open (struct carrier *carrier, unsigned channel, enum joint joint,
              int *stage_fd)
{
  int pair[2];
  if (joint_make (pair, joint) != 0)
    return -1;
  begin_carrying (carrier);
  *stage_fd = pair[1];
  if (joint == JOINT_READER)
    receiver_open (&carrier->receiver, channel, pair[0]);
  else
    sender_open (&carrier->sender, channel, pair[0], joint != JOINT_COMMAND);
  return 0;
}

bool
carrier_credit (struct carrier *carrier, struct message const *message)
{
  uint64_t channel, bytes;
  return (message_number (message, KEY_CHANNEL, &channel)
          && message_number (message, KEY_BYTES, &bytes)
          && channel < CHANNELS_MAX
          && !receiver_has (&carrier->receiver, channel)
          && sender_credit (&carrier->sender, channel, bytes));
}

void
carrier_end_writer (struct carrier *carrier, unsigned channel)
{
  sender_end (&carrier->sender, channel);
}

void
carrier_end_reader (struct carrier *carrier, unsigned channel)
{
  receiver_end (&carrier->receiver, channel);
}

void
carrier_stop (struct carrier *carrier, unsigned channel)
{
  sender_stop (&carrier->sender, channel);
  receiver_stop (&carrier->receiver, channel);
}

bool
carrier_delivered (struct carrier *carrier, unsigned channel)
{
  return receiver_delivered (&carrier->receiver, channel);
}

uint64_t
carrier_bytes (struct carrier const *carrier, unsigned channel)
{
  return (receiver_has (&carrier->receiver, channel)
          ? receiver_bytes (&carrier->receiver, channel)
          : sender_bytes (&carrier->sender, channel));
}

uint64_t
carrier_waiting (struct carrier const *carrier, unsigned channel)
{
  return receiver_waiting (&carrier->receiver, channel);
}

void
carrier_close (struct carrier *carrier)
{
  sender_close (&carrier->sender);
  receiver_close (&carrier->receiver);
}
