/* Test what the local side tells the agent at the beginning.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "worker/order.h"

#include <limits.h>

#include "../fuzz/fuzz.h"
#include "test-macros.h"

static unsigned char const secret[SECRET_SIZE + 1]
  = "\0this is the run's own secret\377";

static char *true_command[] = { (char *) "true", NULL };
static char *odd_command[]
  = { (char *) "", (char *) "a b", (char *) "\n\t'\"$(id)", (char *) "\377",
      (char *) "-x", (char *) "", NULL };
static char *no_addresses[] = { NULL };
static char *some_addresses[]
  = { (char *) "192.0.2.1", (char *) "2001:db8::1", NULL };

/* Orders that come out of a message as they went into it.  */
struct good_row
{
  char const *name;
  struct order order;
};

static struct good_row good_rows[] =
{
  { "the least",
    { .argv = true_command, .in = -1, .out = 0, .dead_peer = 1,
      .wait_for_writers = -1, .name_after = -1,
      .offer = { .addresses = no_addresses } } },
  { "both channels",
    { .argv = odd_command, .in = 0, .out = 1, .dead_peer = 120,
      .strict = true, .wait_for_writers = 1000, .meter = 100, .timeout = 10000,
      .fallback = true, .listen = true, .offer = { .addresses = no_addresses }
      } },
  { "both channels, the other way round",
    { .argv = true_command, .in = 1, .out = 0, .dead_peer = 1000000,
      .wait_for_writers = 0, .timeout = INT_MAX, .fallback = true,
      .offer = { .addresses = no_addresses } } },
  { "marked by zero, and one byte",
    { .argv = true_command, .in = -1, .out = 0, .dead_peer = 1,
      .wait_for_writers = -1,
      .net = { .socket = { .marked = true } },
      .tuning = { .rate_limit = 1, .block_size = 1, .buffer = 1 },
      .offer = { .addresses = no_addresses } } },
  { "one family and one port",
    { .argv = true_command, .in = -1, .out = 0, .dead_peer = 1,
      .wait_for_writers = -1, .timeout = 1, .listen = true,
      .net = { .family = 4, .port_low = 4000, .port_high = 4000 },
      .offer = { .port4 = 1, .addresses = some_addresses, .count = 2 } } },
  { "all that there is",
    { .argv = odd_command, .in = 0, .out = 1, .dead_peer = 999999,
      .strict = true, .wait_for_writers = INT_MAX, .timeout = 1000000000,
      .fallback = true, .listen = true, .name_after = INT_MAX,
      .meter = INT_MAX,
      .net = { .family = 6, .port_low = 1, .port_high = 65535,
               .socket = { .multipath = true, .marked = true, .dscp = 63,
                           .congestion = "cubic" } },
      .tuning = { .rate_limit = INT64_MAX, .block_size = 32768,
                  .buffer = UINT64_C (1) << 40, .start_at = 100 },
      .offer = { .port4 = 65535, .port6 = 4711,
                 .addresses = some_addresses, .count = 2,
                 .host = (char *) "host.example", .nodename = (char *) "here",
                 .ssh_connection = (char *) "192.0.2.7 1 192.0.2.8 22" } } },
};

/* See that the COUNT texts of GOT are those of WANTED.  */
static void
check_texts (char **got, char **wanted)
{
  for (;; got++, wanted++)
    {
      CHECK_TEXT (*got, *wanted);
      if (*got == NULL || *wanted == NULL)
        break;
    }
}

static void
check_offer (struct offer const *got, struct offer const *wanted)
{
  CHECK_NUMBER (got->port4, wanted->port4);
  CHECK_NUMBER (got->port6, wanted->port6);
  if (CHECK_NUMBER (got->count, wanted->count))
    check_texts (got->addresses, wanted->addresses);
  CHECK_TEXT (got->host, wanted->host);
  CHECK_TEXT (got->nodename, wanted->nodename);
  CHECK_TEXT (got->ssh_connection, wanted->ssh_connection);
}

static void
check_sockets (struct socket_choice const *got,
               struct socket_choice const *wanted)
{
  CHECK_NUMBER (got->multipath, wanted->multipath);
  CHECK_NUMBER (got->marked, wanted->marked);
  CHECK_NUMBER (got->dscp, wanted->dscp);
  CHECK_TEXT (got->congestion, wanted->congestion);
}

