/* Test what the leader tells a worker at the beginning.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "worker/task.h"

#include <limits.h>

#include "../fuzz/fuzz.h"
#include "test-macros.h"

static unsigned char const secret[SECRET_SIZE + 1]
  = "\0this is the run's own secret\377";

static char *true_command[] = { (char *) "true", NULL };
static char *odd_command[]
  = { (char *) "", (char *) "a b", (char *) "\n\t'\"$(id)", (char *) "\377",
      (char *) "-x", (char *) "", NULL };
static char role[] = "remote command";
static unsigned both[] = { 0, 1 };
static unsigned large[] = { CHANNEL_NUMBER_MAX };
static unsigned crossed[] = { 7, 3 };
static unsigned char offer[] = "\0\0\0\0\0\1x";

/* Tasks that come out of a message as they went into it.  */
static struct task_stage least_stages[]
  = { { .role = role, .argv = true_command, .in = NO_CHANNEL, .out = 0 } };
static struct task_link least_links[]
  = { { .channels = both, .channel_count = 1 } };
static struct task_stage filter_stages[]
  = { { .number = 1, .role = role, .argv = odd_command, .in = 0, .out = 1,
        .hold = true,
        .tuning = { .rate_limit = INT64_MAX, .block_size = 32768,
                    .buffer = UINT64_C (1) << 40, .start_at = 100 } } };
static struct task_link filter_links[]
  = { { .number = 3, .decider = true, .fallback = true, .listen = true,
        .dial = true, .to_leader = true,
        .port_low = 1, .port_high = 65535, .timeout = INT_MAX,
        .channels = both, .channel_count = 2, .offer = offer,
        .offer_length = sizeof offer - 1 } };
static struct task_stage many_stages[]
  = { { .number = 0, .role = role, .kind = STAGE_STDIN, .in = NO_CHANNEL,
        .out = 7, .hold = true },
      { .number = CHANNEL_NUMBER_MAX, .role = role, .argv = true_command,
        .in = 3, .out = CHANNEL_NUMBER_MAX, .tuning = { .rate_limit = 1,
                                                        .block_size = 1,
                                                        .buffer = 1 } },
      { .number = 2, .role = role, .kind = STAGE_STDOUT, .in = 12,
        .out = NO_CHANNEL } };
static struct task_link many_links[]
  = { { .number = 0, .channels = crossed, .channel_count = 2,
        .address = (char *) "host.example" },
      { .number = CHANNEL_NUMBER_MAX, .channels = large, .channel_count = 1,
        .port_low = 4000, .port_high = 4000 } };

#define STAGES(List) .stages = List, .stage_count = SIZEOF (List)
#define LINKS(List) .links = List, .link_count = SIZEOF (List)

static struct
{
  char const *name;
  struct task task;
}
good_rows[] =
{
  { "the least",
    { .dead_peer = 1, .wait_for_writers = -1, .name_after = -1,
      STAGES (least_stages), LINKS (least_links) } },
  { "a filter, and all that there is",
    { .dead_peer = 1000000, .strict = true, .wait_for_writers = INT_MAX,
      .name_after = INT_MAX, .meter = INT_MAX, .encrypt = ENCRYPT_KERNEL,
      .net = { .family = 6, .socket = { .multipath = true, .marked = true,
                                        .dscp = 63,
                                        .congestion = "cubic" } },
      STAGES (filter_stages), LINKS (filter_links) } },
  { "several stages and links, and a channel whose link comes later",
    { .dead_peer = 120, .wait_for_writers = 0, .name_after = 0, .meter = 100,
      .encrypt = ENCRYPT_ANY, .net = { .family = 4,
                                       .socket = { .marked = true } },
      STAGES (many_stages), LINKS (many_links) } },
  { "nothing to do", { .dead_peer = 1, .wait_for_writers = -1,
                       .name_after = -1 } },
};

/* See that the texts of GOT are those of WANTED; NULL is none.  */
static void
check_texts (char **got, char **wanted)
{
  if (!CHECK ((got == NULL) == (wanted == NULL)) || got == NULL)
    return;
  for (;; got++, wanted++)
    {
      CHECK_TEXT (*got, *wanted);
      if (*got == NULL || *wanted == NULL)
        break;
    }
}

