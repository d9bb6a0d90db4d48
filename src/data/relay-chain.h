/* The chain of one end of a channel: relays between socket and command.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Theory of operation.  Usually a command owns the channel's socket.  Where
   the bytes need something that the kernel cannot do, there is a relay between
   them, or several in series, each a child that runs a function (relay.h):

     writing end   command -> pipe -> relay -> ... -> relay -> socket
     reading end   socket -> relay -> ... -> relay -> local socket -> command

   The relays and the worker then have the channel's socket (or, of a carried
   channel, the mux's descriptor in its place), and the command has the stage
   pipe.  The rules for a command that owns the socket apply here as well:

   A stream ends when the last process that has the stage's pipe closes it.
   The first relay meets the end of file then, and reports it (chain_report_fd,
   chain_take_report); but this alone is no end of the stream: the command may
   have been killed.  The owner decides.  By chain_finish, it orders the first
   relay to continue to the end of file and end; when that has ended well, the
   next one gets the order.  When the last one has, the state is CHAIN_DONE,
   and only then does the owner half-close the socket and tell the other end.
   By chain_flush, it has the relays pass on what is in the pipes now, however
   many others may still write, and end without an end of the stream; in the
   state CHAIN_DONE it then resets the socket.  An end of file without an order
   makes the relay fail, so that the death of a relay, or of the worker, never
   looks like the end of the stream.

   A command that reads gets its end of file from chain_end_reader only: when
   the relays have passed on everything, up to the end of file of the socket,
   and the other end has reported that its writer ended well.  In any other
   case it meets an error if chain_resets returns true; else it has to be ended
   before its socket is closed.

   When a reader leaves, its relay fails to write and ends, which closes the
   pipe before it, and so on up to the command that writes, which meets
   SIGPIPE.

   A relay that is killed by a signal, or returns RELAY_FAILED, is an internal
   failure: the rest of the chain is killed, and the state is CHAIN_FAILED.

   Relays are no stages: they lead process groups of their own, so that the
   terminal's signals to the commands (^C, ^Z) do not reach them, and are under
   guard.  */

#ifndef RELAY_CHAIN_H
# define RELAY_CHAIN_H 1

# include <stdbool.h>
# include <stddef.h>
# include <stdint.h>
# include <sys/types.h>

# include "base/guard.h"
# include "data/stage-pipe.h"
# include "data/relay.h"

/* The most relays at one end of a channel.  */
enum { CHAIN_RELAYS_MAX = 3 };

struct chain_relay
{
  char const *name;             /* "buffer"; for messages */
  relay_fn *fn;
  void *context;
  pid_t pid;                    /* -1 = not running */
  int word;                     /* writing end: orders are sent here; or -1 */
  int report;                   /* its reports come from here; or -1 */
  enum relay_order told;        /* the last one sent to it */
  bool refused;                 /* an order could not be sent, which has been
                                   reported */
  bool reports_over;
  bool has_ended;               /* by its report, which gives ... */
  uint64_t passed;              /* ... the bytes that it passed on */
  size_t held;                  /* bytes of the next report */
  unsigned char partial[sizeof (struct relay_report)];
};

enum chain_state
{
  CHAIN_IDLE,                  /* not started */
  CHAIN_RUNNING,
  CHAIN_DONE,                  /* everything up to the end or the cut has been
                                  passed on */
  CHAIN_LEFT,                  /* its reader has gone */
  CHAIN_CUT,                   /* its writer was cut off */
  CHAIN_FAILED,                /* internal failure, reported */
  CHAIN_KILLED                 /* by chain_kill, while it ran */
};

