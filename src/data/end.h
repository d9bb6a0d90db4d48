/* One end of a channel, from before it is connected until it is over.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Theory of operation.  An end is a state machine: a table of states and
   events for the end that writes, and one for the end that reads.  An event
   changes the state and calls an action; an action changes no state, but may
   raise the next event.  Below it is a transport, which is a socket or the
   mux, and between the transport and the stage there may be a relay chain.

   What the machine is about is how a stream ends:

   - as on a pipe, when the last process that has it closes it.  The command
   may have left such processes behind (HELD), and it may close its output
   before it ends (CLOSED while RUNNING).  Where the system does not report
   that a socket is closed, an end has to look from time to time: see
   end_next_look.  - but never with an end of file after a doubtful stage, for
   example one that was killed: then its data is delivered, and a reset comes
   behind it (CUTTING).  A stream that was closed while the command lived is
   whole, whatever happens to the command later, unless STRICT is set: then
   nothing is closed before the command's status is known.  - an end is over
   exactly once; its result is in channel.own then, to be announced to the
   other end by the owner.

   The result of the other end comes as an event too, possibly before this end
   is connected.  */

#ifndef END_H
# define END_H 1

# include <stdbool.h>
# include <stddef.h>
# include <stdint.h>
# include <sys/types.h>

# include "data/channel.h"
# include "data/mux.h"
# include "data/pace.h"
# include "data/relay-chain.h"
# include "stream-holders.h"

enum end_state
{
  END_WAITING,                  /* for a connection */
  END_READY,                    /* connected, for the stage to start */
  END_RUNNING,                  /* the stage has it */
  END_HELD,                     /* the stage is over; other processes may
                                   have it still */
  END_LEFT,                     /* writer: its reader is gone, the stage is
                                   about to meet SIGPIPE */
  END_CUT,                      /* cut while its stage is not over */
  END_DRAINING,                 /* without holders; writer: data is in flight;
                                   reader: the result is not yet known */
  END_CUTTING,                  /* writer: data is in flight, and a reset comes
                                   behind it */
  END_OVER,
  END_STATES                    /* how many there are */
};

enum end_event
{
  EV_CONNECTED,                 /* there is a connection, or the mux */
  EV_STARTED,                   /* the stage has been started */
  EV_STAGE_CLEAN,               /* the stage is over; its output is whole */
  EV_STAGE_DOUBTFUL,            /* ... may not be, or it could not start */
  EV_CLOSED,                    /* no process has the stream any more */
  EV_HELD,                      /* the stage is over, and one has */
  EV_DRAINED,                   /* all data has been sent, or the result is
                                   known */
  EV_PEER_CLEAN,                /* the other end ended well */
  EV_PEER_LEFT,                 /* the other end's stage left before the end
                                   of the stream */
  EV_PEER_BAD,                  /* the other end met an error, or was cut */
  EV_CUT,                       /* the reader must not see an end of file */
  EV_LOOK,                      /* something may have changed */
  END_EVENTS
};

struct end;

/* What is under an end.  Each function works on END->channel and what else the
   transport needs; none changes END->state.  */
struct transport
{
  char const *name;             /* "socket", "mux" */
  /* Whether a process has the stage's descriptor; not asked where relays
     know it.  HOLDERS_UNKNOWN where the system cannot tell.  Reader, HELD:
     HOLDERS_NONE also when nothing is left to be read.  */
  enum stream_holders (*holders) (struct end *end);
  /* Writer: its reader is gone: make its stage meet SIGPIPE.  */
  void (*stop) (struct end *end);
  /* Writer: begin to send what is left: the stream has no holder, or with
     CUTTING is to be cut behind it.  */
  void (*drain) (struct end *end, bool cutting);
  /* Writer: return whether all data has been handed over and, with CUTTING,
     acknowledged as well.  */
  bool (*drained) (struct end *end, bool cutting);
  /* Writer, drained: end the stream.  Return OUTCOME_CLEAN; or
     OUTCOME_READER_LEFT if it had no reader any more.  */
  enum channel_outcome (*finish) (struct end *end);
  /* Reader: the stream is whole.  Send its end of file behind the unread data,
     where it has not come by itself.  */
  void (*deliver) (struct end *end);
  /* Reader: return whether its end of file has arrived, so that no reset can
     reach the stage any more.  */
  bool (*is_whole) (struct end *end);
  /* Reader, over: return whether the result is not known yet.  */
  bool (*is_undecided) (struct end *end);
  /* Reader, over: return its result.  */
  enum channel_outcome (*judge) (struct end *end);
  /* Reset it, at both ends.  Reader: return false where the stage would meet
     an end of file instead of an error, so that it has to be ended.  */
  bool (*abort) (struct end *end);
  /* Take the last counts into END->channel.own.  Writer: return whether they
     show that the reader is gone.  */
  bool (*count) (struct end *end);
  /* This end is over with channel.own.outcome, or the other one after it:
     release what is no longer needed.  */
  void (*release) (struct end *end);
};