static void
check_stage (struct task_stage const *got, struct task_stage const *wanted)
{
  CHECK_NUMBER (got->number, wanted->number);
  CHECK_NUMBER (got->kind, wanted->kind);
  CHECK_TEXT (got->role, wanted->role);
  check_texts (got->argv, wanted->argv);
  CHECK_NUMBER (got->in, wanted->in);
  CHECK_NUMBER (got->out, wanted->out);
  CHECK_NUMBER (got->hold, wanted->hold);
  CHECK_NUMBER (got->tuning.rate_limit, wanted->tuning.rate_limit);
  CHECK_NUMBER (got->tuning.block_size, wanted->tuning.block_size);
  CHECK_NUMBER (got->tuning.buffer, wanted->tuning.buffer);
  CHECK_NUMBER (got->tuning.start_at, wanted->tuning.start_at);
}

static void
check_link (struct task_link const *got, struct task_link const *wanted)
{
  CHECK_NUMBER (got->number, wanted->number);
  CHECK (memcmp (got->secret, secret, SECRET_SIZE) == 0);
  CHECK_NUMBER (got->decider, wanted->decider);
  CHECK_NUMBER (got->fallback, wanted->fallback);
  CHECK_NUMBER (got->listen, wanted->listen);
  CHECK_NUMBER (got->dial, wanted->dial);
  CHECK_NUMBER (got->to_leader, wanted->to_leader);
  CHECK_NUMBER (got->port_low, wanted->port_low);
  CHECK_NUMBER (got->port_high, wanted->port_high);
  CHECK_NUMBER (got->timeout, wanted->timeout);
  CHECK_TEXT (got->address, wanted->address);
  if (CHECK_NUMBER (got->channel_count, wanted->channel_count))
    for (unsigned i = 0; i < got->channel_count; i++)
      CHECK_NUMBER (got->channels[i], wanted->channels[i]);
  if (CHECK_NUMBER (got->offer_length, wanted->offer_length)
      && 0 < got->offer_length)
    CHECK (memcmp (got->offer, wanted->offer, got->offer_length) == 0);
}

static void
check_task (struct task const *got, struct task const *wanted)
{
  struct socket_choice const *socket = &got->net.socket;
  CHECK_NUMBER (got->dead_peer, wanted->dead_peer);
  CHECK_NUMBER (got->strict, wanted->strict);
  CHECK_NUMBER (got->wait_for_writers, wanted->wait_for_writers);
  CHECK_NUMBER (got->name_after, wanted->name_after);
  CHECK_NUMBER (got->meter, wanted->meter);
  CHECK_NUMBER (got->encrypt, wanted->encrypt);
  CHECK_NUMBER (got->net.family, wanted->net.family);
  CHECK_NUMBER (socket->multipath, wanted->net.socket.multipath);
  CHECK_NUMBER (socket->marked, wanted->net.socket.marked);
  CHECK_NUMBER (socket->dscp, wanted->net.socket.dscp);
  CHECK_TEXT (socket->congestion, wanted->net.socket.congestion);
  if (CHECK_NUMBER (got->stage_count, wanted->stage_count))
    for (size_t i = 0; i < got->stage_count; i++)
      check_stage (&got->stages[i], &wanted->stages[i]);
  if (CHECK_NUMBER (got->link_count, wanted->link_count))
    for (size_t i = 0; i < got->link_count; i++)
      check_link (&got->links[i], &wanted->links[i]);
}

/* See that nothing malloc'ed is left; and so no secret that was wiped before
   it was freed.  */
static void
check_freed (struct task const *task)
{
  CHECK (task->stages == NULL && task->stage_count == 0
         && task->links == NULL && task->link_count == 0
         && task->congestion == NULL && task->net.socket.congestion == NULL);
}

static void
check_good (void)
{
  for (size_t i = 0; i < SIZEOF (good_rows); i++)
    {
      struct task *task = &good_rows[i].task, got;
      struct message_builder builder;
      struct message message;
      row_is ("%s", good_rows[i].name);
      for (size_t j = 0; j < task->link_count; j++)
        memcpy (task->links[j].secret, secret, SECRET_SIZE);
      message_begin (&builder, MESSAGE_TASK);
      task_put (task, &builder);
      message_finish (&builder);
      NEED (message_parse (builder.bytes, builder.length, &message)
            == (ssize_t) builder.length);
      CHECK_TEXT (task_get (&got, &message), NULL);
      message_wipe (&builder);
      check_task (&got, task);
      task_free (&got);
      check_freed (&got);
      task_free (&got);
    }
}

