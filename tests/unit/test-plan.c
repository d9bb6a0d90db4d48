/* Test what each host of a run is given to do.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "leader/plan.h"

#include "test-macros.h"

/* What a run needs to be told of, but is not about here.  */
enum { METER = 500, RATE = 1000, BUFFER = 4096, BLOCK = 512, START_AT = 50 };

static unsigned char const secret[SECRET_SIZE + 1]
  = "what links may be derived from..";

static char *words[] = { (char *) "cat", NULL };

/* The logins of the remote hosts; the second one sends in clear.  */
static char *const logins[] = { NULL, (char *) "ssh", (char *) "rsh",
                                (char *) "ssh" };

/* A link as text: its hosts, ':' and its channels.  */
struct row
{
  char const *hosts;            /* that of each stage, in order */
  bool implied;                 /* the last one is an implied output */
  char const *held;             /* stages that wait for the others */
  char const *tuned;            /* the stage with options about reading */
  char const *links;
};

static struct row const rows[] =
{
  /* This host and another one.  */
  { "010", false, "02", "2", "01:01" },
  { "010", true, "02", "1", "01:01" },
  { "10", false, "1", "1", "01:0" },
  { "10", true, "1", "0", "01:0" },
  /* Several.  */
  { "0120", false, "03", "3", "01:0 12:1 02:2" },
  { "0120", true, "03", "2", "01:0 12:1 02:2" },
  { "01230", true, "04", "3", "01:0 12:1 23:2 03:3" },
  /* A remote source waits for its reader on another remote host.  */
  { "120", true, "02", "1", "12:0 02:1" },
  { "12", false, "0", "1", "12:0" },
  /* The same pair of hosts twice is one link, in whatever direction.  */
  { "210", true, "02", "1", "12:0 01:1" },
  { "01210", false, "04", "4", "01:03 12:12" },
  { "0102", false, "02", "3", "01:01 02:2" },
};

/* Make *RUN the one of ROW.  */
static void
make_run (struct run *run, struct row const *row)
{
  *run = (struct run) {
    .timeout = 7, .dead_peer = 60, .dscp = -1, .rate_limit = RATE,
    .buffer = BUFFER, .block_size = BLOCK, .start_at = START_AT
  };
  size_t count = strlen (row->hosts);
  unsigned last = 0;
  for (size_t i = 0; i < count; i++)
    if (last < (unsigned) (row->hosts[i] - '0'))
      last = row->hosts[i] - '0';
  for (unsigned i = 0; i <= last; i++)
    {
      char **login = NULL;
      if (i != 0)
        {
          login = malloc (2 * sizeof *login);
          NEED (login != NULL);
          login[0] = logins[i];
          login[1] = NULL;
        }
      run_add_host (run, login);
    }
  for (size_t i = 0; i < count; i++)
    {
      bool relay = row->implied && i == count - 1;
      /* The words of a command stay the run's.  */
      unsigned stage = run_add_stage (run, "command", "place",
                                      relay ? STAGE_STDOUT : STAGE_COMMAND,
                                      relay ? NULL : words,
                                      row->hosts[i] - '0');
      run->stages[stage].implied = relay;
      if (0 < i)
        run_add_channel (run, "channel", i - 1, i);
    }
}

static void
free_run (struct run *run)
{
  for (size_t i = 0; i < run->stage_count; i++)
    run->stages[i].argv = NULL;
  run_free (run);
}

/* Return whether TEXT has the digit NUMBER.  */
static bool
has (char const *text, unsigned number)
{
  return strchr (text, '0' + number) != NULL;
}

static void
check_stages (struct plan const *plan, struct run const *run,
              struct row const *row)
{
  size_t count = 0;
  CHECK_NUMBER (plan->host_count, run->host_count);
  for (unsigned host = 0; host < plan->host_count; host++)
    {
      struct task const *task = &plan->tasks[host];
      CHECK_NUMBER (task->link_count, 0);
      CHECK_NUMBER (task->dead_peer, 60);
      CHECK_NUMBER (task->meter, METER);
      count += task->stage_count;
      for (size_t i = 0; i < task->stage_count; i++)
        {
          struct task_stage const *stage = &task->stages[i];
          unsigned number = stage->number;
          bool tuned = has (row->tuned, number);
          if (!CHECK (number < run->stage_count))
            continue;
          CHECK_NUMBER (host, run->stages[number].host);
          CHECK_NUMBER (stage->kind, run->stages[number].kind);
          CHECK (stage->argv == run->stages[number].argv);
          CHECK_TEXT (stage->role, "command");
          CHECK_NUMBER (stage->in, (int) number - 1);
          CHECK_NUMBER (stage->out, number == run->stage_count - 1
                        ? NO_CHANNEL : (int) number);
          CHECK_NUMBER (stage->hold, has (row->held, number));
          CHECK_NUMBER (stage->tuning.rate_limit, RATE);
          CHECK_NUMBER (stage->tuning.buffer, tuned ? BUFFER : 0);
          CHECK_NUMBER (stage->tuning.block_size, tuned ? BLOCK : 0);
          CHECK_NUMBER (stage->tuning.start_at, tuned ? START_AT : 0);
        }
    }
  CHECK_NUMBER (count, run->stage_count);
}

