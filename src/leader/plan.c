/* What each host has to do in a run, and which hosts are linked.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "leader/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/encryption.h"
#include "crypto/hkdf.h"
#include "minmax.h"
#include "xalloc.h"

/* After how many ms a process is named that is waited for: some seconds, or,
   when each step is told, what others need to close what they have.  */
enum { NAME_AFTER = 5000, NAME_AT_ONCE = 100 };

int
plan_end_at (struct plan_link const *link, unsigned host)
{
  return link->hosts[0] == host ? 0 : link->hosts[1] == host ? 1 : -1;
}

/* Return whether a login of HOST may carry data: not where it would be in
   clear though it was to be encrypted, or not by the kernel as was asked
   for.  */
static bool
may_fall_back (struct run const *run, unsigned host)
{
  char **login = run->hosts[host].login;
  return (!run->no_fallback && run->encrypt != ENCRYPT_KERNEL
          && (login == NULL || run->encrypt == ENCRYPT_NONE
              || !encryption_login_is_open (login[0])));
}

/* Derive the secret of the link NUMBER from SECRET.  */
static void
derive (unsigned char *link_secret, unsigned char const *secret,
        unsigned number)
{
  unsigned char key[HKDF_SIZE];
  char info[40];
  int length = snprintf (info, sizeof info, "socketpipe link %u", number);
  hkdf_extract (key, NULL, 0, secret, SECRET_SIZE);
  hkdf_expand (link_secret, SECRET_SIZE, key, info, length);
  explicit_bzero (key, sizeof key);
}

/* Return the limit, in ms, for the rendezvous of a link's end at HOST, which
   is its DECIDER or not; 0 = none.  That of the end here begins when the agent
   has answered; and the decider is to be the first, so that the other end
   hears of another route.  */
static int64_t
time_limit (struct run const *run, unsigned host, bool decider)
{
  if (host == 0 || run->timeout == 0)
    return 0;
  return run->timeout * INT64_C (1000) + (decider ? 0 : AGENT_FIRST);
}

/* Fill in the end of LINK, number NUMBER of RUN, at its host number INDEX.  */
static void
fill_end (struct plan_link *link, struct run const *run, unsigned number,
          unsigned char const *secret, int index)
{
  struct task_link *end = &link->ends[index];
  unsigned own = link->hosts[index];
  /* It is with the options of the login that the ends of a link with host 0
     listen.  */
  struct run_host const *options = &run->hosts[link->hosts[1]];
  bool here = own == 0;
  *end = (struct task_link) {
    .number = number, .decider = index == 1,
    .fallback = (may_fall_back (run, link->hosts[0])
                 && may_fall_back (run, link->hosts[1])),
    .listen = (here ? options->listeners != LISTEN_REMOTE
               : run->hosts[own].listeners != LISTEN_LOCAL),
    /* The user has it that only this host listens.  */
    .dial = !here || options->listeners != LISTEN_LOCAL,
    .to_leader = link->hosts[!index] == 0,
    .port_low = (here ? options : &run->hosts[own])->port_low,
    .port_high = (here ? options : &run->hosts[own])->port_high,
    .address = here && options->address ? xstrdup (options->address) : NULL,
    .timeout = time_limit (run, own, index == 1)
  };
  derive (end->secret, secret, number);
}

int
plan_link_between (struct plan const *plan, unsigned a, unsigned b)
{
  for (size_t i = 0; i < plan->link_count; i++)
    if (plan->links[i].hosts[0] == MIN (a, b)
        && plan->links[i].hosts[1] == MAX (a, b))
      return i;
  return -1;
}

/* Return the number of the link of the hosts A and B, which is made if there
   is none.  */
static unsigned
need_link (struct plan *plan, struct run const *run,
           unsigned char const *secret, unsigned a, unsigned b)
{
  int number = plan_link_between (plan, a, b);
  if (0 <= number)
    return number;
  plan->links = xnrealloc (plan->links, plan->link_count + 1,
                           sizeof *plan->links);
  struct plan_link *link = &plan->links[plan->link_count];
  *link = (struct plan_link) { .hosts = { MIN (a, b), MAX (a, b) } };
  fill_end (link, run, plan->link_count, secret, 0);
  fill_end (link, run, plan->link_count, secret, 1);
  return plan->link_count++;
}

/* Let channel NUMBER of RUN go over LINK.  */
static void
add_channel (struct plan_link *link, unsigned number)
{
  for (int i = 0; i < 2; i++)
    {
      struct task_link *end = &link->ends[i];
      end->channels = xnrealloc (end->channels, end->channel_count + 1,
                                 sizeof *end->channels);
      end->channels[end->channel_count++] = number;
    }
}