/* The fields of a message that is good, and where they are.  */
enum where { TASK, STAGE, LINK, WHERES };

static struct task_field
{
  enum where where;
  enum message_key key;
  uint64_t number;
}
const fields[] =
{
  { TASK, KEY_DEAD_PEER, 60 }, { TASK, KEY_STRICT, 0 },
  { TASK, KEY_WAIT_FOR_WRITERS, UINT64_MAX },
  { TASK, KEY_NAME_AFTER, UINT64_MAX }, { TASK, KEY_METER, 0 },
  { TASK, KEY_ENCRYPT, 0 }, { TASK, KEY_FAMILY, 6 },
  { TASK, KEY_MULTIPATH, 0 }, { TASK, KEY_DSCP, 64 },
  { STAGE, KEY_STAGE, 1 }, { STAGE, KEY_KIND, STAGE_COMMAND },
  { STAGE, KEY_ROLE, 0 }, { STAGE, KEY_ARGUMENT, 0 },
  { STAGE, KEY_INPUT, 0 }, { STAGE, KEY_OUTPUT, 1 }, { STAGE, KEY_HOLD, 0 },
  { STAGE, KEY_RATE_LIMIT, 0 }, { STAGE, KEY_BLOCK_SIZE, 0 },
  { STAGE, KEY_BUFFER, 0 }, { STAGE, KEY_START_AT, 0 },
  { LINK, KEY_LINK, 0 }, { LINK, KEY_SECRET, 0 }, { LINK, KEY_DECIDER, 1 },
  { LINK, KEY_FALLBACK, 1 }, { LINK, KEY_LISTEN, 1 },
  { LINK, KEY_PORT_LOW, 4000 }, { LINK, KEY_PORT_HIGH, 4009 },
  { LINK, KEY_TIMEOUT, 5000 }, { LINK, KEY_CHANNEL, 0 }
};

/* What is changed in a field: it is not there, another number, as many bytes
   'x', a NUL, or the field twice.  */
enum change { NONE, ABSENT, NUMBER, BYTES, NUL, TWICE };

struct edit
{
  enum where where;
  enum message_key key;
  enum change change;
  uint64_t number;
};

enum { EDITS_MAX = 2 };

static void
add_field (struct message_builder *builder, struct task_field const *field,
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
    case TWICE:
      message_add_number (builder, field->key, field->number);
      break;
    case NONE:
      break;
    }
  if (field->key == KEY_SECRET)
    message_add (builder, KEY_SECRET, secret, SECRET_SIZE);
  else if (field->key == KEY_ARGUMENT || field->key == KEY_ROLE)
    message_add_text (builder, field->key, "true");
  else
    message_add_number (builder, field->key, field->number);
}

/* Add the fields of WHERE with EDITS.  */
static void
add_fields (struct message_builder *builder, enum where where,
            struct edit const *edits)
{
  for (size_t i = 0; i < SIZEOF (fields); i++)
    {
      struct edit const *edit = NULL;
      if (fields[i].where != where)
        continue;
      for (int e = 0; e < EDITS_MAX; e++)
        if (edits[e].change != NONE && edits[e].key == fields[i].key
            && edits[e].where == where)
          edit = &edits[e];
      add_field (builder, &fields[i], edit);
    }
  /* A filter has another channel, which is on the link as well.  */
  if (where == LINK && edits[0].change != TWICE)
    message_add_number (builder, KEY_CHANNEL, 1);
}

/* Make a good message with EDITS.  Return what task_get says of it, and the
   task, to be freed, in *TASK.  */
static char const *
get_edited (struct task *task, struct edit const *edits)
{
  struct message_builder builder;
  struct message message;
  message_begin (&builder, MESSAGE_TASK);
  add_fields (&builder, TASK, edits);
  message_begin_nested (&builder, KEY_STAGE);
  add_fields (&builder, STAGE, edits);
  message_end_nested (&builder);
  message_begin_nested (&builder, KEY_LINK);
  add_fields (&builder, LINK, edits);
  message_end_nested (&builder);
  message_finish (&builder);
  NEED (0 < message_parse (builder.bytes, builder.length, &message));
  char const *wrong = task_get (task, &message);
  message_wipe (&builder);
  return wrong;
}

