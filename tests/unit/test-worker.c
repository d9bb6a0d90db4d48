/* Test a worker that is driven by messages alone.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "worker/worker.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "base/children.h"
#include "monotonic.h"
#include "test-macros.h"
#include "wire/message-queue.h"

enum
{
  LIMIT = 30000,                /* ms for anything */
  SIZE = 1024 * 1024,           /* bytes that go through a channel */
#if HAVE_LINUX_TCP_INFO_BYTES_ACKED || HAVE_STRUCT_TCP_INFO_TCPI_BYTES_ACKED
  COUNTED = SIZE                /* ... as the kernel counts them */
#else
  COUNTED = -1                  /* it does not */
#endif
};

static struct process process;

/* A host: its worker, what that says, one word a message, and what it said on
   its way to the other host.  */
struct host
{
  struct worker worker;
  struct message_queue said;
  char log[2000];
  struct host *other;           /* or NULL */
  int in;
  int out;
};

static struct host hosts[2];
static size_t host_count;

/* Add a word to what HOST has said.  */
static void
note (struct host *host, char const *word, uint64_t number)
{
  size_t length = strlen (host->log);
  snprintf (host->log + length, sizeof host->log - length, "%s%s %d",
            length == 0 ? "" : "; ", word, (int) number);
}

/* Return the number with KEY in MESSAGE, or -1.  */
static int
number_in (struct message const *message, enum message_key key)
{
  uint64_t number;
  return message_number (message, key, &number) ? (int) number : -1;
}

/* HOST has said MESSAGE.  What a leader would pass on goes to the other
   host.  */
static void
hear (void *context, struct message const *message)
{
  struct host *host = context;
  char *text;
  switch (message->type)
    {
    case MESSAGE_STARTED:
      note (host, "started", number_in (message, KEY_STAGE));
      break;
    case MESSAGE_STAGE_END:
      note (host, "ended", number_in (message, KEY_STAGE));
      if (0 <= number_in (message, KEY_SIGNAL))
        note (host, "by signal", number_in (message, KEY_SIGNAL));
      else if (0 <= number_in (message, KEY_NOT_FOUND))
        note (host, "not run", number_in (message, KEY_NOT_FOUND));
      else
        note (host, "with", number_in (message, KEY_STATUS));
      break;
    case MESSAGE_CONNECTED:
      note (host, "connected", number_in (message, KEY_CHANNEL));
      break;
    case MESSAGE_CHANNEL_END:
      note (host, "channel", number_in (message, KEY_CHANNEL));
      note (host, "is", number_in (message, KEY_OUTCOME));
      note (host, "bytes", number_in (message, KEY_BYTES));
      break;
    case MESSAGE_OFFER:
      note (host, "offer", number_in (message, KEY_LINK));
      break;
    case MESSAGE_ERROR:
      text = message_text (message, KEY_TEXT, 0);
      note (host, text ? text : "error", number_in (message, KEY_CODE));
      free (text);
      break;
    default:
      break;
    }
  if (host->other && message->type != MESSAGE_CONNECTED
      && message->type != MESSAGE_ERROR
      && message->type != MESSAGE_STAGE_END
      && message->type != MESSAGE_NOTE)
    worker_take (&host->other->worker, message);
}

static void
say (void *context, struct message_builder *builder)
{
  struct host *host = context;
  message_queue_put (&host->said, builder);
}

static struct mux *
no_mux (void *context, unsigned link)
{
  (void) context, (void) link;
  return NULL;
}

static int64_t
no_silence (void *context, unsigned link)
{
  (void) context, (void) link;
  return -1;
}

static void
on_children (void *context)
{
  (void) context;
  for (size_t i = 0; i < host_count; i++)
    worker_reap (&hosts[i].worker);
  children_reap_orphans ();
  for (size_t i = 0; i < host_count; i++)
    worker_look (&hosts[i].worker);
}

static void
on_signal (void *context, int sig)
{
  (void) context, (void) sig;
}

/* Have COUNT hosts, whose stages without channels have IN and OUT.  */
static void
open_hosts (size_t count, int in, int out)
{
  host_count = count;
  for (size_t i = 0; i < count; i++)
    {
      struct host *host = &hosts[i];
      struct worker_lent const lent = {
        .context = host, .process = &process, .say = say, .mux = no_mux,
        .silence = no_silence, .in = in, .out = out
      };
      *host = (struct host) { .other = count == 2 ? &hosts[!i] : NULL };
      message_queue_open (&host->said, &process.events, hear, host);
      worker_open (&host->worker, &lent);
    }
}