/* Return whether the stage NUMBER of RUN must wait until all others run: here,
   so that no local command starts for a remote one that cannot be; and a
   source whose reader is on another remote host than itself.  */
static bool
is_held (struct run const *run, unsigned number)
{
  unsigned host = run->stages[number].host;
  bool source = true, afar = false;
  for (size_t i = 0; i < run->channel_count; i++)
    {
      struct run_channel const *channel = &run->channels[i];
      unsigned reader = run->stages[channel->reader].host;
      source = source && channel->reader != number;
      afar = afar || (channel->writer == number && reader != 0
                      && reader != host);
    }
  return host == 0 || (source && afar);
}

/* Return whether stage NUMBER is the command at the end of the pipeline, which
   is what options about reading are for: the last one that was given.  */
static bool
reads_last (struct run const *run, unsigned number)
{
  unsigned last = run->stage_count - 1;
  return number == last - (0 < last && run->stages[last].implied);
}

/* Add stage NUMBER of RUN to TASK.  */
static void
add_stage (struct task *task, struct run const *run, unsigned number)
{
  struct run_stage const *stage = &run->stages[number];
  task->stages = xnrealloc (task->stages, task->stage_count + 1,
                            sizeof *task->stages);
  struct task_stage *s = &task->stages[task->stage_count++];
  *s = (struct task_stage) {
    .number = number, .kind = stage->kind, .role = xstrdup (stage->role),
    .argv = stage->argv, .in = NO_CHANNEL, .out = NO_CHANNEL,
    .hold = is_held (run, number),
    .tuning = { .rate_limit = run->rate_limit }
  };
  if (reads_last (run, number))
    {
      s->tuning.block_size = run->block_size;
      s->tuning.buffer = run->buffer;
      s->tuning.start_at = run->start_at;
    }
  for (size_t i = 0; i < run->channel_count; i++)
    if (run->channels[i].reader == number)
      s->in = i;
    else if (run->channels[i].writer == number)
      s->out = i;
}

static void
fill_task (struct task *task, struct run const *run, int64_t meter)
{
  *task = (struct task) {
    .dead_peer = run->dead_peer, .strict = run->strict,
    .wait_for_writers = (run->wait_for_writers == 0 ? -1
                         : run->wait_for_writers * INT64_C (1000)),
    .name_after = (run->level < 0 ? -1
                   : run->level == 0 ? NAME_AFTER : NAME_AT_ONCE),
    .meter = meter, .encrypt = run->encrypt,
    .net = { .family = run->family,
             .socket = { .multipath = run->multipath,
                         .marked = 0 <= run->dscp, .dscp = MAX (0, run->dscp),
                         .congestion = run->congestion } }
  };
}

void
plan_make (struct plan *plan, struct run const *run,
           unsigned char const *secret, int64_t meter)
{
  *plan = (struct plan) { .host_count = run->host_count };
  plan->tasks = xnmalloc (run->host_count, sizeof *plan->tasks);
  for (size_t i = 0; i < run->host_count; i++)
    fill_task (&plan->tasks[i], run, meter);
  for (size_t i = 0; i < run->stage_count; i++)
    add_stage (&plan->tasks[run->stages[i].host], run, i);
  plan->channel_links = xnmalloc (run->channel_count + 1,
                                  sizeof *plan->channel_links);
  for (size_t i = 0; i < run->channel_count; i++)
    {
      struct run_channel const *channel = &run->channels[i];
      unsigned link = need_link (plan, run, secret,
                                 run->stages[channel->writer].host,
                                 run->stages[channel->reader].host);
      plan->channel_links[i] = link;
      add_channel (&plan->links[link], i);
    }
}

void
plan_free (struct plan *plan)
{
  for (size_t i = 0; i < plan->host_count; i++)
    {
      struct task *task = &plan->tasks[i];
      for (size_t j = 0; j < task->stage_count; j++)
        {
          free (task->stages[j].role);
          task->stages[j].role = NULL;
          /* The run's.  */
          task->stages[j].argv = NULL;
        }
      task_free (task);
    }
  for (size_t i = 0; i < plan->link_count; i++)
    for (int j = 0; j < 2; j++)
      task_link_free (&plan->links[i].ends[j]);
  free (plan->tasks);
  free (plan->links);
  free (plan->channel_links);
  *plan = (struct plan) { .tasks = NULL };
}