#define NO_COMMAND "a stage without a command"
#define NO_CHANNELS "channels that cannot be"
#define NO_FIT "stages and links that do not fit"
#define NO_TIME "no time for a dead peer"

static struct
{
  struct edit edits[EDITS_MAX];
  char const *wrong;
}
const bad_rows[] =
{
  { { { LINK, KEY_SECRET, ABSENT, 0 } }, "no secret" },
  { { { LINK, KEY_SECRET, BYTES, 0 } }, "no secret" },
  { { { LINK, KEY_SECRET, BYTES, 31 } }, "no secret" },
  { { { LINK, KEY_SECRET, BYTES, 33 } }, "no secret" },
  { { { LINK, KEY_SECRET, NUMBER, 1 } }, "no secret" },
  { { { STAGE, KEY_ARGUMENT, ABSENT, 0 } }, NO_COMMAND },
  { { { STAGE, KEY_ARGUMENT, NUL, 0 } }, NO_COMMAND },
  { { { STAGE, KEY_KIND, NUMBER, STAGE_STDIN } }, NO_COMMAND },
  { { { STAGE, KEY_OUTPUT, NUMBER, 0 } }, NO_CHANNELS },
  { { { STAGE, KEY_OUTPUT, NUMBER, CHANNEL_NUMBER_MAX + 1 } }, NO_CHANNELS },
  { { { STAGE, KEY_OUTPUT, NUMBER, UINT32_MAX + (uint64_t) 2 } },
    NO_CHANNELS },
  { { { STAGE, KEY_OUTPUT, NUMBER, UINT64_MAX } }, NO_CHANNELS },
  { { { STAGE, KEY_INPUT, NUMBER, 1 } }, NO_CHANNELS },
  { { { STAGE, KEY_INPUT, NUMBER, UINT64_MAX } }, NO_CHANNELS },
  { { { STAGE, KEY_INPUT, ABSENT, 0 } }, NO_FIT },
  { { { STAGE, KEY_OUTPUT, ABSENT, 0 } }, NO_FIT },
  { { { STAGE, KEY_OUTPUT, NUMBER, 2 } }, NO_FIT },
  { { { LINK, KEY_CHANNEL, NUMBER, 2 } }, NO_FIT },
  { { { LINK, KEY_CHANNEL, NUMBER, 1 } }, NO_CHANNELS },
  { { { LINK, KEY_CHANNEL, TWICE, 0 } }, NO_CHANNELS },
  { { { LINK, KEY_CHANNEL, BYTES, 9 } }, NO_CHANNELS },
  { { { LINK, KEY_CHANNEL, NUMBER, CHANNEL_NUMBER_MAX + 1 } }, NO_CHANNELS },
  { { { TASK, KEY_DEAD_PEER, ABSENT, 0 } }, NO_TIME },
  { { { TASK, KEY_DEAD_PEER, NUMBER, 0 } }, NO_TIME },
  { { { TASK, KEY_DEAD_PEER, NUMBER, 1000001 } }, NO_TIME },
  { { { TASK, KEY_DEAD_PEER, NUMBER, UINT64_MAX } }, NO_TIME },
  { { { TASK, KEY_DEAD_PEER, BYTES, 0 } }, NO_TIME },
  { { { TASK, KEY_DEAD_PEER, BYTES, 9 } }, NO_TIME },
};

static void
check_bad (void)
{
  for (size_t i = 0; i < SIZEOF (bad_rows); i++)
    {
      struct task task;
      struct edit const *edit = bad_rows[i].edits;
      row_is ("bad message %zu, key %d, change %d, number %llu", i,
              (int) edit->key, (int) edit->change,
              (unsigned long long) edit->number);
      CHECK_TEXT (get_edited (&task, edit), bad_rows[i].wrong);
      task_free (&task);
      check_freed (&task);
    }
}

