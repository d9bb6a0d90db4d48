/* The ends of channels that one host has, and what happens to them.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "worker/ends.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/children.h"
#include "base/diagnose.h"
#include "minmax.h"
#include "monotonic.h"
#include "process-state.h"
#include "quote.h"
#include "stream-holders.h"

enum { HELPERS_MAX = 64 };

/* Tell the other side how our end of channel NUMBER ended.  */
static void
announce (struct supervisor *s, int number)
{
  struct channel const *channel = &s->ends[number].channel;
  struct message_builder message;
  message_begin (&message, MESSAGE_CHANNEL_END);
  message_add_number (&message, KEY_CHANNEL, number);
  message_add_number (&message, KEY_WRITER, channel->writer);
  message_add_number (&message, KEY_OUTCOME, channel->own.outcome);
  if (channel->own.counted)
    message_add_number (&message, KEY_BYTES, channel->own.bytes);
  if (channel->own.sealed)
    message_add_number (&message, KEY_RECORDS, channel->own.records);
  control_send (&s->control, &message);
}

/* Return the unit on our end of channel NUMBER.  */
static struct unit *
unit_on (struct supervisor *s, int number)
{
  for (size_t i = 0; i < s->unit_count; i++)
    if (s->units[i].in == number || s->units[i].out == number)
      return &s->units[i];
  return NULL;
}

/* Put into HOLDER a process that has the stream of END.  Return whether one
   is known.  */
static bool
find_holder (struct end *end, struct stream_holder *holder)
{
  pid_t helpers[HELPERS_MAX];
  size_t count = children_helpers (helpers, HELPERS_MAX);
  *holder = end->holder;
  return ((holder->pid != 0 && stream_holder_has (holder, &end->identity))
          || stream_holders_look (&end->identity, helpers, count, 0, holder)
             == HOLDERS_SOME);
}

/* Write to TEXT what END waits for: "process 123 (tee), which still has the
   output of remote command 'sh'".  */
static void
describe_wait (struct supervisor *s, struct end *end, char *text, size_t size)
{
  struct stream_holder holder;
  struct unit const *unit = unit_on (s, end->number);
  char name[64], who[128];
  bool known = find_holder (end, &holder);
  if (!known)
    snprintf (who, sizeof who, "a process");
  else if (process_name (holder.pid, name, sizeof name))
    snprintf (who, sizeof who, "process %ld (%s)", (long) holder.pid, name);
  else
    snprintf (who, sizeof who, "process %ld", (long) holder.pid);
  /* One that we may not look into may have it.  */
  snprintf (text, size, "%s, which %s the %s of the %s %s", who,
            known && holder.fd < 0 ? "may still have" : "still has",
            end->channel.writer ? "output" : "input", unit->stage.role,
            unit->stage.argv ? quote (unit->stage.argv[0]) : "");
}

/* END waits for processes that its stage left behind: name one, and let it not
   wait longer than it may.  */
static void
look_after_wait (struct supervisor *s, struct end *end)
{
  char text[400];
  int64_t waited = monotonic_ms () - end->since;
  if (end->state != END_HELD)
    return;
  if (!end->named && 0 <= s->name_after && s->name_after <= waited)
    {
      end->named = true;
      describe_wait (s, end, text, sizeof text);
      warn ("waiting for %s (see --wait-for-writers)", text);
    }
  if (end->channel.writer && 0 <= s->wait_for_writers
      && s->wait_for_writers <= waited)
    {
      describe_wait (s, end, text, sizeof text);
      complain ("not waiting any longer for %s: the stream is cut", text);
      end_fail (end);
    }
}

static void plan_looks (struct supervisor *s);

/* Something has happened at the end of channel NUMBER: do for it what it
   cannot do by itself.  */
static void
settle (struct supervisor *s, int number)
{
  struct end *end = &s->ends[number];
  if (end->end_stage)
    {
      struct unit *unit = unit_on (s, number);
      end->end_stage = false;
      if (unit && unit_runs (unit))
        supervisor_end_unit (s, unit, SIGTERM);
    }
  if (end_is_over (end) && !end->announced)
    {
      end->announced = true;
      announce (s, number);
    }
  plan_looks (s);
}

void
ends_event (struct supervisor *s, int number, enum end_event event)
{
  end_event (&s->ends[number], event);
  settle (s, number);
}

/* It is time for some ends to look.  */
static void
look (void *context)
{
  struct supervisor *s = context;
  for (unsigned i = 0; i < s->channel_count; i++)
    if (end_next_look (&s->ends[i]) == 0)
      {
        end_event (&s->ends[i], EV_LOOK);
        look_after_wait (s, &s->ends[i]);
        settle (s, i);
      }
  plan_looks (s);
}

static void
plan_looks (struct supervisor *s)
{
  int64_t next = -1;
  for (unsigned i = 0; i < s->channel_count; i++)
    {
      int64_t own = end_next_look (&s->ends[i]);
      if (0 <= own)
        next = next < 0 ? own : MIN (next, own);
    }
  if (next < 0)
    timer_clear (&s->events, &s->look_timer);
  else
    timer_set (&s->events, &s->look_timer, next, look, s);
}

