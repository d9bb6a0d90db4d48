/* How the commands of one host get off their ends of the channels.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "worker/supervisor-part.h"

#include <signal.h>
#include <string.h>

#include "base/diagnose.h"
#include "data/channel-judge.h"
#include "minmax.h"

/* How often, and each how many ms later, to look again at a reader that may
   have met an error.  */
enum { LOOKS = 20, LOOK_PAUSE = 100 };

bool
has_relays (struct supervisor const *s, int number)
{
  return 0 < s->chains[number].count;
}

/* Tell the other side how our end of channel NUMBER ended.  */
static void
announce_end (struct supervisor *s, int number)
{
  struct channel const *channel = &s->channels[number];
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

/* Our end of the carried channel NUMBER has ended as OUTCOME says.  */
static void
end_carried (struct supervisor *s, int number, enum channel_outcome outcome)
{
  struct channel *channel = &s->channels[number];
  chain_kill (&s->chains[number]);
  channel->own.outcome = outcome;
  channel->own.counted = true;
  channel->own.bytes = mux_bytes (&s->mux, number);
  mux_stop (&s->mux, number);
  announce_end (s, number);
}

void
carried_closed (void *context, unsigned number)
{
  /* It is the command's end that matters.  */
  (void) context, (void) number;
}

void
carried_failed (void *context, unsigned number, int error)
{
  struct supervisor *s = context;
  complain ("cannot carry the %s channel: %s",
            s->channels[number].writer ? "outgoing" : "incoming",
            strerror (error));
  if (s->channels[number].own.outcome == OUTCOME_OPEN)
    end_carried (s, number, OUTCOME_FAILED);
}

void
carried_all (void *context, unsigned number)
{
  end_carried (context, number, OUTCOME_CLEAN);
}

/* Return what became of the reader of channel NUMBER, which has a stage pipe.  */
static enum channel_outcome
outcome_of_reader (struct supervisor *s, int number)
{
  struct channel const *channel = &s->channels[number];
  struct relay_chain *chain = &s->chains[number];
  bool relayed = has_relays (s, number);
  if (relayed && chain->state == CHAIN_FAILED)
    return OUTCOME_FAILED;
  if (relayed && chain->worst == RELAY_TAMPERED)
    return OUTCOME_TAMPERED;
  if (relayed ? chain_delivered (chain)
      : mux_delivered (&s->mux, number))
    return OUTCOME_COMPLETE;
  /* A writer for whom the reader has left, before it has: somebody has cut
     the connection, at both ends.  */
  return (channel->aborted || channel_input_cut (channel)
          || (relayed && (chain->state == CHAIN_CUT
                           || channel->peer.outcome == OUTCOME_READER_LEFT))
          ? OUTCOME_BROKEN : OUTCOME_EARLY);
}

/* Where relays encrypt channel NUMBER, or the kernel does not count, it is the
   relays who know how much data there was.  */
static void
count_data (struct supervisor *s, int number)
{
  struct channel *channel = &s->channels[number];
  struct relay_chain const *chain = &s->chains[number];
  if (!channel_is_relayed (channel)
      && (channel->metered || channel->mode != SECURE_NONE))
    return;
  channel->own.counted = chain->state == CHAIN_DONE;
  channel->own.bytes = chain->passed;
}

/* The reader of channel NUMBER, which has a stage pipe, is over.  */
static void
leave_stage_pipe (struct supervisor *s, int number)
{
  enum channel_outcome outcome = outcome_of_reader (s, number);
  chain_kill (&s->chains[number]);
  if (s->channels[number].carried)
    {
      end_carried (s, number, outcome);
      return;
    }
  channel_end_as (&s->channels[number], outcome);
  count_data (s, number);
  announce_end (s, number);
}

/* The writer of the carried channel NUMBER is over, and its chain.  */
static void
leave_carried (struct supervisor *s, int number, bool failed)
{
  struct channel *channel = &s->channels[number];
  if (channel->peer.outcome != OUTCOME_OPEN && !channel->aborted)
    end_carried (s, number, OUTCOME_READER_LEFT);
  else if (failed || channel->aborted)
    end_carried (s, number, OUTCOME_ABORTED);
  else
    {
      channel->draining = true;
      mux_end_writer (&s->mux, number);
    }
}

/* The writer of channel NUMBER, which has a chain, is over.  Let that
   finish, or let go of the channel as soon as it has, or cannot.  */
static void
leave_relayed (struct supervisor *s, int number, bool failed,
                bool by_sigpipe)
{
  struct channel *channel = &s->channels[number];
  struct relay_chain *chain = &s->chains[number];
  bool reader_left = channel->peer.outcome != OUTCOME_OPEN;
  if (chain->state == CHAIN_RUNNING && !failed && !reader_left
      && !channel->aborted)
    {
      if (!channel->draining)
        chain_finish (chain);
      channel->draining = true;
      return;
    }
  bool relay_failed = chain->state == CHAIN_FAILED;
  failed = failed || chain->state != CHAIN_DONE;
  by_sigpipe = by_sigpipe || chain->state == CHAIN_LEFT;
  chain_kill (chain);
  if (channel->carried && !relay_failed)
    {
      leave_carried (s, number, failed);
      return;
    }
  if (channel->carried)
    {
      end_carried (s, number, OUTCOME_FAILED);
      return;
    }
  if (relay_failed)
    channel_end_as (channel, OUTCOME_FAILED);
  else
    channel_end_own (channel, failed, by_sigpipe);
  count_data (s, number);
  announce_end (s, number);
}

static void leave_socket (struct supervisor *s, int number, bool failed,
                          bool by_sigpipe);

/* There is room for what the kernel holds back.  */
static void
ready_to_flush (void *context, int fd, short ready)
{
  struct supervisor *s = context;
  (void) ready;
  events_forget (&s->events, fd);
  for (unsigned i = 0; i < s->channel_count; i++)
    if (s->channels[i].fd == fd)
      leave_socket (s, i, false, false);
}

/* Look again at the readers of which it could not be told how they ended.  */
static void
look_again (void *context)
{
  struct supervisor *s = context;
  for (unsigned i = 0; i < s->channel_count; i++)
    if (0 < s->channels[i].looks && s->channels[i].draining
        && s->channels[i].own.outcome == OUTCOME_OPEN)
      leave_socket (s, i, false, false);
}

/* The command that has the socket of channel NUMBER is over.  */
static void
leave_socket (struct supervisor *s, int number, bool failed, bool by_sigpipe)
{
  struct channel *channel = &s->channels[number];
  if (channel->writer && !failed && !channel->aborted
      && channel->peer.outcome == OUTCOME_OPEN && 0 <= channel->fd
      && !channel_flush (channel))
    {
      channel->draining = true;
      events_watch (&s->events, channel->fd, POLLOUT, ready_to_flush, s);
      return;
    }
  if (channel->looks < LOOKS && channel_is_undecided (channel))
    {
      channel->looks++;
      channel->draining = true;
      timer_set (&s->events, &s->look_timer, LOOK_PAUSE, look_again, s);
      return;
    }
  if (channel->draining && 0 <= channel->fd)
    events_forget (&s->events, channel->fd);
  channel_end_own (channel, failed, by_sigpipe);
  announce_end (s, number);
}

void
leave_channel (struct supervisor *s, int number, bool failed,
               bool by_sigpipe)
{
  struct channel *channel = &s->channels[number];
  bool relayed = has_relays (s, number);
  if (channel->own.outcome != OUTCOME_OPEN)
    return;
  if (!channel->writer && (channel->carried || relayed))
    leave_stage_pipe (s, number);
  else if (relayed)
    leave_relayed (s, number, failed, by_sigpipe);
  else if (channel->carried)
    leave_carried (s, number, failed);
  else
    leave_socket (s, number, failed, by_sigpipe);
}

/* The reader on channel NUMBER would get an end of file that is none.  */
static void
end_reader (struct supervisor *s, int number)
{
  for (size_t i = 0; i < s->unit_count; i++)
    if (s->units[i].in == number && unit_runs (&s->units[i]))
      supervisor_end_unit (s, &s->units[i], SIGTERM);
}

void
cut_reader (struct supervisor *s, int number)
{
  struct relay_chain *chain = &s->chains[number];
  bool relayed = has_relays (s, number);
  bool resets = relayed ? chain_resets (chain) : stage_pipe_resets ();
  chain_kill (chain);
  if (s->channels[number].carried && (relayed || resets))
    mux_stop (&s->mux, number);
  if (!resets)
    end_reader (s, number);
}

/* Cut channel NUMBER, which has a chain at our end.  */
static void
cut_relayed (struct supervisor *s, int number)
{
  struct channel *channel = &s->channels[number];
  if (!channel->writer && chain_delivered (&s->chains[number]))
    return;
  channel->aborted = true;
  if (!channel->writer)
    cut_reader (s, number);
  if (channel->carried)
    mux_stop (&s->mux, number);
  else
    channel_reset (channel);
  if (!channel->writer)
    return;
  chain_kill (&s->chains[number]);
  if (channel->draining)
    leave_channel (s, number, true, false);
}

void
supervisor_cut_channel (struct supervisor *s, int number)
{
  struct channel *channel = &s->channels[number];
  if (channel->own.outcome == OUTCOME_OPEN && has_relays (s, number))
    {
      cut_relayed (s, number);
      return;
    }
  if (!channel->carried)
    {
      if (!channel_abort (channel))
        end_reader (s, number);
      if (channel->draining && channel->own.outcome == OUTCOME_OPEN)
        leave_socket (s, number, true, false);
      return;
    }
  if (channel->own.outcome != OUTCOME_OPEN
      || (!channel->writer && mux_delivered (&s->mux, number)))
    return;
  channel->aborted = true;
  if (!channel->writer)
    cut_reader (s, number);
  else if (channel->draining)
    end_carried (s, number, OUTCOME_ABORTED);
  else
    mux_stop (&s->mux, number);
}

void
supervisor_cut (struct supervisor *s)
{
  for (unsigned i = 0; i < s->channel_count; i++)
    supervisor_cut_channel (s, i);
}

/* Return whether less was passed on, or more, than was written at the other
   end of channel NUMBER, as far as that has been counted; what relays have
   encrypted must have been.  */
static bool
counts_differ (struct supervisor const *s, int number)
{
  struct channel const *channel = &s->channels[number];
  if (!channel->peer.counted)
    return channel_is_relayed (channel);
  return channel->peer.bytes != s->chains[number].passed;
}

/* Give the reader of channel NUMBER, which has a chain, its end of file when
   it has passed on all, and the other end's writer came to a good end; or an
   error when that cannot be.  */
static void
look_after_reader (struct supervisor *s, int number)
{
  struct channel *channel = &s->channels[number];
  struct relay_chain *chain = &s->chains[number];
  if (channel->own.outcome != OUTCOME_OPEN)
    return;
  bool cut = (chain->state == CHAIN_CUT || chain->state == CHAIN_FAILED
              || (channel->peer.outcome != OUTCOME_OPEN
                  && channel->peer.outcome != OUTCOME_CLEAN));
  if (cut || (chain->state == CHAIN_DONE
              && channel->peer.outcome == OUTCOME_CLEAN
              && counts_differ (s, number)))
    cut_reader (s, number);
  else if (chain->state == CHAIN_DONE
           && channel->peer.outcome == OUTCOME_CLEAN)
    chain_end_reader (chain);
}

/* The chain of channel NUMBER has come to its end.  */
static void
take_chain_end (struct supervisor *s, int number)
{
  struct channel *channel = &s->channels[number];
  if (!channel->writer)
    look_after_reader (s, number);
  else if (channel->draining)
    leave_channel (s, number, false, false);
}

void
reap_chains (struct supervisor *s)
{
  for (unsigned i = 0; i < s->channel_count; i++)
    if (chain_reap (&s->chains[i], &s->guard,
                     s->channels[i].writer ? "outgoing" : "incoming"))
      take_chain_end (s, i);
}

/* The other end of the carried channel NUMBER is over.  */
static void
end_carried_peer (struct supervisor *s, int number)
{
  struct channel *channel = &s->channels[number];
  if (!channel->writer && channel->peer.outcome == OUTCOME_CLEAN)
    mux_end_reader (&s->mux, number);
  else if (!channel->writer)
    cut_reader (s, number);
  else if (channel->draining)
    end_carried (s, number, OUTCOME_READER_LEFT);
  else
    mux_stop (&s->mux, number);
}

void
take_peer_end (struct supervisor *s, int number,
               struct channel_end const *end)
{
  struct channel *channel = &s->channels[number];
  channel_end_peer (channel, end);
  if (channel->own.outcome != OUTCOME_OPEN)
    return;
  if (channel->carried)
    end_carried_peer (s, number);
  if (channel->own.outcome != OUTCOME_OPEN)
    return;
  if (!channel->carried && !has_relays (s, number) && channel->draining)
    leave_socket (s, number, false, false);
  if (!has_relays (s, number))
    return;
  if (!channel->writer)
    look_after_reader (s, number);
  else if (channel->draining)
    leave_channel (s, number, false, false);
}