static void
close_hosts (void)
{
  for (size_t i = 0; i < host_count; i++)
    {
      message_queue_close (&hosts[i].said);
      worker_close (&hosts[i].worker);
    }
  host_count = 0;
}

/* For a timer that only keeps the loop from waiting for ever.  */
static void
nothing (void *context)
{
  (void) context;
}

static bool
has_said (struct host const *host, char const *text)
{
  return strstr (host->log, text) != NULL;
}

/* Go on until HOST has said TEXT, among other things.  */
static void
expect_word (struct host *host, char const *text)
{
  int64_t end = monotonic_ms () + LIMIT;
  struct timer alarm = { .set = false };
  while (!has_said (host, text) && monotonic_ms () < end)
    {
      timer_set (&process.events, &alarm, 1000, nothing, NULL);
      events_step (&process.events);
    }
  timer_clear (&process.events, &alarm);
  if (!CHECK (has_said (host, text)))
    fprintf (stderr, "  not said: %s\n  said: %s\n", text, host->log);
}

/* Go on until HOST has said the whole of TEXT, and see that it has said
   nothing else.  What it says is forgotten.  */
static void
expect (struct host *host, char const *text)
{
  expect_word (host, text);
  CHECK_TEXT (host->log, text);
  host->log[0] = '\0';
}

/* Give HOST the message in *BUILDER.  */
static void
give (struct host *host, struct message_builder *builder)
{
  struct message message;
  message_finish (builder);
  NEED (0 < message_parse (builder->bytes, builder->length, &message));
  worker_take (&host->worker, &message);
  message_wipe (builder);
}

/* Give HOST a message of TYPE with the NUMBER for KEY.  */
static void
give_number (struct host *host, enum message_type type, enum message_key key,
             uint64_t number)
{
  struct message_builder builder;
  message_begin (&builder, type);
  message_add_number (&builder, key, number);
  give (host, &builder);
}

static struct task
usual_task (struct task_stage *stages, size_t count)
{
  return (struct task) {
    .dead_peer = 60, .wait_for_writers = -1, .name_after = -1,
    .stages = stages, .stage_count = count
  };
}

/* Give HOST the task of the COUNT stages in STAGES, and of LINK unless it is
   NULL.  */
static void
give_task (struct host *host, struct task_stage *stages, size_t count,
           struct task_link *link)
{
  struct message_builder builder;
  struct task task = usual_task (stages, count);
  task.links = link;
  task.link_count = link != NULL;
  message_begin (&builder, MESSAGE_TASK);
  task_put (&task, &builder);
  give (host, &builder);
}

static void
give_link (struct host *host, struct task_link const *link)
{
  struct message_builder builder;
  message_begin (&builder, MESSAGE_LINK);
  task_put_link (link, &builder);
  give (host, &builder);
}

static void
give_stop (struct host *host, int sig, int64_t grace)
{
  struct message_builder builder;
  message_begin (&builder, MESSAGE_STOP);
  message_add_number (&builder, KEY_SIGNAL, sig);
  message_add_number (&builder, KEY_GRACE, grace);
  give (host, &builder);
}

static char role[] = "command";
static char *exit_3[]
  = { (char *) "sh", (char *) "-c", (char *) "exit 3", NULL };
static char *sit[] = { (char *) "sleep", (char *) "1000", NULL };
static char *no_command[] = { (char *) "/no/such/command", NULL };
static char *copy[] = { (char *) "cat", NULL };
static unsigned first[] = { 0 };

/* A stage with the words ARGV, number NUMBER, without channels.  */
#define STAGE(Number, Argv) \
    { .number = Number, .role = role, .argv = Argv, .in = NO_CHANNEL, \
      .out = NO_CHANNEL }

/* A stage without channels starts at once, and one that is held when it is
   told to.  */
static void
test_stages (int null)
{
  struct task_stage stages[]
    = { STAGE (4, exit_3), STAGE (5, no_command), STAGE (7, exit_3) };
  stages[2].hold = true;
  struct host *host = &hosts[0];
  row_is ("stages without channels");
  open_hosts (1, null, null);
  CHECK (!worker_has_started (&host->worker));
  give_task (host, stages, 3, NULL);
  expect_word (host, "ended 4; with 3");
  expect_word (host, "ended 5; not run 1");
  CHECK (has_said (host, "started 4"));
  CHECK (!has_said (host, "started 5"));
  CHECK (!has_said (host, " 7"));
  CHECK (worker_has_started (&host->worker));
  CHECK (worker_is_idle (&host->worker));

  row_is ("a held stage");
  host->log[0] = '\0';
  give_number (host, MESSAGE_START, KEY_STAGE, 7);
  expect (host, "started 7; ended 7; with 3");
  /* That it is told so again changes nothing.  */
  give_number (host, MESSAGE_START, KEY_STAGE, 7);
  CHECK (worker_is_idle (&host->worker));

  row_is ("a start of a stage that is not here");
  give_number (host, MESSAGE_START, KEY_STAGE, 6);
  expect (host, "bad message: a start of no stage 0");
  CHECK (host->worker.failed);
  close_hosts ();
}