/* Write the links of PLAN to TEXT, as a row has them.  */
static void
describe_links (struct plan const *plan, char *text)
{
  for (size_t i = 0; i < plan->link_count; i++)
    {
      struct plan_link const *link = &plan->links[i];
      text += sprintf (text, "%s%u%u:", i ? " " : "", link->hosts[0],
                       link->hosts[1]);
      for (unsigned j = 0; j < link->ends[0].channel_count; j++)
        text += sprintf (text, "%u", link->ends[0].channels[j]);
    }
  *text = '\0';
}

static void
check_links (struct plan const *plan, struct run const *run,
             struct row const *row)
{
  char text[200];
  describe_links (plan, text);
  CHECK_TEXT (text, row->links);
  for (size_t i = 0; i < plan->link_count; i++)
    {
      struct plan_link const *link = &plan->links[i];
      struct task_link const *ends = link->ends;
      CHECK_NUMBER (ends[0].number, i);
      CHECK_NUMBER (ends[1].number, i);
      CHECK_NUMBER (plan_end_at (link, link->hosts[0]), 0);
      CHECK_NUMBER (plan_end_at (link, link->hosts[1]), 1);
      CHECK_NUMBER (plan_end_at (link, 9), -1);
      CHECK (link->hosts[0] < link->hosts[1]);
      CHECK (!ends[0].decider && ends[1].decider);
      CHECK (ends[0].fallback && ends[1].fallback);
      CHECK (ends[0].listen && ends[1].listen);
      CHECK (ends[0].dial && ends[1].dial);
      CHECK (!ends[0].to_leader);
      CHECK_NUMBER (ends[1].to_leader, link->hosts[0] == 0);

      /* The decider has its limit at once, the other end a later one, or, on
         this host, one that comes with the agent's answer.  */
      CHECK_NUMBER (ends[1].timeout, 7000);
      CHECK_NUMBER (ends[0].timeout,
                    link->hosts[0] == 0 ? 0 : 7000 + AGENT_FIRST);

      CHECK_NUMBER (ends[1].channel_count, ends[0].channel_count);
      CHECK (memcmp (ends[0].channels, ends[1].channels,
                     ends[0].channel_count * sizeof *ends[0].channels) == 0);
      for (unsigned j = 0; j < ends[0].channel_count; j++)
        CHECK_NUMBER (plan->channel_links[ends[0].channels[j]], i);
    }
  (void) run;
}

/* Both ends of a link have one secret, which is neither that of another one
   nor that of the run.  */
static void
check_secrets (struct plan const *plan)
{
  for (size_t i = 0; i < plan->link_count; i++)
    {
      unsigned char const *own = plan->links[i].ends[0].secret;
      CHECK (memcmp (own, plan->links[i].ends[1].secret, SECRET_SIZE) == 0);
      CHECK (memcmp (own, secret, SECRET_SIZE) != 0);
      for (size_t j = 0; j < i; j++)
        CHECK (memcmp (own, plan->links[j].ends[0].secret, SECRET_SIZE) != 0);
    }
}

static void
test_rows (void)
{
  for (size_t i = 0; i < SIZEOF (rows); i++)
    {
      struct run run;
      struct plan plan;
      row_is ("%s%s", rows[i].hosts, rows[i].implied ? " implied" : "");
      make_run (&run, &rows[i]);
      plan_make (&plan, &run, secret, METER);
      check_stages (&plan, &run, &rows[i]);
      check_links (&plan, &run, &rows[i]);
      check_secrets (&plan);
      plan_free (&plan);
      CHECK (plan.tasks == NULL && plan.links == NULL);
      free_run (&run);
    }
}

