/* One host's share of a run: its stages and its ends of the channels.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "worker/supervisor-part.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "data/channel-watch.h"
#include "base/diagnose.h"
#include "minmax.h"
#include "data/record-relay.h"
#include "base/signals.h"

/* Return whether what the stage of UNIT wrote may be incomplete.  A status
   other than 0 comes after all the data in most commands (grep, diff); a
   signal, or a relay that failed, does not.  And what was made of a part is
   a part.  */
static bool
output_is_doubtful (struct supervisor const *s, struct unit const *unit)
{
  struct stage const *stage = &unit->stage;
  return (s->ending != 0
          || stage->exec_errno != 0
          || (unit->in != NO_CHANNEL
              && channel_input_cut (&s->channels[unit->in]))
          || WIFSIGNALED (stage->wait_status)
          || (stage->relay != NULL && stage->wait_status != 0));
}

/* UNIT's stage is over: take it off its channels, and tell.  */
static void
unit_ended (struct supervisor *s, struct unit *unit)
{
  struct stage const *stage = &unit->stage;
  if (unit->in != NO_CHANNEL)
    leave_channel (s, unit->in, false, false);
  if (unit->out != NO_CHANNEL)
    {
      bool by_sigpipe = (stage->exec_errno == 0
                         && WIFSIGNALED (stage->wait_status)
                         && WTERMSIG (stage->wait_status) == SIGPIPE);
      leave_channel (s, unit->out, output_is_doubtful (s, unit), by_sigpipe);
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
  reap_chains (s);
  for (size_t i = 0; i < s->unit_count; i++)
    reap_unit (s, &s->units[i]);
  s->hooks.children (s->hooks.context);
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
  *s = (struct supervisor) { .hooks = *hooks, .wait_for_writers = -1 };
  rendezvous_init (&s->rendezvous);
  for (unsigned i = 0; i < CHANNELS_MAX; i++)
    chain_init (&s->chains[i]);
  control_init (&s->control);
  events_init (&s->events);
  struct mux_out_hooks const mux_hooks = {
    .context = s, .closed = carried_closed, .drained = carried_all,
    .failed = carried_failed
  };
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
    secure_wipe_keys (&s->channels[number].keys);
}

/* Start UNIT at PLACE, whose descriptors are filled in for its channels.
   Return whether it was started; if not, this is how it ended.  */
static bool
start_at (struct supervisor *s, struct unit *unit, struct stage_place *place)
{
  int in = -1, out = -1;
  struct stage *stage = &unit->stage;
  bool met = true;
  bool filter = stage->relay != NULL || unit->in != NO_CHANNEL;
  if (unit->in != NO_CHANNEL)
    met = 0 <= (place->in = meet_channel (s, unit->in, filter, &in));
  if (met && unit->out != NO_CHANNEL)
    met = 0 <= (place->out = meet_channel (s, unit->out, filter, &out));
  if (!met)
    {
      stage->exec_errno = errno;
      stage->state = STAGE_ENDED;
    }
  bool started = met && stage_start (stage, place) == 0;
  if (0 <= in)
    close (in);
  if (0 <= out)
    close (out);
  give_away (s, unit->in);
  give_away (s, unit->out);
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
  /* A relay whose reader has gone already need not wait for our input.  */
  if (unit->stage.relay && unit->out != NO_CHANNEL
      && s->channels[unit->out].peer.outcome != OUTCOME_OPEN)
    in = -1;
  struct stage_place place = {
    .in = in, .out = out, .own_session = s->own_session,
    .own_group = s->own_groups, .command = true, .guard = &s->guard
  };
  if (unit->in != NO_CHANNEL)
    channel_begin (&s->channels[unit->in]);
  if (unit->out != NO_CHANNEL)
    channel_begin (&s->channels[unit->out]);
  if (!start_at (s, unit, &place))
    {
      unit_ended (s, unit);
      return;
    }
  events_watch (&s->events, unit->stage.exec_fd, POLLIN, heard_of_exec, s);
  if (unit->in != NO_CHANNEL && channel_input_cut (&s->channels[unit->in])
      && (s->channels[unit->in].carried || has_relays (s, unit->in)))
    cut_reader (s, unit->in);
}

int
supervisor_take (struct supervisor *s, struct connection const *connection)
{
  unsigned number = connection->channel;
  struct channel *channel = &s->channels[number];
  if (channel_take (channel, connection, s->dead_peer) != 0)
    return -1;
  if (channel_is_relayed (channel) && channel->writer)
    supervisor_add_relay (s, number, "encrypting", record_seal_relay,
                       &channel->keys);
  else if (channel_is_relayed (channel))
    supervisor_add_relay (s, number, "decrypting", record_open_relay,
                       &channel->keys);
  return 0;
}

/* Return whether who writes channel NUMBER has input of ours, or is a relay:
   see stage-pipe.h.  */
static bool
is_written_by_filter (struct supervisor const *s, int number)
{
  for (size_t i = 0; i < s->unit_count; i++)
    if (s->units[i].out == number)
      return s->units[i].stage.relay != NULL || s->units[i].in != NO_CHANNEL;
  return false;
}

int
supervisor_carry (struct supervisor *s, unsigned number)
{
  struct channel *channel = &s->channels[number];
  enum stage_pipe pipe = (!channel->writer ? STAGE_PIPE_READER
                          : is_written_by_filter (s, number)
                          ? STAGE_PIPE_FILTER : STAGE_PIPE_WRITER);
  if (mux_open (&s->mux, number, pipe, &channel->fd) != 0)
    return -1;
  channel->carried = true;
  return 0;
}

/* The heart of the matter of a dead host.  Silence on the control connection
   alone proves nothing: a login that is stopped is silent as well.  The
   kernels go on talking then, so it is they who are asked, as long as there
   is a connection between them.  */
static void
look_after_peer (void *context)
{
  struct supervisor *s = context;
  int64_t limit = s->dead_peer * INT64_C (1000);
  int64_t now = events_now (&s->events);
  bool connected = false, carried = false;
  for (unsigned i = 0; i < s->channel_count; i++)
    {
      struct channel *channel = &s->channels[i];
      if (s->hooks.broken && channel_broke (channel, now))
        {
          s->hooks.broken (s->hooks.context);
          return;
        }
      if (!has_relays (s, i) && channel_cut_is_overdue (channel, now))
        supervisor_cut_channel (s, i);
      if (channel_in_trouble (channel, now, limit / 2))
        {
          char why[80];
          snprintf (why, sizeof why,
                    "no sign of life on its connection for %d seconds",
                    s->dead_peer / 2);
          s->hooks.lost (s->hooks.context, why);
          return;
        }
      bool open = channel->peer.outcome == OUTCOME_OPEN;
      carried = carried || (channel->carried && open);
      connected = connected || (0 <= channel->fd && open);
    }
  if ((carried || !connected) && limit <= control_silence (&s->control))
    {
      char why[80];
      snprintf (why, sizeof why, "it has been silent for %d seconds",
                s->dead_peer);
      s->hooks.lost (s->hooks.context, why);
      return;
    }
  timer_set (&s->events, &s->watch_timer, MAX (250, limit / 24),
             look_after_peer, s);
}

void
supervisor_watch (struct supervisor *s)
{
  control_heartbeat (&s->control, MIN (15000, s->dead_peer * 1000 / 4));
  look_after_peer (s);
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
      || s->channels[number].writer == (writer != 0)
      || outcome == OUTCOME_OPEN || OUTCOMES <= outcome)
    return false;
  struct channel_end end = { .outcome = outcome };
  end.counted = message_number (message, KEY_BYTES, &end.bytes);
  end.sealed = message_number (message, KEY_RECORDS, &end.records);
  take_peer_end (s, number, &end);

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
    {
      chain_close (&s->chains[i]);
      forget_keys (s, i);
      channel_close (&s->channels[i]);
    }
  guard_stop (&s->guard);
  events_free (&s->events);
}