void
ends_connected (struct supervisor *s, int number,
                struct transport const *transport)
{
  end_connected (&s->ends[number], transport);
  settle (s, number);
}

/* The relay next to the writing stage has something to tell.  */
static void
ready_report (void *context, int fd, short ready)
{
  struct supervisor *s = context;
  (void) ready;
  for (unsigned i = 0; i < s->channel_count; i++)
    {
      struct relay_chain *chain = &s->ends[i].chain;
      if (chain_report_fd (chain) != fd)
        continue;
      chain_take_report (chain);
      /* What comes at its end is for who reaps it.  */
      if (chain_report_fd (chain) != fd)
        events_forget (&s->events, fd);
      ends_event (s, i, EV_LOOK);
      return;
    }
  events_forget (&s->events, fd);
}

void
ends_started (struct supervisor *s, int number,
              struct end_stage const *stage, int fd)
{
  struct end *end = &s->ends[number];
  int report = chain_report_fd (&end->chain);
  if (0 <= report)
    events_watch (&s->events, report, POLLIN, ready_report, s);
  end->strict = s->strict;
  end_started (end, stage, fd);
  settle (s, number);
}

void
ends_peer (struct supervisor *s, int number, struct channel_end const *peer)
{
  end_peer (&s->ends[number], peer);
  settle (s, number);
}

void
ends_reap_relays (struct supervisor *s)
{
  for (unsigned i = 0; i < s->channel_count; i++)
    {
      struct end *end = &s->ends[i];
      int report = chain_report_fd (&end->chain);
      bool changed = chain_reap (&end->chain, &s->guard,
                                 end->channel.writer ? "outgoing"
                                 : "incoming");
      if (0 <= report && chain_report_fd (&end->chain) != report)
        events_forget (&s->events, report);
      if (changed)
        ends_event (s, i, EV_LOOK);
    }
}

static void
mux_writer_closed (void *context, unsigned number)
{
  ends_event (context, number, EV_LOOK);
}

static void
mux_writer_drained (void *context, unsigned number)
{
  struct supervisor *s = context;
  s->ends[number].mux_drained = true;
  ends_event (context, number, EV_LOOK);
}

static void
mux_failed (void *context, unsigned number, int error)
{
  struct supervisor *s = context;
  struct end *end = &s->ends[number];
  complain (end->channel.writer
            ? "cannot read what is written to the outgoing channel: %s"
            : "cannot pass on what came of the incoming channel: %s",
            strerror (error));
  end_fail (end);
  settle (s, number);
}

struct mux_out_hooks
ends_mux_hooks (struct supervisor *s)
{
  return (struct mux_out_hooks) {
    .context = s, .closed = mux_writer_closed,
    .drained = mux_writer_drained, .failed = mux_failed
  };
}

void
supervisor_cut_channel (struct supervisor *s, int number)
{
  end_cut (&s->ends[number]);
  settle (s, number);
}

void
supervisor_cut (struct supervisor *s)
{
  for (unsigned i = 0; i < s->channel_count; i++)
    supervisor_cut_channel (s, i);
}

bool
ends_doom_holders (struct supervisor *s)
{
  bool any = false;
  for (unsigned i = 0; i < s->channel_count; i++)
    {
      struct end *end = &s->ends[i];
      struct unit const *unit = unit_on (s, i);
      if (end->stage.pid != 0 && !end->stage.relay
          && (!end_is_over (end) || (unit && unit_runs (unit))))
        end->doomed = true;
      any = any || end->doomed;
    }
  return any;
}

/* Send SIG to the processes that have the stream of END.  Return whether there
   are any.  */
static bool
signal_holders (struct end const *end, int sig)
{
  pid_t helpers[HELPERS_MAX];
  size_t count = children_helpers (helpers, HELPERS_MAX);
  return 0 < stream_holders_signal (&end->identity, helpers, count, 0, sig);
}

void
ends_ask_holders (struct supervisor *s)
{
  for (unsigned i = 0; i < s->channel_count; i++)
    {
      struct end *end = &s->ends[i];
      struct unit const *unit = unit_on (s, i);
      /* A command that runs has its own signal, and may end them itself.  */
      if (!end->doomed || end->asked || (unit && unit_runs (unit)))
        continue;
      end->asked = true;
      /* Not the signal that ends the run: what a shell starts in the
         background ignores those of the keyboard.  */
      signal_holders (end, SIGTERM);
      signal_holders (end, SIGCONT);
    }
}

bool
ends_signal_holders (struct supervisor *s, int sig)
{
  bool any = false;
  for (unsigned i = 0; i < s->channel_count; i++)
    if (s->ends[i].doomed && signal_holders (&s->ends[i], sig))
      any = true;
  return any;
}

bool
ends_wait (struct supervisor const *s)
{
  for (unsigned i = 0; i < s->channel_count; i++)
    if (chain_runs (&s->ends[i].chain) || end_waits (&s->ends[i]))
      return true;
  return false;
}