/* The stage on an end.  */
struct end_stage
{
  pid_t pid;                    /* 0 = none */
  bool group;                   /* leads a process group of its own */
  bool relay;                   /* a process of ours, which leaves nothing
                                   behind */
};

struct end
{
  enum end_state state;
  struct channel channel;       /* its socket, if it has one, and its result */
  struct relay_chain chain;
  struct pace pace;
  struct transport const *transport;    /* NULL before EV_CONNECTED */
  struct mux *mux;              /* for the transport mux */
  bool mux_drained;             /* ... which has sent all */
  unsigned number;              /* of the channel */
  struct end_stage stage;
  bool strict;                  /* see above */
  bool handed_over;             /* writer: the transport has been told to
                                   drain */
  bool sigpipe;                 /* the doubtful stage died of SIGPIPE */
  bool fault;                   /* it failed internally, which has been
                                   reported */
  bool end_stage;               /* the owner has to end the stage, which would
                                   meet an end of file */
  struct stream_identity identity;      /* of what the stage was given */
  struct stream_holder holder;  /* HELD, or the stage: a holder; 0 = not
                                   known */
  int64_t since;                /* monotonic_ms of the last change of state */
  int64_t next_look;            /* monotonic_ms; see end_next_look */
  unsigned looks;               /* since then */
  uint64_t progress;            /* CUTTING: a count that changed at... */
  int64_t progressed;           /* ... this time, monotonic_ms */
  int64_t closed_since;         /* RUNNING: seen to be closed; 0 = not */
  enum end_event raised[8];     /* by actions, to be handled next */
  unsigned raised_count;
  bool handling;                /* an event, at present */
  /* The owner's.  */
  bool announced;               /* its result */
  bool named;                   /* who is waited for */
  bool doomed;                  /* who has it is to end... */
  bool asked;                   /* ... and has been told so */
};

/* The transport of a connected socket, and of what the login carries.  */
extern struct transport const socket_transport;
extern struct transport const mux_transport;

/* Make *END the end of channel NUMBER that writes, or reads.  */
extern void end_init (struct end *end, unsigned number, bool writer);

/* END has TRANSPORT below it now, which is set up: handle EV_CONNECTED.  */
extern void end_connected (struct end *end,
                           struct transport const *transport);

/* STAGE was given the descriptor FD of END: handle EV_STARTED.  */
extern void end_started (struct end *end, struct end_stage const *stage,
                         int fd);

/* The other end is over as *PEER says: keep that, and handle it.  */
extern void end_peer (struct end *end, struct channel_end const *peer);

/* Handle EVENT and those that follow from it.  */
extern void end_event (struct end *end, enum end_event event);

/* Handle EV_CUT, unless END is a reader's that has its end of file.  */
extern void end_cut (struct end *end);

/* END has failed internally, which has been reported: cut it.  */
extern void end_fail (struct end *end);

/* Return the ms until END needs an EV_LOOK; -1 = none before another
   event.  */
extern int64_t end_next_look (struct end const *end);

/* Return whether END waits for more than its stage: for holders of the stream,
   or for data in flight.  */
extern bool end_waits (struct end const *end);

/* Return whether END is over.  */
extern bool end_is_over (struct end const *end);

/* Close what END holds, and end its relays.  */
extern void end_close (struct end *end);

/* What a cell of the tables says: for tests, and for -v.  */
extern bool end_is_possible (bool writer, enum end_state state,
                             enum end_event event);
extern char const *end_state_name (enum end_state state);
extern char const *end_event_name (enum end_event event);

#endif