static void
check_order (struct order const *got, struct order const *wanted)
{
  CHECK (memcmp (got->secret, secret, SECRET_SIZE) == 0);
  if (CHECK (got->argv != NULL))
    check_texts (got->argv, wanted->argv);
  CHECK_NUMBER (got->in, wanted->in);
  CHECK_NUMBER (got->out, wanted->out);
  CHECK_NUMBER (got->dead_peer, wanted->dead_peer);
  CHECK_NUMBER (got->strict, wanted->strict);
  CHECK_NUMBER (got->wait_for_writers, wanted->wait_for_writers);
  CHECK_NUMBER (got->name_after, wanted->name_after);
  CHECK_NUMBER (got->timeout, wanted->timeout);
  CHECK_NUMBER (got->fallback, wanted->fallback);
  CHECK_NUMBER (got->listen, wanted->listen);
  CHECK_NUMBER (got->meter, wanted->meter);
  CHECK_NUMBER (got->net.family, wanted->net.family);
  CHECK_NUMBER (got->net.port_low, wanted->net.port_low);
  CHECK_NUMBER (got->net.port_high, wanted->net.port_high);
  check_sockets (&got->net.socket, &wanted->net.socket);
  CHECK_NUMBER (got->tuning.rate_limit, wanted->tuning.rate_limit);
  CHECK_NUMBER (got->tuning.block_size, wanted->tuning.block_size);
  CHECK_NUMBER (got->tuning.buffer, wanted->tuning.buffer);
  CHECK_NUMBER (got->tuning.start_at, wanted->tuning.start_at);
  check_offer (&got->offer, &wanted->offer);
}

/* See that nothing of the secret, and nothing malloc'ed, is left.  */
static void
check_freed (struct order const *order)
{
  static unsigned char const zeros[SECRET_SIZE];
  CHECK (memcmp (order->secret, zeros, SECRET_SIZE) == 0);
  CHECK (order->congestion == NULL && order->net.socket.congestion == NULL);
  CHECK (order->argv == NULL && order->offer.addresses == NULL
         && order->offer.host == NULL && order->offer.nodename == NULL
         && order->offer.ssh_connection == NULL);
}

static void
check_good (void)
{
  for (size_t i = 0; i < SIZEOF (good_rows); i++)
    {
      struct order *order = &good_rows[i].order, got;
      struct message_builder builder;
      struct message message;
      row_is ("%s", good_rows[i].name);
      memcpy (order->secret, secret, SECRET_SIZE);
      message_begin (&builder, MESSAGE_RUN);
      order_put (order, &builder);
      message_finish (&builder);
      NEED (message_parse (builder.bytes, builder.length, &message)
            == (ssize_t) builder.length);
      CHECK_TEXT (order_get (&got, &message), NULL);
      message_wipe (&builder);
      check_order (&got, order);
      order_free (&got);
      check_freed (&got);
      order_free (&got);
    }
}

/* The fields of a message that is good.  */
static struct order_field
{
  enum message_key key;
  uint64_t number;
}
const fields[] =
{
  { KEY_SECRET, 0 }, { KEY_ARGUMENT, 0 }, { KEY_INPUT, 0 },
  { KEY_OUTPUT, 1 }, { KEY_TIMEOUT, 5000 }, { KEY_DEAD_PEER, 60 },
  { KEY_FALLBACK, 1 }, { KEY_LISTEN, 1 }, { KEY_FAMILY, 6 },
  { KEY_PORT_LOW, 4000 }, { KEY_PORT_HIGH, 4009 },
  { KEY_MULTIPATH, 0 }, { KEY_RATE_LIMIT, 0 }, { KEY_BLOCK_SIZE, 0 },
  { KEY_BUFFER, 0 }, { KEY_START_AT, 0 }, { KEY_DSCP, 64 }, { KEY_METER, 0 },
  { KEY_STRICT, 0 }, { KEY_WAIT_FOR_WRITERS, UINT64_MAX },
  { KEY_NAME_AFTER, UINT64_MAX }
};

/* What is changed in a field: it is not there, another number, as many bytes
   'x', or a NUL.  */
enum change { NONE, ABSENT, NUMBER, BYTES, NUL };