/* Numbers that fall back to those of a message without the field.  */
static struct
{
  struct edit edits[EDITS_MAX];
  struct task task;             /* its numbers */
  struct task_link link;        /* ... of its only link */
}
const odd_rows[] =
{
#define USUAL .dead_peer = 60, .wait_for_writers = -1, .name_after = -1
#define DECIDER .decider = true
#define PORTS .port_low = 4000, .port_high = 4009
#define LINK_USUAL DECIDER, .fallback = true, .listen = true, \
    .timeout = 5000
#define SIX .net = { .family = 6 }
  { { { .change = NONE } }, { USUAL, SIX }, { LINK_USUAL, PORTS } },
  { { { LINK, KEY_TIMEOUT, ABSENT, 0 }, { LINK, KEY_FALLBACK, ABSENT, 0 } },
    { USUAL, SIX }, { DECIDER, .listen = true, PORTS } },
  { { { LINK, KEY_TIMEOUT, NUMBER, (uint64_t) INT_MAX + 1 },
      { LINK, KEY_FALLBACK, NUMBER, 2 } },
    { USUAL, SIX }, { DECIDER, .listen = true, PORTS } },
  { { { LINK, KEY_TIMEOUT, NUMBER, UINT64_MAX },
      { LINK, KEY_FALLBACK, BYTES, 20 } },
    { USUAL, SIX }, { DECIDER, .listen = true, PORTS } },
  { { { LINK, KEY_LISTEN, ABSENT, 0 }, { TASK, KEY_FAMILY, ABSENT, 0 } },
    { USUAL }, { DECIDER, .fallback = true, .timeout = 5000, PORTS } },
  { { { LINK, KEY_LISTEN, NUMBER, 2 }, { TASK, KEY_FAMILY, NUMBER, 3 } },
    { USUAL }, { DECIDER, .fallback = true, .timeout = 5000, PORTS } },
  { { { LINK, KEY_DECIDER, NUMBER, 2 }, { TASK, KEY_FAMILY, NUMBER, 7 } },
    { USUAL }, { .fallback = true, .listen = true, .timeout = 5000, PORTS } },
  { { { TASK, KEY_METER, NUMBER, 99 }, { TASK, KEY_FAMILY, NUMBER, 5 } },
    { USUAL }, { LINK_USUAL, PORTS } },
  { { { TASK, KEY_METER, NUMBER, 500 } },
    { USUAL, SIX, .meter = 500 }, { LINK_USUAL, PORTS } },
  { { { TASK, KEY_METER, NUMBER, UINT64_MAX },
      { TASK, KEY_ENCRYPT, NUMBER, ENCRYPT_KERNEL + 1 } },
    { USUAL, SIX }, { LINK_USUAL, PORTS } },
  { { { LINK, KEY_PORT_LOW, ABSENT, 0 }, { LINK, KEY_PORT_HIGH, ABSENT, 0 } },
    { USUAL, SIX }, { LINK_USUAL } },
  { { { LINK, KEY_PORT_LOW, NUMBER, 65536 },
      { LINK, KEY_PORT_HIGH, NUMBER, 65536 } },
    { USUAL, SIX }, { LINK_USUAL } },
  { { { LINK, KEY_PORT_LOW, NUMBER, UINT64_MAX },
      { LINK, KEY_PORT_HIGH, NUMBER, 0 } },
    { USUAL, SIX }, { LINK_USUAL } },
  { { { LINK, KEY_PORT_HIGH, ABSENT, 0 } },
    { USUAL, SIX }, { LINK_USUAL, .port_low = 4000, .port_high = 4000 } },
  { { { LINK, KEY_PORT_HIGH, NUMBER, 3999 } },
    { USUAL, SIX }, { LINK_USUAL, .port_low = 4000, .port_high = 4000 } },
  { { { LINK, KEY_PORT_HIGH, NUMBER, 65536 } },
    { USUAL, SIX }, { LINK_USUAL, .port_low = 4000, .port_high = 4000 } },
  { { { TASK, KEY_DSCP, NUMBER, UINT64_MAX },
      { TASK, KEY_MULTIPATH, NUMBER, 2 } },
    { USUAL, SIX }, { LINK_USUAL, PORTS } },
  { { { TASK, KEY_DSCP, NUMBER, 46 }, { TASK, KEY_MULTIPATH, NUMBER, 1 } },
    { USUAL, .net = { .family = 6,
                      .socket = { .multipath = true, .marked = true,
                                  .dscp = 46 } } }, { LINK_USUAL, PORTS } },
  { { { TASK, KEY_STRICT, ABSENT, 0 },
      { TASK, KEY_WAIT_FOR_WRITERS, ABSENT, 0 } },
    { USUAL, SIX }, { LINK_USUAL, PORTS } },
  { { { TASK, KEY_STRICT, NUMBER, UINT64_MAX },
      { TASK, KEY_WAIT_FOR_WRITERS, NUMBER, (uint64_t) INT_MAX + 1 } },
    { USUAL, SIX, .strict = true }, { LINK_USUAL, PORTS } },
  { { { TASK, KEY_STRICT, BYTES, 9 },
      { TASK, KEY_WAIT_FOR_WRITERS, BYTES, 9 } },
    { USUAL, SIX }, { LINK_USUAL, PORTS } },
  { { { STAGE, KEY_RATE_LIMIT, NUMBER, UINT64_MAX },
      { STAGE, KEY_BLOCK_SIZE, NUMBER, UINT64_MAX } },
    { USUAL, SIX }, { LINK_USUAL, PORTS } },
  { { { STAGE, KEY_BUFFER, NUMBER, UINT64_MAX },
      { STAGE, KEY_START_AT, NUMBER, 101 } },
    { USUAL, SIX }, { LINK_USUAL, PORTS } },
  { { { STAGE, KEY_HOLD, NUMBER, 2 }, { STAGE, KEY_KIND, NUMBER, 77 } },
    { USUAL, SIX }, { LINK_USUAL, PORTS } },
};