/* What cannot be is an error, and the worker does not do it.  */
static void
test_refusals (int null)
{
  struct task_stage stages[] = { STAGE (0, sit) };
  struct task_stage other[] = { STAGE (1, exit_3) };
  struct task_link link = {
    .number = 0, .channels = first, .channel_count = 1, .listen = true
  };
  struct host *host = &hosts[0];
  stages[0].out = 0;

  row_is ("a link before the task");
  open_hosts (1, null, null);
  give_link (host, &link);
  expect (host, "bad message: a link before the task 0");
  close_hosts ();

  row_is ("a second task");
  open_hosts (1, null, null);
  give_task (host, stages, 1, NULL);
  CHECK (!host->worker.failed);
  give_task (host, other, 1, NULL);
  expect (host, "bad message: a second task 0");
  CHECK_NUMBER (host->worker.stage_count, 1);

  row_is ("a link of a channel that has no end here");
  first[0] = 1;
  give_link (host, &link);
  expect (host, "bad message: a link of no channels 0");
  CHECK_NUMBER (host->worker.link_count, 0);
  first[0] = 0;

  row_is ("a link of a channel that has one");
  give_link (host, &link);
  expect (host, "offer 0");
  CHECK_NUMBER (host->worker.link_count, 1);
  link.number = 1;
  give_link (host, &link);
  expect (host, "bad message: a link of no channels 0");
  CHECK_NUMBER (host->worker.link_count, 1);

  row_is ("messages about no channel or link");
  give_number (host, MESSAGE_CREDIT, KEY_CHANNEL, 1);
  expect (host, "bad message: credit for no channel 0");
  give_number (host, MESSAGE_CHANNEL_END, KEY_CHANNEL, 1);
  expect (host, "bad message: an end of no channel 0");
  give_number (host, MESSAGE_CHANNEL_END, KEY_CHANNEL, 0);
  expect (host, "bad message: an end of no channel 0");
  give_number (host, MESSAGE_TRIED, KEY_LINK, 1);
  expect (host, "bad message: about no link 0");
  row_is ("a message that no worker is sent");
  give_number (host, MESSAGE_HELLO, KEY_LINK, 0);
  expect (host, "bad message: not for a worker 0");
  CHECK (!worker_has_started (&host->worker));
  close_hosts ();
}

/* MESSAGE_STOP ends what runs, and what does not run yet will not.  */
static void
test_stop (int null)
{
  struct task_stage stages[]
    = { STAGE (0, sit), STAGE (1, exit_3) };
  stages[1].hold = true;
  struct host *host = &hosts[0];
  row_is ("stopped at once");
  open_hosts (1, null, null);
  give_task (host, stages, 2, NULL);
  expect (host, "started 0");
  CHECK (!worker_is_idle (&host->worker));
  give_stop (host, SIGINT, 0);
  expect (host, "ended 0; by signal 2");
  give_number (host, MESSAGE_START, KEY_STAGE, 1);
  CHECK (worker_is_idle (&host->worker));
  CHECK_TEXT (host->log, "");
  close_hosts ();

  row_is ("stopped after some time");
  open_hosts (1, null, null);
  give_task (host, stages, 1, NULL);
  expect (host, "started 0");
  int64_t begun = monotonic_ms ();
  give_stop (host, SIGTERM, 300);
  expect (host, "ended 0; by signal 15");
  CHECK (300 <= monotonic_ms () - begun);
  close_hosts ();

  row_is ("a second stop ends the time");
  open_hosts (1, null, null);
  give_task (host, stages, 1, NULL);
  expect (host, "started 0");
  give_stop (host, SIGTERM, 60000);
  give_stop (host, SIGHUP, 60000);
  expect (host, "ended 0; by signal 1");
  close_hosts ();
}

static struct task_link
end_of_link (bool decider)
{
  return (struct task_link) {
    .number = 3, .secret = "the secret of the two hosts",
    .decider = decider, .listen = true, .dial = true, .channels = first,
    .channel_count = 1
  };
}