struct edit
{
  enum message_key key;
  enum change change;
  uint64_t number;
};

enum { EDITS_MAX = 2 };

static void
add_field (struct message_builder *builder, struct order_field const *field,
           struct edit const *edit)
{
  static char const many[100]
    = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
  switch (edit ? edit->change : NONE)
    {
    case ABSENT:
      return;
    case NUMBER:
      message_add_number (builder, field->key, edit->number);
      return;
    case BYTES:
      message_add (builder, field->key, many, edit->number);
      return;
    case NUL:
      message_add (builder, field->key, "a\0b", 3);
      return;
    case NONE:
      break;
    }
  if (field->key == KEY_SECRET)
    message_add (builder, KEY_SECRET, secret, SECRET_SIZE);
  else if (field->key == KEY_ARGUMENT)
    message_add_text (builder, KEY_ARGUMENT, "true");
  else
    message_add_number (builder, field->key, field->number);
}

/* Make a good message with EDITS.  Return what order_get says of it, and the
   order, to be freed, in *ORDER.  */
static char const *
get_edited (struct order *order, struct edit const *edits)
{
  struct message_builder builder;
  struct message message;
  message_begin (&builder, MESSAGE_RUN);
  for (size_t i = 0; i < SIZEOF (fields); i++)
    {
      struct edit const *edit = NULL;
      for (int e = 0; e < EDITS_MAX; e++)
        if (edits[e].change != NONE && edits[e].key == fields[i].key)
          edit = &edits[e];
      add_field (&builder, &fields[i], edit);
    }
  message_finish (&builder);
  NEED (0 < message_parse (builder.bytes, builder.length, &message));
  char const *wrong = order_get (order, &message);
  message_wipe (&builder);
  return wrong;
}

static struct
{
  struct edit edits[EDITS_MAX];
  char const *wrong;
}
const bad_rows[] =
{
  { { { KEY_SECRET, ABSENT, 0 } }, "no secret in it" },
  { { { KEY_SECRET, BYTES, 0 } }, "no secret in it" },
  { { { KEY_SECRET, BYTES, 31 } }, "no secret in it" },
  { { { KEY_SECRET, BYTES, 33 } }, "no secret in it" },
  { { { KEY_SECRET, NUMBER, 1 } }, "no secret in it" },
  { { { KEY_ARGUMENT, ABSENT, 0 } }, "no command in it" },
  { { { KEY_ARGUMENT, NUL, 0 } }, "no command in it" },
  { { { KEY_OUTPUT, ABSENT, 0 } }, "channels that cannot be" },
  { { { KEY_OUTPUT, NUMBER, 0 } }, "channels that cannot be" },
  { { { KEY_OUTPUT, NUMBER, 2 } }, "channels that cannot be" },
  { { { KEY_OUTPUT, NUMBER, UINT32_MAX + (uint64_t) 2 } },
    "channels that cannot be" },
  { { { KEY_OUTPUT, NUMBER, UINT64_MAX } }, "channels that cannot be" },
  { { { KEY_INPUT, NUMBER, 1 } }, "channels that cannot be" },
  { { { KEY_INPUT, NUMBER, 2 } }, "channels that cannot be" },
  { { { KEY_INPUT, NUMBER, 2 }, { KEY_OUTPUT, NUMBER, 0 } },
    "channels that cannot be" },
  { { { KEY_INPUT, NUMBER, UINT64_MAX } }, "channels that cannot be" },
  { { { KEY_INPUT, ABSENT, 0 } }, "channels that cannot be" },
  { { { KEY_INPUT, ABSENT, 0 }, { KEY_OUTPUT, ABSENT, 0 } },
    "channels that cannot be" },
  { { { KEY_INPUT, NUMBER, 1 }, { KEY_OUTPUT, ABSENT, 0 } },
    "channels that cannot be" },
  { { { KEY_DEAD_PEER, ABSENT, 0 } }, "no time for a dead peer" },
  { { { KEY_DEAD_PEER, NUMBER, 0 } }, "no time for a dead peer" },
  { { { KEY_DEAD_PEER, NUMBER, 1000001 } }, "no time for a dead peer" },
  { { { KEY_DEAD_PEER, NUMBER, UINT64_MAX } }, "no time for a dead peer" },
  { { { KEY_DEAD_PEER, BYTES, 0 } }, "no time for a dead peer" },
  { { { KEY_DEAD_PEER, BYTES, 9 } }, "no time for a dead peer" },
};