static void
check_odd (void)
{
  for (size_t i = 0; i < SIZEOF (odd_rows); i++)
    {
      struct task got, wanted = odd_rows[i].task;
      struct task_link link = odd_rows[i].link;
      struct edit const *edit = odd_rows[i].edits;
      struct task_stage stage = {
        .number = 1, .role = (char *) "true", .argv = true_command, .in = 0,
        .out = 1
      };
      row_is ("odd message %zu, key %d, change %d, number %llu", i,
              (int) edit->key, (int) edit->change,
              (unsigned long long) edit->number);
      link.channels = both;
      link.channel_count = 2;
      wanted.stages = &stage;
      wanted.links = &link;
      wanted.stage_count = wanted.link_count = 1;
      CHECK_TEXT (get_edited (&got, edit), NULL);
      check_task (&got, &wanted);
      task_free (&got);
      check_freed (&got);
    }
}

/* More than there may be of what is listed.  */
static void
check_too_many (void)
{
  static struct { enum message_key key; unsigned most; char const *wrong; }
  const rows[] = {
    { KEY_STAGE, TASK_STAGES_MAX, "too many stages" },
    { KEY_LINK, TASK_LINKS_MAX, "too many links" },
    { KEY_CHANNEL, LINK_CHANNELS_MAX, "too many channels" }
  };
  for (size_t i = 0; i < SIZEOF (rows); i++)
    for (unsigned more = 0; more < 2; more++)
      {
        struct message_builder builder;
        struct message message;
        struct task task;
        row_is ("key %d, %u more than the most", (int) rows[i].key, more);
        message_begin (&builder, MESSAGE_PROBE);
        message_add_number (&builder, KEY_DEAD_PEER, 1);
        if (rows[i].key == KEY_CHANNEL)
          {
            message_begin_nested (&builder, KEY_LINK);
            message_add (&builder, KEY_SECRET, secret, SECRET_SIZE);
          }
        for (unsigned n = 0; n < rows[i].most + more; n++)
          if (rows[i].key == KEY_CHANNEL)
            message_add_number (&builder, KEY_CHANNEL, n);
          else
            {
              message_begin_nested (&builder, rows[i].key);
              message_add_text (&builder, KEY_ARGUMENT, "true");
              message_add (&builder, KEY_SECRET, secret, SECRET_SIZE);
              message_end_nested (&builder);
            }
        if (rows[i].key == KEY_CHANNEL)
          message_end_nested (&builder);
        message_finish (&builder);
        NEED (0 < message_parse (builder.bytes, builder.length, &message));
        CHECK_TEXT (task_get (&task, &message),
                    more ? rows[i].wrong : NULL);
        message_wipe (&builder);
        task_free (&task);
      }
}

/* No task makes its reader go wrong; the fuzzer aborts where one does.  */
static void
check_any_bytes (void)
{
  for (size_t i = 0; i < SIZEOF (good_rows); i++)
    {
      struct message_builder builder;
      row_is ("changed task %zu", i);
      message_begin (&builder, MESSAGE_TASK);
      task_put (&good_rows[i].task, &builder);
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
  check_too_many ();
  check_any_bytes ();
  return test_result ();
}
