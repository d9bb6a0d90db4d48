/* The local side towards a host that has socketpipe 1.10, while a run goes on.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   For compat.c, which leads the run from beginning to end, compat-begin.c,
   which gets 1.10 started there and connected, and compat-end.c, which tells
   how the stages ended.

   Theory of operation.  1.10 is started over there as "socketpipe -s HOST
   PORT COMMAND...", connects to PORT of HOST, which is this one, and gives
   the connection to the command as its standard input and output.  There is
   no agent to talk to: what can be known are the connection, and the end of
   the login, whose exit status is the remote command's as far as the login
   passes it on.  So there are no proofs, and no heartbeats.

   The words of the remote command are passed as 1.10 passed them, without
   quoting: where the login goes through a shell, that shell splits and expands
   them once more.  Whoever says --compat=1.10 has command lines that were
   written for that.

   The address of this host is given by -h, or asked for by a login before the
   real one (ask.h).

   Both local commands have the same socket, so one that ends early cannot
   half-close its direction.  When the output command has left, the line stays
   open for the input, until the remote command writes again: where it would
   have met SIGPIPE on a pipe, the connection is cut.  */

#ifndef COMPAT_RUN_H
# define COMPAT_RUN_H 1

# include <stdbool.h>
# include <stdint.h>

# include "compat/ask.h"
# include "attribute.h"
# include "compat/duplex.h"
# include "leader/login.h"
# include "report/report.h"
# include "run.h"
# include "worker/supervisor.h"

enum compat_phase
{
  PHASE_ASKING,                 /* the first login runs */
  PHASE_WAITING,                /* for the connection */
  PHASE_RUNNING,                /* local commands run, or have run */
  PHASE_CLOSING                 /* all is over but the login */
};

/* Places of the stages in the pipeline.  */
enum { INPUT, REMOTE, OUTPUT };

struct compat
{
  struct supervisor s;
  struct run const *run;
  struct ask ask;
  struct login login;
  enum compat_phase phase;
  int family;                   /* 4 or 6 */
  int listener;
  char port[12];
  char *host;                   /* ours, as seen there; malloc'ed */
  struct line line;
  struct unit *input;           /* NULL without -i */
  struct unit *output;
  struct result results[STAGES_MAX];
  bool input_cut;               /* the remote command's was */
  bool output_reset;            /* the output met an error, not its end */
  bool output_left;             /* it ended early */
  bool failed;                  /* by our own fault: EXIT_OWN_FAILURE */
  int signal;                   /* that ended us */
  int64_t started;              /* events_now */
  struct timer limit_timer;     /* for the connection */
  struct timer login_timer;
};

/* Return the seconds since the beginning.  */
extern double compat_seconds (struct compat *compat);

/* Return whether STAGE does not run.  */
extern bool compat_is_over (struct stage const *stage);

/* The run cannot go on, for the reason that FORMAT tells.  Only the first
   one is told.  */
extern void compat_fail (struct compat *compat, char const *format, ...)
  ATTRIBUTE_FORMAT ((__printf__, 2, 3));

/* Like that, as a hook: the other host cannot be reached, as WHY says.  */
extern void compat_lost (void *compat, char const *why);

/* The remote command is over.  A relay that waits for our standard input
   would not notice: end it.  */
extern void compat_release_input (struct compat *compat);

/* In compat-begin.c.  */

/* Listen, find out how this host is seen from there, and start 1.10.  Return
   whether this worked so far; if not, it has been said why.  */
extern bool compat_begin (struct compat *compat);

/* Nobody need connect any more.  */
extern void compat_stop_listening (struct compat *compat);

/* The login that started 1.10 has ended.  */
extern void compat_login_ended (struct compat *compat);

/* In compat-end.c.  */

/* The stage is over: do to the connection what follows from it.  */
extern void compat_end_input (struct compat *compat);
extern void compat_end_output (struct compat *compat);

/* Tell how the run ended.  Return the exit status.  */
extern int compat_report (struct compat *compat);

#endif
