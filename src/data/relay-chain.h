/* The chain of one end of a channel: relays between socket and command.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Theory of operation.  Usually a command owns the channel's socket.  Where
   something has to be done to the bytes that the kernel cannot do, there is a
   relay between them, or several in series, each a child of ours that runs a
   function (relay.h):

     writing end   command -> pipe -> relay -> ... -> relay -> socket
     reading end   socket -> relay -> ... -> relay -> local socket -> command

   The relays and the supervisor have the channel's socket then (or, of a
   channel that the login carries, what the mux gives instead), and the
   command has what is next to it.  What holds for a command that owns the
   socket holds here as well:

   A stream ends when the last process that has the stage's pipe closes it.
   The first relay meets the end of file then, and reports it (chain_report_fd,
   chain_take_report); but this alone is no end of the stream: the command may
   have been killed.  The owner decides.  By chain_finish, it lets the first
   relay go on to the end of file and end; when that has ended well, the next
   one gets the word.  When the last one has, the state is CHAIN_DONE, and
   only then does the owner half-close the socket and tell the other end.  By
   chain_flush, it has the relays pass on what is in the pipes now, however
   many others may still write, and end without an end of the stream; in the
   state CHAIN_DONE it then resets the socket.  An end of file without a word
   is neither, so that the end of a relay that was killed, or of ourselves,
   does not look like one: it makes the relay fail.

   A command that reads gets its end of file by chain_end_reader and nothing
   else: when the relays have passed on all, up to the end of file of the
   socket, and the other end has said that its writer came to a good end.  In
   any other case it meets an error where chain_resets says so, else it has
   to be ended before its socket is closed.

   A reader that leaves makes its relay fail to write, which ends that and
   closes the pipe before it, and so on up to the command that writes, which
   meets SIGPIPE.

   A relay that dies of a signal, or says RELAY_FAILED, is a failure of ours:
   the rest of the chain is ended, and the state is CHAIN_FAILED.

   Relays are no stages: they lead process groups of their own, so that what a
   terminal sends to the commands (^C, ^Z) is not for them, and are under
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
  int word;                     /* writing end: where words go to; or -1 */
  int report;                   /* where its reports come from; or -1 */
  enum relay_order told;        /* the last one that it was sent */
  bool refused;                 /* it could not be sent one, which was said */
  bool reports_over;
  bool has_ended;               /* by its report, having passed on ... */
  uint64_t passed;              /* ... so many bytes */
  size_t held;                  /* bytes of the next report */
  unsigned char partial[sizeof (struct relay_report)];
};

enum chain_state
{
  CHAIN_IDLE,                  /* not started */
  CHAIN_RUNNING,
  CHAIN_DONE,                  /* all that chain_finish or chain_flush asked
                                  for has been passed on */
  CHAIN_LEFT,                  /* who reads from it has gone */
  CHAIN_CUT,                   /* who writes to it was cut off */
  CHAIN_FAILED,                /* by itself; this has been said */
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
                                   more, and all that was in it was taken */
  int end;                      /* of the stage pipe of STAGE_PIPE_FILTER or a
                                   reader, ours; or -1 */
  uint64_t volatile *shown;     /* what each relay has passed on so far, where
                                   they write it; or NULL */
  bool delivered;               /* reader: has its end of file */
  bool killed;
  enum relay_end worst;         /* end of those that are over */
  uint64_t passed;              /* bytes that the last of them to end took */
};

/* Make *CHAIN one of no relays.  */
extern void chain_init (struct relay_chain *chain);

/* Add a relay called NAME (not copied) that runs FN with CONTEXT.  One that is
   added later stands nearer to the channel's socket.  There must not be more
   than CHAIN_RELAYS_MAX.  */
extern void chain_add (struct relay_chain *chain, char const *name,
                        relay_fn *fn, void *context);

/* The same, but it stands nearest to the command.  */
extern void chain_add_first (struct relay_chain *chain, char const *name,
                              relay_fn *fn, void *context);

/* Start the relays under GUARD, between the channel's SOCKET, which stays the
   caller's, and a stage that is joined as PIPE says; set *STAGE_FD to the
   stage's end, which is close-on-exec and the caller's to close once the
   stage has been started.  Return 0, or -1 with errno set, and no relay is
   left but to be reaped.  */
extern int chain_start (struct relay_chain *chain, struct guard const *guard,
                         enum stage_pipe pipe, int socket, int *stage_fd);

/* Writing end: let the relays know of another rate limit.  */
extern void chain_tell_rate (struct relay_chain *chain, uint64_t rate);

/* Return the descriptor to be watched for reading, as chain_take_report then
   has something to take, or -1 when there is nothing more to come: at the
   reading end, or when at_end is known, or the first relay is over.  It stays
   open until chain_close, so it may be forgotten later than it is -1.  */
extern int chain_report_fd (struct relay_chain const *chain);

/* Take what the first relay has reported, without waiting; it may set
   at_end.  */
extern void chain_take_report (struct relay_chain *chain);

/* Writing end: the end of file of the stage's pipe, which need not have come
   yet, is the end of the stream.  Let the relays go on up to it, and end the
   stream, one after the other.  */
extern void chain_finish (struct relay_chain *chain);

/* Writing end: the stream is going to be cut.  Let the relays pass on what is
   in the pipes now, however many processes may still write to them, and end,
   one after the other, without an end of the stream.  It may come after
   chain_finish.  */
extern void chain_flush (struct relay_chain *chain);

/* Reap what has ended.  Return whether the state has changed, which it does
   twice at most.  NAME is the channel's, for messages.  */
extern bool chain_reap (struct relay_chain *chain, struct guard const *guard,
                         char const *name);

/* End the relays at once.  A reader that has no end of file yet meets an error
   now, if chain_resets says so, else when its stage pipe is closed.  */
extern void chain_kill (struct relay_chain *chain);

/* Return whether a reader meets an error when its stage pipe is closed.  */
extern bool chain_resets (struct relay_chain const *chain);

/* Reading end, CHAIN_DONE: give the command its end of file.  */
extern void chain_end_reader (struct relay_chain *chain);

/* Reading end: return whether no process reads any more what the chain gives,
   or, after chain_end_reader, whether all that was given has been read, or can
   be read no more, or the system cannot tell; also after chain_kill, where
   that has given the reader its error.  */
extern bool chain_reader_gone (struct relay_chain *chain);

/* Return whether the reading command, which is over, has read all up to its
   end of file, as far as the system tells.  */
extern bool chain_delivered (struct relay_chain *chain);

/* Set *BYTES to how much of the stream has been passed on so far, or until
   the end.  Return whether this is known: there are relays.  */
extern bool chain_counts (struct relay_chain const *chain, uint64_t *bytes);

/* Return whether a relay is left to be reaped.  */
extern bool chain_runs (struct relay_chain const *chain);

/* Close what is open.  */
extern void chain_close (struct relay_chain *chain);

#endif