struct relay_chain
{
  unsigned count;               /* of relays; 0 = the command has the socket */
  /* The one next to the command is the first.  */
  struct chain_relay relays[CHAIN_RELAYS_MAX];
  enum chain_state state;
  bool writer;
  enum stage_pipe pipe;             /* the command's */
  enum relay_order order;       /* to the relays, one after the other */
  bool at_end;                  /* writer: no process has the stage's pipe any
                                   more, and it is empty */
  int end;                      /* our end of the stage pipe of
                                   STAGE_PIPE_FILTER or of a reader; or -1 */
  uint64_t volatile *shown;     /* the relays write here how much each has
                                   passed on; or NULL */
  bool delivered;               /* reader: has its end of file */
  bool killed;
  enum relay_end worst;         /* of the relays that have ended */
  uint64_t passed;              /* bytes taken by the last one to end */
};

/* Make *CHAIN an empty chain.  */
extern void chain_init (struct relay_chain *chain);

/* Add a relay called NAME (not copied) that runs FN with CONTEXT.  A relay
   that is added later is nearer to the channel's socket.  There are at most
   CHAIN_RELAYS_MAX.  */
extern void chain_add (struct relay_chain *chain, char const *name,
                        relay_fn *fn, void *context);

/* The same, but nearest to the command.  */
extern void chain_add_first (struct relay_chain *chain, char const *name,
                              relay_fn *fn, void *context);

/* Start the relays under GUARD, between the channel's SOCKET, which stays the
   caller's, and a stage that is joined as PIPE says; set *STAGE_FD to the
   stage's end, which is close-on-exec and the caller's to close once the stage
   has been started.  Return 0; or -1 with errno set, and what relays there are
   have been killed and are yet to be reaped.  */
extern int chain_start (struct relay_chain *chain, struct guard const *guard,
                         enum stage_pipe pipe, int socket, int *stage_fd);

/* Writing end: send the relays a new rate limit.  */
extern void chain_tell_rate (struct relay_chain *chain, uint64_t rate);

/* Return the descriptor that is readable when chain_take_report has a report
   to receive, or -1 when no more will come: at the reading end, or when at_end
   is known, or the first relay has ended.  It stays open until chain_close, so
   the event loop may forget it later.  */
extern int chain_report_fd (struct relay_chain const *chain);

/* Receive the first relay's reports, without waiting; this may set at_end.  */
extern void chain_take_report (struct relay_chain *chain);

/* Writing end: the end of file of the stage's pipe, which need not have come
   yet, is the end of the stream.  Order the relays, one after the other, to
   continue up to it and end the stream.  */
extern void chain_finish (struct relay_chain *chain);

/* Writing end: the stream is going to be cut.  Order the relays, one after the
   other, to pass on what is in the pipes now, even if processes still write to
   them, and to end without an end of the stream.  It may follow
   chain_finish.  */
extern void chain_flush (struct relay_chain *chain);

/* Reap the relays that have ended.  Return whether the state has changed,
   which it does at most twice.  NAME is the channel's, for messages.  */
extern bool chain_reap (struct relay_chain *chain, struct guard const *guard,
                         char const *name);

/* Kill the relays.  A reader that has no end of file yet meets an error now,
   if chain_resets returns true, else when its stage pipe is closed.  */
extern void chain_kill (struct relay_chain *chain);

/* Return whether a reader meets an error when its stage pipe is closed.  */
extern bool chain_resets (struct relay_chain const *chain);

/* Reading end, CHAIN_DONE: give the command its end of file.  */
extern void chain_end_reader (struct relay_chain *chain);

/* Reading end: return whether no process has the stage's end any more; or,
   after chain_end_reader, whether everything has been read, or cannot be read
   any more, or the system cannot tell; or whether chain_kill has given the
   reader its error.  */
extern bool chain_reader_gone (struct relay_chain *chain);

/* Return whether the reading command, which has ended, has read everything up
   to its end of file, as far as the system can tell.  */
extern bool chain_delivered (struct relay_chain *chain);

/* Set *BYTES to how much of the stream has been passed on so far, or until the
   end.  Return whether this is known.  */
extern bool chain_counts (struct relay_chain const *chain, uint64_t *bytes);

/* Return whether a relay is left to be reaped.  */
extern bool chain_runs (struct relay_chain const *chain);

/* Close all descriptors of *CHAIN.  */
extern void chain_close (struct relay_chain *chain);

#endif
