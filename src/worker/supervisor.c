/* One host's share of a run: its stages and its ends of the channels.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "worker/supervisor.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/children.h"
#include "base/diagnose.h"
#include "base/signals.h"
#include "child-subreaper.h"
#include "data/record-relay.h"
#include "socket-half.h"
#include "worker/attach.h"
#include "worker/ends.h"

/* Return whether the exit STATUS stands for a failure in the midst of the
   output: a shell, and a socketpipe too, exits with 128 + N when a command of
   its own died of signal N.  SIGPIPE is none: with pipefail, it is what a
   shell tells of `yes | head'.  */
static bool
tells_of_cut (int status)
{
  static int const signals[] = {
    SIGHUP, SIGINT, SIGQUIT, SIGILL, SIGABRT, SIGBUS, SIGFPE, SIGKILL,
    SIGSEGV, SIGTERM,
#ifdef SIGXCPU
    SIGXCPU,
#endif
#ifdef SIGXFSZ
    SIGXFSZ,
#endif
  };
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
    if (status == EXIT_SIGNAL_BASE + signals[i])
      return true;
  return false;
}

/* Return whether what the stage of UNIT wrote may be incomplete.  Most other
   statuses come after all the data (grep, diff); so they count only with
   --strict.  And what was made of a part is a part.  */
static bool
output_is_doubtful (struct supervisor const *s, struct unit const *unit)
{
  struct stage const *stage = &unit->stage;
  int status = WEXITSTATUS (stage->wait_status);
  return (s->ending != 0
          || stage->exec_errno != 0
          || (unit->in != NO_CHANNEL
              && channel_input_cut (&s->ends[unit->in].channel))
          || WIFSIGNALED (stage->wait_status)
          || tells_of_cut (status)
          || ((s->strict || stage->relay != NULL) && status != 0));
}

/* UNIT's stage is over: tell its ends, and the owner.  */
static void
unit_ended (struct supervisor *s, struct unit *unit)
{
  struct stage const *stage = &unit->stage;
  if (unit->in != NO_CHANNEL)
    ends_event (s, unit->in, stage->exec_errno != 0 ? EV_STAGE_DOUBTFUL
                : EV_STAGE_CLEAN);
  if (unit->out != NO_CHANNEL)
    {
      s->ends[unit->out].sigpipe = (stage->exec_errno == 0
                                    && WIFSIGNALED (stage->wait_status)
                                    && (WTERMSIG (stage->wait_status)
                                        == SIGPIPE));
      ends_event (s, unit->out, output_is_doubtful (s, unit)
                  ? EV_STAGE_DOUBTFUL : EV_STAGE_CLEAN);
    }
  s->hooks.ended (s->hooks.context, unit);
}

/* Reap UNIT if it has ended.  */
static void
reap_unit (struct supervisor *s, struct unit *unit)
{
  bool starting = unit->stage.state == STAGE_STARTING;
  int exec_fd = unit->stage.exec_fd;
  if (!stage_reap (&unit->stage, &s->guard))
    return;
  if (starting)
    {
      events_forget (&s->events, exec_fd);
      if (unit->stage.exec_errno == 0)
        s->hooks.started (s->hooks.context, unit);
    }
  unit_ended (s, unit);
}

static void
reap_all (struct supervisor *s)
{
  /* A relay's failure is why its command ended.  */
  ends_reap_relays (s);
  for (size_t i = 0; i < s->unit_count; i++)
    reap_unit (s, &s->units[i]);
  s->hooks.children (s->hooks.context);
  /* What a command left behind may have been the last to have its stream.  */
  children_reap_orphans ();
  for (unsigned i = 0; i < s->channel_count; i++)
    if (s->ends[i].state == END_HELD)
      ends_event (s, i, EV_LOOK);
}

/* ^Z: the units that share our process group have had it themselves.  */
static void
stop_and_go_on (struct supervisor *s)
{
  for (size_t i = 0; i < s->unit_count; i++)
    if (s->units[i].stage.group && unit_runs (&s->units[i]))
      stage_signal (&s->units[i].stage, SIGSTOP);
  signals_stop ();
  for (size_t i = 0; i < s->unit_count; i++)
    if (s->units[i].stage.group && unit_runs (&s->units[i]))
      stage_signal (&s->units[i].stage, SIGCONT);
}