/* Fill the file behind FD with bytes that depend on their places, and let it
   be read from the beginning.  */
static void
fill (int fd)
{
  unsigned char *bytes = malloc (SIZE);
  uint32_t state = 1;
  NEED (bytes != NULL);
  for (size_t i = 0; i < SIZE; i++)
    bytes[i] = (state = state * 1664525 + 1013904223) >> 24;
  NEED (write (fd, bytes, SIZE) == SIZE && lseek (fd, 0, SEEK_SET) == 0);
  free (bytes);
}

static bool
same_contents (int a, int b)
{
  unsigned char *bytes = malloc (2 * SIZE + 2);
  NEED (bytes != NULL);
  ssize_t length_a = pread (a, bytes, SIZE + 1, 0);
  ssize_t length_b = pread (b, bytes + SIZE + 1, SIZE + 1, 0);
  bool same = (length_a == SIZE && length_b == SIZE
               && memcmp (bytes, bytes + SIZE + 1, SIZE) == 0);
  free (bytes);
  return same;
}

/* Two workers that know each other by messages alone connect a channel
   between them, and what the one's stage writes is what the other's reads.
   With LATE, the link comes to both after the task.  */
static void
test_pair (bool late)
{
  FILE *in = tmpfile (), *out = tmpfile ();
  NEED (in != NULL && out != NULL);
  struct task_stage writer[] = { STAGE (0, copy) };
  struct task_stage reader[] = { STAGE (1, copy) };
  struct task_link writers = end_of_link (false);
  struct task_link readers = end_of_link (true);
  char over[80];
  writer[0].out = reader[0].in = 0;
  writer[0].hold = true;
  row_is ("two workers%s", late ? ", and a link that comes later" : "");
  fill (fileno (in));
  open_hosts (2, fileno (in), fileno (out));
  give_task (&hosts[0], writer, 1, late ? NULL : &writers);
  give_task (&hosts[1], reader, 1, late ? NULL : &readers);
  if (late)
    {
      CHECK (!worker_has_started (&hosts[0].worker)
             && !worker_has_started (&hosts[1].worker));
      give_link (&hosts[0], &writers);
      give_link (&hosts[1], &readers);
    }
  expect_word (&hosts[0], "connected 0");
  expect_word (&hosts[1], "started 1");
  CHECK (!has_said (&hosts[0], "started"));
  give_number (&hosts[0], MESSAGE_START, KEY_STAGE, 0);
  expect_word (&hosts[1], "ended 1; with 0");
  expect_word (&hosts[0], "ended 0; with 0");
  snprintf (over, sizeof over, "channel 0; is %d; bytes %d", OUTCOME_CLEAN,
            COUNTED);
  expect_word (&hosts[0], over);
  snprintf (over, sizeof over, "channel 0; is %d; bytes %d", OUTCOME_COMPLETE,
            COUNTED);
  expect_word (&hosts[1], over);
  for (int i = 0; i < 2; i++)
    CHECK (!hosts[i].worker.failed && worker_is_idle (&hosts[i].worker));
  CHECK (same_contents (fileno (in), fileno (out)));
  close_hosts ();
  fclose (in);
  fclose (out);
}

/* Without the same secret there is no connection.  */
static void
test_secret (int null)
{
  struct task_stage writer[] = { STAGE (0, copy) };
  struct task_stage reader[] = { STAGE (1, copy) };
  struct task_link writers = end_of_link (false);
  struct task_link readers = end_of_link (true);
  writer[0].out = reader[0].in = 0;
  readers.secret[0] ^= 1;
  readers.timeout = 1000;
  row_is ("two workers with two secrets");
  open_hosts (2, null, null);
  give_task (&hosts[0], writer, 1, &writers);
  give_task (&hosts[1], reader, 1, &readers);
  expect_word (&hosts[1], "no direct connection 4");
  CHECK (!has_said (&hosts[0], "connected"));
  for (int i = 0; i < 2; i++)
    CHECK (!worker_has_started (&hosts[i].worker));
  close_hosts ();
}

int
main (void)
{
  struct process_hooks const hooks = {
    .children = on_children, .signal = on_signal
  };
  int null = open ("/dev/null", O_RDWR);
  NEED (0 <= null && ERROR_NO_ROUTE == 4);
  process_open (&process, &hooks);
  process.own_groups = true;
  test_stages (null);
  test_refusals (null);
  test_stop (null);
  test_pair (false);
  test_pair (true);
  test_secret (null);
  process_close (&process);
  return test_result ();
}