static void
check_bad (void)
{
  for (size_t i = 0; i < SIZEOF (bad_rows); i++)
    {
      struct order order;
      struct edit const *edit = bad_rows[i].edits;
      row_is ("bad message %zu, key %d, change %d, number %llu", i,
              (int) edit->key, (int) edit->change,
              (unsigned long long) edit->number);
      CHECK_TEXT (get_edited (&order, edit), bad_rows[i].wrong);
      order_free (&order);
      check_freed (&order);
    }
}

/* Numbers that fall back to those of a message without the field.  */
static struct
{
  struct edit edits[EDITS_MAX];
  struct order wanted;          /* its numbers */
}
const odd_rows[] =
{
#define USUAL .in = 0, .out = 1, .dead_peer = 60, .wait_for_writers = -1, \
    .name_after = -1
#define NET(FAMILY, LOW, HIGH) \
  { .family = FAMILY, .port_low = LOW, .port_high = HIGH }
  { { { .change = NONE } },
    { USUAL, .timeout = 5000, .fallback = true, .listen = true,
      .net = NET (6, 4000, 4009) } },
  { { { KEY_INPUT, NUMBER, 1 }, { KEY_OUTPUT, NUMBER, 0 } },
    { .in = 1, .out = 0, .dead_peer = 60, .wait_for_writers = -1,
      .name_after = -1, .timeout = 5000, .fallback = true, .listen = true,
      .net = NET (6, 4000, 4009) } },
  { { { KEY_INPUT, ABSENT, 0 }, { KEY_OUTPUT, NUMBER, 0 } },
    { .in = -1, .out = 0, .dead_peer = 60, .wait_for_writers = -1,
      .name_after = -1, .timeout = 5000, .fallback = true, .listen = true,
      .net = NET (6, 4000, 4009) } },
  { { { KEY_TIMEOUT, ABSENT, 0 }, { KEY_FALLBACK, ABSENT, 0 } },
    { USUAL, .listen = true, .net = NET (6, 4000, 4009) } },
  { { { KEY_TIMEOUT, NUMBER, (uint64_t) INT_MAX + 1 },
      { KEY_FALLBACK, NUMBER, 2 } },
    { USUAL, .listen = true, .net = NET (6, 4000, 4009) } },
  { { { KEY_TIMEOUT, NUMBER, UINT64_MAX }, { KEY_FALLBACK, BYTES, 20 } },
    { USUAL, .listen = true, .net = NET (6, 4000, 4009) } },
  { { { KEY_LISTEN, ABSENT, 0 }, { KEY_FAMILY, ABSENT, 0 } },
    { USUAL, .timeout = 5000, .fallback = true, .net = NET (0, 4000, 4009) } },
  { { { KEY_LISTEN, NUMBER, 2 }, { KEY_FAMILY, NUMBER, 3 } },
    { USUAL, .timeout = 5000, .fallback = true, .net = NET (0, 4000, 4009) } },
  { { { KEY_LISTEN, NUMBER, 0 }, { KEY_FAMILY, NUMBER, 7 } },
    { USUAL, .timeout = 5000, .fallback = true, .net = NET (0, 4000, 4009) } },
  { { { KEY_METER, NUMBER, 99 } },
    { USUAL, .timeout = 5000, .fallback = true, .listen = true,
      .net = NET (6, 4000, 4009) } },
  { { { KEY_METER, NUMBER, 500 } },
    { USUAL, .timeout = 5000, .fallback = true, .listen = true, .meter = 500,
      .net = NET (6, 4000, 4009) } },
  { { { KEY_METER, NUMBER, UINT64_MAX } },
    { USUAL, .timeout = 5000, .fallback = true, .listen = true,
      .net = NET (6, 4000, 4009) } },
  { { { KEY_PORT_LOW, ABSENT, 0 }, { KEY_PORT_HIGH, ABSENT, 0 } },
    { USUAL, .timeout = 5000, .fallback = true, .listen = true,
      .net = NET (6, 0, 0) } },
  { { { KEY_PORT_LOW, NUMBER, 65536 }, { KEY_PORT_HIGH, NUMBER, 65536 } },
    { USUAL, .timeout = 5000, .fallback = true, .listen = true,
      .net = NET (6, 0, 0) } },
  { { { KEY_PORT_LOW, NUMBER, UINT64_MAX }, { KEY_PORT_HIGH, NUMBER, 0 } },
    { USUAL, .timeout = 5000, .fallback = true, .listen = true,
      .net = NET (6, 0, 0) } },
  { { { KEY_PORT_HIGH, ABSENT, 0 } },
    { USUAL, .timeout = 5000, .fallback = true, .listen = true,
      .net = NET (6, 4000, 4000) } },
  { { { KEY_PORT_HIGH, NUMBER, 3999 } },
    { USUAL, .timeout = 5000, .fallback = true, .listen = true,
      .net = NET (6, 4000, 4000) } },
  { { { KEY_PORT_HIGH, NUMBER, 65536 } },
    { USUAL, .timeout = 5000, .fallback = true, .listen = true,
      .net = NET (6, 4000, 4000) } },
  { { { KEY_DSCP, NUMBER, UINT64_MAX }, { KEY_MULTIPATH, NUMBER, 2 } },
    { USUAL, .timeout = 5000, .fallback = true, .listen = true,
      .net = NET (6, 4000, 4009) } },
  { { { KEY_DSCP, NUMBER, 46 }, { KEY_MULTIPATH, NUMBER, 1 } },
    { USUAL, .timeout = 5000, .fallback = true, .listen = true,
      .net = { .family = 6, .port_low = 4000, .port_high = 4009,
               .socket = { .multipath = true, .marked = true,
                           .dscp = 46 } } } },
  { { { KEY_STRICT, ABSENT, 0 }, { KEY_WAIT_FOR_WRITERS, ABSENT, 0 } },
    { USUAL, .timeout = 5000, .fallback = true, .listen = true,
      .net = NET (6, 4000, 4009) } },
  { { { KEY_STRICT, NUMBER, UINT64_MAX },
      { KEY_WAIT_FOR_WRITERS, NUMBER, (uint64_t) INT_MAX + 1 } },
    { USUAL, .strict = true, .timeout = 5000, .fallback = true,
      .listen = true, .net = NET (6, 4000, 4009) } },
  { { { KEY_STRICT, BYTES, 9 }, { KEY_WAIT_FOR_WRITERS, BYTES, 9 } },
    { USUAL, .timeout = 5000, .fallback = true, .listen = true,
      .net = NET (6, 4000, 4009) } },
  { { { KEY_RATE_LIMIT, NUMBER, UINT64_MAX },
      { KEY_BLOCK_SIZE, NUMBER, UINT64_MAX } },
    { USUAL, .timeout = 5000, .fallback = true, .listen = true,
      .net = NET (6, 4000, 4009) } },
  { { { KEY_BUFFER, NUMBER, UINT64_MAX }, { KEY_START_AT, NUMBER, 101 } },
    { USUAL, .timeout = 5000, .fallback = true, .listen = true,
      .net = NET (6, 4000, 4009) } },
};

static void
check_odd (void)
{
  for (size_t i = 0; i < SIZEOF (odd_rows); i++)
    {
      struct order order, wanted = odd_rows[i].wanted;
      struct edit const *edit = odd_rows[i].edits;
      row_is ("odd message %zu, key %d, change %d, number %llu", i,
              (int) edit->key, (int) edit->change,
              (unsigned long long) edit->number);
      wanted.argv = true_command;
      wanted.offer.addresses = no_addresses;
      CHECK_TEXT (get_edited (&order, edit), NULL);
      check_order (&order, &wanted);
      order_free (&order);
      check_freed (&order);
    }
}

/* No order makes its reader go wrong; the fuzzer aborts where one does.  */
static void
check_any_bytes (void)
{
  for (size_t i = 0; i < SIZEOF (good_rows); i++)
    {
      struct message_builder builder;
      row_is ("changed order %zu", i);
      message_begin (&builder, MESSAGE_RUN);
      order_put (&good_rows[i].order, &builder);
      message_finish (&builder);
      fuzz_run (builder.bytes, builder.length, 5000, i);
      message_wipe (&builder);
    }
}

int
main (void)
{
  check_good ();
  check_bad ();
  check_odd ();
  check_any_bytes ();
  return test_result ();
}
