/* One host's share of a run: its stages and its ends of the channels.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   The local side and the agent supervise in the same way; what differs is in
   the hooks.  What the other host has to know goes to it as messages.  */

#ifndef SUPERVISOR_H
# define SUPERVISOR_H 1

# include "data/end.h"
# include "data/mux.h"
# include "wire/control.h"
# include "base/events.h"
# include "base/guard.h"
# include "wire/message.h"
# include "net/rendezvous.h"
# include "base/signals.h"
# include "worker/stage.h"
# include "base/system.h"
# include "data/tuning.h"

/* ms between asking a stage to end and killing it.  */
enum { KILL_GRACE = 5000 };

enum { NO_CHANNEL = -1 };

/* A stage and the channels that it is on.  */
struct unit
{
  struct stage stage;
  int in;                       /* channel numbers, or NO_CHANNEL */
  int out;
  bool doomed;                  /* told to end */
};

struct supervisor_hooks
{
  void *context;
  /* UNIT's command runs; UNIT is over.  */
  void (*started) (void *context, struct unit *unit);
  void (*ended) (void *context, struct unit *unit);
  /* Children may have ended; reap those that are no units.  */
  void (*children) (void *context);
  /* A signal other than SIGCHLD and SIGTSTP has come, which is no notice.  */
  void (*signal) (void *context, int sig);
  /* A notice has come.  NULL where nobody wants to know.  */
  void (*noticed) (void *context, enum notice notice);
  /* The other host cannot be reached, as WHY says.  */
  void (*lost) (void *context, char const *why);
  /* A connection broke, though the other host is there.  NULL on the side
     that leaves the judgement to the other.  */
  void (*broken) (void *context);
};

struct supervisor
{
  struct supervisor_hooks hooks;
  struct events events;
  struct guard guard;
  struct control control;
  struct mux mux;
  struct rendezvous rendezvous;
  struct unit units[STAGES_MAX];
  size_t unit_count;
  struct end ends[CHANNELS_MAX];        /* of the channels, by number */
  unsigned channel_count;
  struct tuning tuning;         /* of the stages here */
  bool needs_count[CHANNELS_MAX];       /* how much goes through it has to be
                                   known, and the other host does not count */
  int dead_peer;                /* seconds */
  bool strict;                  /* any status but 0 cuts a stage's output */
  int64_t wait_for_writers;     /* ms from the end of a command to that of the
                                   last process that has its output; -1 = no
                                   limit */
  int64_t name_after;           /* ms until a process is named that is waited
                                   for; -1 = never */
  bool own_session;             /* units have no terminal */
  bool own_groups;              /* units lead process groups */
  int ending;                   /* signal for the units, once it is so */
  bool asked;                   /* what is to end has been told so */
  bool holders_doomed;          /* processes that the units left behind are
                                   to end as well */
  struct timer watch_timer;
  struct timer pace_timer;
  struct timer end_timer;
  struct timer tick_timer;
  struct timer look_timer;
};

/* Begin: the guard, signals, an empty loop.  Exits with a message where the
   system lacks even that.  */
extern void supervisor_open (struct supervisor *supervisor,
                             struct supervisor_hooks const *hooks);

/* Add a unit for the command ARGV, or for RELAY if ARGV is NULL; ROLE is its
   description.  */
extern struct unit *supervisor_add (struct supervisor *supervisor,
                                    char const *role, char **argv,
                                    int (*relay) (int, int), int in,
                                    int out);

/* Start the login or another process that is no unit, under guard.  */
extern int supervisor_start_login (struct supervisor *supervisor,
                                   struct stage *stage, int in, int out);

/* Start UNIT with its channels, or, where it has none, with IN or OUT.  A
   failure comes as the hook ENDED.  */
extern void supervisor_start (struct supervisor *supervisor,
                              struct unit *unit, int in, int out);

/* Take over a connected channel.  Return 0, or -1 with errno set.  */
extern int supervisor_take (struct supervisor *supervisor,
                            struct connection const *connection);

/* Let the login carry channel NUMBER, whose stage then has a pipe, or a local
   socket (mux.h).  Return 0, or -1 with errno set.  */
extern int supervisor_carry (struct supervisor *supervisor, unsigned number);

/* Put a relay called NAME (not copied; for messages) that runs FN with CONTEXT
   between our end of channel NUMBER and its stage, before that is started; one
   that is put there later stands nearer to the channel's socket.  There can be
   CHAIN_RELAYS_MAX of them.  */
extern void supervisor_add_relay (struct supervisor *supervisor, int number,
                               char const *name, relay_fn *fn,
                               void *context);

/* Let nothing here be sent faster than RATE bytes a second on a channel, from
   now on.  What goes through the login keeps to it only if there was a limit
   from the beginning.  */
extern void supervisor_limit_rate (struct supervisor *supervisor,
                                   uint64_t rate);

/* Begin to watch over the connection to the other host, and to send
   heartbeats.  */
extern void supervisor_watch (struct supervisor *supervisor);

/* Take a MESSAGE_CHANNEL_END.  Return whether it made sense.  */
extern bool supervisor_channel_end (struct supervisor *supervisor,
                                    struct message const *message);

/* Take a MESSAGE_CREDIT.  Return whether it made sense.  */
extern bool supervisor_credit (struct supervisor *supervisor,
                               struct message const *message);

/* Cut channel NUMBER, or all channels, so that no reader takes what it has
   for the whole.  */
extern void supervisor_cut_channel (struct supervisor *supervisor,
                                    int number);
extern void supervisor_cut (struct supervisor *supervisor);

/* Send SIG to all units after GRACE ms, SIGKILL after KILL_GRACE more, and
   let no reader of theirs see an end of file.  A second call does nothing
   but bring the signal forward.  */
extern void supervisor_end (struct supervisor *supervisor, int sig,
                            int64_t grace);

/* Send SIG to UNIT, and SIGKILL after KILL_GRACE ms.  */
extern void supervisor_end_unit (struct supervisor *supervisor,
                                 struct unit *unit, int sig);

/* Return whether UNIT may wait for input from us while it has the lock of what
   it writes to: see stage-pipe.h.  */
extern bool unit_is_filter (struct unit const *unit);

/* Return whether UNIT's command runs.  */
extern bool unit_runs (struct unit const *unit);

/* Return whether no unit runs, nothing that was told to end is left, and all
   that was written is on its way.  */
extern bool supervisor_idle (struct supervisor const *supervisor);

/* Let go of everything: wipe, close, dismiss the guard.  */
extern void supervisor_close (struct supervisor *supervisor);

#endif