static void
ready_for_signals (void *context, int fd, short ready)
{
  struct supervisor *s = context;
  (void) fd, (void) ready;
  int sig;
  while ((sig = signals_next ()) != 0)
    if (sig == SIGCHLD)
      reap_all (s);
    else if (sig == SIGTSTP)
      stop_and_go_on (s);
    else if (signals_notice (sig) == NOTICE_NONE)
      s->hooks.signal (s->hooks.context, sig);
    else if (s->hooks.noticed)
      s->hooks.noticed (s->hooks.context, signals_notice (sig));
}

void
supervisor_open (struct supervisor *s, struct supervisor_hooks const *hooks)
{
  *s = (struct supervisor) { .hooks = *hooks, .wait_for_writers = -1,
                            .name_after = -1 };
  rendezvous_init (&s->rendezvous);
  for (unsigned i = 0; i < CHANNELS_MAX; i++)
    end_init (&s->ends[i], i, false);
  control_init (&s->control);
  events_init (&s->events);
  /* What commands leave behind stays in sight.  */
  child_subreaper ();
  struct mux_out_hooks const mux_hooks = ends_mux_hooks (s);
  mux_init (&s->mux, &s->control, &s->events, &mux_hooks);
  if (guard_start (&s->guard) != 0)
    {
      complain ("cannot start a process: %s", strerror (errno));
      exit (EXIT_OWN_FAILURE);
    }
  int fd = signals_open ();
  if (fd < 0)
    {
      complain ("cannot make a pipe: %s", strerror (errno));
      guard_stop (&s->guard);
      exit (EXIT_OWN_FAILURE);
    }
  events_watch (&s->events, fd, POLLIN, ready_for_signals, s);
}

bool
unit_is_filter (struct unit const *unit)
{
  return unit->stage.relay != NULL || unit->in != NO_CHANNEL;
}

struct unit *
supervisor_add (struct supervisor *s, char const *role, char **argv,
                int (*relay) (int, int), int in, int out)
{
  struct unit *unit = &s->units[s->unit_count++];
  *unit = (struct unit) {
    .stage = { .role = role, .argv = argv, .relay = relay, .exec_fd = -1 },
    .in = in, .out = out
  };
  return unit;
}

static void
heard_of_exec (void *context, int fd, short ready)
{
  struct supervisor *s = context;
  (void) ready;
  for (size_t i = 0; i < s->unit_count; i++)
    {
      struct unit *unit = &s->units[i];
      if (unit->stage.exec_fd != fd)
        continue;
      events_forget (&s->events, fd);
      stage_started (&unit->stage);
      /* One that failed is reaped like any other.  */
      if (unit->stage.state == STAGE_RUNNING)
        s->hooks.started (s->hooks.context, unit);
      return;
    }
}

int
supervisor_start_login (struct supervisor *s, struct stage *stage, int in,
                        int out)
{
  struct stage_place place = {
    .in = in, .out = out, .own_session = s->own_session,
    .own_group = s->own_groups, .guard = &s->guard
  };
  return stage_start (stage, &place);
}

/* The relays that need the keys of channel NUMBER have them.  */
static void
forget_keys (struct supervisor *s, int number)
{
  if (number != NO_CHANNEL)
    secure_wipe_keys (&s->ends[number].channel.keys);
}

/* Start UNIT at PLACE, whose descriptors are filled in for its channels.
   Return whether it was started; if not, this is how it ended.  */
static bool
start_at (struct supervisor *s, struct unit *unit, struct stage_place *place)
{
  int in = -1, out = -1;
  struct stage *stage = &unit->stage;
  bool attached = true;
  if (unit->in != NO_CHANNEL)
    attached = 0 <= (place->in = attach_channel (s, unit->in, unit, &in));
  if (attached && unit->out != NO_CHANNEL)
    attached = 0 <= (place->out = attach_channel (s, unit->out, unit, &out));
  if (!attached)
    {
      stage->exec_errno = errno;
      stage->state = STAGE_ENDED;
    }
  bool started = attached && stage_start (stage, place) == 0;
  if (started)
    {
      struct end_stage const here = {
        .pid = stage->pid, .group = stage->group,
        .relay = stage->relay != NULL
      };
      if (unit->in != NO_CHANNEL)
        ends_started (s, unit->in, &here, place->in);
      if (unit->out != NO_CHANNEL)
        ends_started (s, unit->out, &here, place->out);
    }
  if (0 <= in)
    close (in);
  if (0 <= out)
    close (out);
  attach_give_away (s, unit->in);
  attach_give_away (s, unit->out);
  forget_keys (s, unit->in);
  forget_keys (s, unit->out);
  return started;
}