static struct row const three = { "0120", false, "", "", "" };

/* The secrets are those of the run's and the number alone.  */
static void
test_derivation (void)
{
  struct run run;
  struct plan plans[3];
  unsigned char other[SECRET_SIZE];
  memcpy (other, secret, sizeof other);
  other[SECRET_SIZE - 1] ^= 1;
  row_is ("secrets");
  make_run (&run, &three);
  for (int i = 0; i < 3; i++)
    plan_make (&plans[i], &run, i < 2 ? secret : other, METER);
  for (int i = 0; i < 3; i++)
    {
      unsigned char const *own = plans[0].links[i].ends[0].secret;
      CHECK (memcmp (own, plans[1].links[i].ends[0].secret, SECRET_SIZE)
             == 0);
      CHECK (memcmp (own, plans[2].links[i].ends[0].secret, SECRET_SIZE)
             != 0);
    }
  for (int i = 0; i < 3; i++)
    plan_free (&plans[i]);
  free_run (&run);
}

/* Whether logins may carry a channel depends on those of both hosts: host 2
   has one that sends in clear.  The digits are those of the links 01, 12, 02
   for which they may.  */
static struct
{
  char const *name;
  enum encrypt_mode encrypt;
  bool no_fallback;
  char const *fallback;
}
const fallback_rows[] =
{
  { "as usual", ENCRYPT_NONE, false, "012" },
  { "--no-fallback", ENCRYPT_NONE, true, "" },
  { "encrypted", ENCRYPT_ANY, false, "0" },
  { "encrypted, --no-fallback", ENCRYPT_ANY, true, "" },
  { "encrypted by the kernel", ENCRYPT_KERNEL, false, "" },
};

static void
test_fallback (void)
{
  for (size_t i = 0; i < SIZEOF (fallback_rows); i++)
    {
      struct run run;
      struct plan plan;
      row_is ("%s", fallback_rows[i].name);
      make_run (&run, &three);
      run.encrypt = fallback_rows[i].encrypt;
      run.no_fallback = fallback_rows[i].no_fallback;
      plan_make (&plan, &run, secret, METER);
      for (unsigned j = 0; j < plan.link_count; j++)
        for (int end = 0; end < 2; end++)
          CHECK_NUMBER (plan.links[j].ends[end].fallback,
                        has (fallback_rows[i].fallback, j));
      plan_free (&plan);
      free_run (&run);
    }
}

/* The options of a host: which end of its links listens, where, and under
   which address this host is known there.  */
static void
test_host_options (void)
{
  struct run run;
  struct plan plan;
  row_is ("options of hosts");
  make_run (&run, &three);
  run.hosts[1].listeners = LISTEN_LOCAL;
  run.hosts[1].port_low = 4000;
  run.hosts[1].port_high = 4009;
  run.hosts[1].address = "here.example";
  run.hosts[2].listeners = LISTEN_REMOTE;
  run.timeout = 0;
  plan_make (&plan, &run, secret, METER);
  struct task_link const *with_one = plan.links[0].ends;
  struct task_link const *between = plan.links[1].ends;
  struct task_link const *with_two = plan.links[2].ends;
  CHECK (with_one[0].listen && !with_one[1].listen);
  CHECK (!with_one[0].dial && with_one[1].dial);
  CHECK (between[0].dial && between[1].dial);
  CHECK (with_two[0].dial && with_two[1].dial);
  CHECK (!with_two[0].listen && with_two[1].listen);
  CHECK (!between[0].listen && between[1].listen);
  CHECK_NUMBER (with_one[0].port_low, 4000);
  CHECK_NUMBER (with_one[1].port_high, 4009);
  CHECK_NUMBER (between[0].port_low, 4000);
  CHECK_NUMBER (between[1].port_low, 0);
  CHECK_NUMBER (with_two[0].port_low, 0);
  CHECK_TEXT (with_one[0].address, "here.example");
  CHECK_TEXT (with_one[1].address, NULL);
  CHECK_TEXT (between[0].address, NULL);
  CHECK_TEXT (with_two[0].address, NULL);
  /* No limit is none for both.  */
  for (int i = 0; i < 3; i++)
    for (int end = 0; end < 2; end++)
      CHECK_NUMBER (plan.links[i].ends[end].timeout, 0);
  plan_free (&plan);
  free_run (&run);
}

int
main (void)
{
  test_rows ();
  test_derivation ();
  test_fallback ();
  test_host_options ();
  return test_result ();
}
