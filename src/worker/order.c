/* What the local side tells the agent at the beginning: all about the run.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "worker/order.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/system.h"

static void
put_tuning (struct tuning const *tuning, struct message_builder *message)
{
  message_add_number (message, KEY_RATE_LIMIT, tuning->rate_limit);
  message_add_number (message, KEY_BLOCK_SIZE, tuning->block_size);
  message_add_number (message, KEY_BUFFER, tuning->buffer);
  message_add_number (message, KEY_START_AT, tuning->start_at);
}

/* Nobody needs meters more often than that, in ms.  */
enum { METER_LEAST = 100 };

void
order_put (struct order const *order, struct message_builder *message)
{
  message_add (message, KEY_SECRET, order->secret, SECRET_SIZE);
  for (char **word = order->argv; word && *word; word++)
    message_add_text (message, KEY_ARGUMENT, *word);
  if (0 <= order->in)
    message_add_number (message, KEY_INPUT, order->in);
  if (0 <= order->out)
    message_add_number (message, KEY_OUTPUT, order->out);
  message_add_number (message, KEY_TIMEOUT, order->timeout);
  message_add_number (message, KEY_DEAD_PEER, order->dead_peer);
  message_add_number (message, KEY_STRICT, order->strict);
  if (0 <= order->wait_for_writers)
    message_add_number (message, KEY_WAIT_FOR_WRITERS,
                        order->wait_for_writers);
  if (0 <= order->name_after)
    message_add_number (message, KEY_NAME_AFTER, order->name_after);
  message_add_number (message, KEY_FALLBACK, order->fallback);
  message_add_number (message, KEY_LISTEN, order->listen);
  message_add_number (message, KEY_FAMILY, order->net.family);
  message_add_number (message, KEY_PORT_LOW, order->net.port_low);
  message_add_number (message, KEY_PORT_HIGH, order->net.port_high);
  if (order->meter != 0)
    message_add_number (message, KEY_METER, order->meter);
  message_add_number (message, KEY_MULTIPATH, order->net.socket.multipath);
  if (order->net.socket.marked)
    message_add_number (message, KEY_DSCP, order->net.socket.dscp);
  if (order->net.socket.congestion)
    message_add_text (message, KEY_CONGESTION, order->net.socket.congestion);
  put_tuning (&order->tuning, message);
  encryption_put (&order->encryption, message);
  offer_put (&order->offer, message);
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

/* Take the number of the channel in KEY.  Return whether it is none or a
   good one.  */
static bool
get_channel (struct message const *message, enum message_key key,
             int *channel)
{
  uint64_t number;
  bool given = message_number (message, key, &number);
  *channel = given && number < CHANNELS_MAX ? (int) number : -1;
  return !given || 0 <= *channel;
}

static void
get_net (struct order *order, struct message const *message)
{
  order->listen = get_number (message, KEY_LISTEN, 0, 1, 0);
  order->net.family = get_number (message, KEY_FAMILY, 4, 6, 0);
  if (order->net.family == 5)
    order->net.family = 0;
  order->net.port_low = get_number (message, KEY_PORT_LOW, 1, 65535, 0);
  order->net.port_high = get_number (message, KEY_PORT_HIGH,
                                     order->net.port_low, 65535,
                                     order->net.port_low);
}

static void
get_sockets (struct order *order, struct message const *message)
{
  struct socket_choice *choice = &order->net.socket;
  int dscp = get_number (message, KEY_DSCP, 0, 63, -1);
  choice->multipath = get_number (message, KEY_MULTIPATH, 1, 1, 0);
  choice->marked = 0 <= dscp;
  choice->dscp = choice->marked ? dscp : 0;
  order->congestion = message_text (message, KEY_CONGESTION, 0);
  choice->congestion = order->congestion;
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

/* Take the command and its channels.  Return NULL, or what is wrong.  */
static char const *
get_command (struct order *order, struct message const *message)
{
  if (message_texts (message, KEY_ARGUMENT, &order->argv) <= 0)
    return "no command in it";
  if (!get_channel (message, KEY_INPUT, &order->in)
      || !get_channel (message, KEY_OUTPUT, &order->out)
      || order->out < 0 || order->in == order->out
      || (0 <= order->in ? order->in + order->out != 1 : order->out != 0))
    return "channels that cannot be";
  return NULL;
}

char const *
order_get (struct order *order, struct message const *message)
{
  size_t length;
  unsigned char const *secret = message_field (message, KEY_SECRET, 0,
                                               &length);
  *order = (struct order) { .in = -1, .out = -1 };
  if (secret == NULL || length != SECRET_SIZE)
    return "no secret in it";
  secret_copy (order->secret, secret);
  char const *wrong = (message->type == MESSAGE_RUN
                       ? get_command (order, message) : NULL);
  if (wrong)
    return wrong;
  order->dead_peer = get_number (message, KEY_DEAD_PEER, 1, 1000000, 0);
  if (order->dead_peer == 0)
    return "no time for a dead peer";
  order->strict = get_number (message, KEY_STRICT, 1, UINT64_MAX, 0) != 0;
  order->wait_for_writers = get_number (message, KEY_WAIT_FOR_WRITERS, 0,
                                        INT_MAX, -1);
  order->name_after = get_number (message, KEY_NAME_AFTER, 0, INT_MAX, -1);
  order->timeout = get_number (message, KEY_TIMEOUT, 1, INT_MAX, 0);
  order->fallback = get_number (message, KEY_FALLBACK, 0, 1, 0);
  order->meter = get_number (message, KEY_METER, METER_LEAST, INT_MAX, 0);
  get_net (order, message);
  get_sockets (order, message);
  get_tuning (&order->tuning, message);
  encryption_get (&order->encryption, message);
  offer_get (&order->offer, message);
  return NULL;
}

bool
order_has_port (struct order const *order, char const *nodename, int error)
{
  struct offer const *local = &order->offer;
  return (error == EADDRINUSE && local->port4 + local->port6 != 0
          && local->nodename && STREQ (local->nodename, nodename));
}

void
order_free (struct order *order)
{
  explicit_bzero (order->secret, sizeof order->secret);
  texts_free (order->argv);
  order->argv = NULL;
  free (order->congestion);
  order->congestion = NULL;
  order->net.socket.congestion = NULL;
  offer_free (&order->offer);
}