void
supervisor_start (struct supervisor *s, struct unit *unit, int in, int out)
{
  if (s->ending != 0)
    {
      unit->stage.state = STAGE_ENDED;
      unit->stage.exec_errno = EINTR;
      unit_ended (s, unit);
      return;
    }
  children_set_apart ();
  /* A relay whose reader has gone already need not wait for our input.  */
  if (unit->stage.relay && unit->out != NO_CHANNEL
      && s->ends[unit->out].channel.peer.outcome != OUTCOME_OPEN)
    in = -1;
  struct stage_place place = {
    .in = in, .out = out, .own_session = s->own_session,
    .own_group = s->own_groups, .command = true, .guard = &s->guard
  };
  if (unit->in != NO_CHANNEL)
    channel_begin (&s->ends[unit->in].channel);
  if (unit->out != NO_CHANNEL)
    channel_begin (&s->ends[unit->out].channel);
  if (start_at (s, unit, &place))
    events_watch (&s->events, unit->stage.exec_fd, POLLIN, heard_of_exec, s);
  else
    unit_ended (s, unit);
}

int
supervisor_take (struct supervisor *s, struct connection const *connection)
{
  unsigned number = connection->channel;
  struct channel *channel = &s->ends[number].channel;
  if (channel_take (channel, connection, s->dead_peer) != 0)
    return -1;
  /* One that reads its own standard output would wait for ever.  With several
     paths Linux resets the connection for this.  */
  if (channel->writer && channel->mode != SECURE_KERNEL
      && !channel->multipath)
    socket_stop_reading (channel->fd);
  if (channel_is_relayed (channel) && channel->writer)
    supervisor_add_relay (s, number, "encrypting", record_seal_relay,
                       &channel->keys);
  else if (channel_is_relayed (channel))
    supervisor_add_relay (s, number, "decrypting", record_open_relay,
                       &channel->keys);
  ends_connected (s, number, &socket_transport);
  return 0;
}

/* Return whether channel NUMBER is written by one that has its input from us,
   or moves bytes as we do.  */
static bool
is_written_by_filter (struct supervisor const *s, int number)
{
  for (size_t i = 0; i < s->unit_count; i++)
    if (s->units[i].out == number)
      return unit_is_filter (&s->units[i]);
  return false;
}

int
supervisor_carry (struct supervisor *s, unsigned number)
{
  struct end *end = &s->ends[number];
  struct channel *channel = &end->channel;
  enum stage_pipe pipe = (!channel->writer ? STAGE_PIPE_READER
                          : is_written_by_filter (s, number)
                          ? STAGE_PIPE_FILTER : STAGE_PIPE_WRITER);
  if (mux_open (&s->mux, number, pipe, &channel->fd) != 0)
    return -1;
  channel->carried = true;
  end->mux = &s->mux;
  ends_connected (s, number, &mux_transport);
  return 0;
}

bool
supervisor_credit (struct supervisor *s, struct message const *message)
{
  return mux_credit (&s->mux, message);
}

bool
supervisor_channel_end (struct supervisor *s, struct message const *message)
{
  uint64_t number, writer, outcome;
  if (!message_number (message, KEY_CHANNEL, &number)
      || !message_number (message, KEY_WRITER, &writer)
      || !message_number (message, KEY_OUTCOME, &outcome)
      || s->channel_count <= number
      || s->ends[number].channel.writer == (writer != 0)
      || outcome == OUTCOME_OPEN || OUTCOMES <= outcome)
    return false;
  struct channel_end end = { .outcome = outcome };
  end.counted = message_number (message, KEY_BYTES, &end.bytes);
  end.sealed = message_number (message, KEY_RECORDS, &end.records);
  ends_peer (s, number, &end);

  /* A relay that waits for our standard input would not notice.  */
  for (size_t i = 0; i < s->unit_count; i++)
    if (s->units[i].out == (int) number && s->units[i].stage.relay
        && s->units[i].stage.state != STAGE_ENDED)
      stage_signal (&s->units[i].stage, SIGPIPE);
  return true;
}

void
supervisor_close (struct supervisor *s)
{
  rendezvous_close (&s->rendezvous);
  control_close (&s->control);
  mux_close (&s->mux);
  for (unsigned i = 0; i < s->channel_count; i++)
    end_close (&s->ends[i]);
  guard_stop (&s->guard);
  events_free (&s->events);
}
