/* The local side's login and the agent behind it, from the start to the end.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Theory of operation.  A session starts the login and speaks with the agent
   on behalf of its owner, a run or a probe, who hears of the rest by hooks.
   Whatever goes wrong is said once, and goes on from "closing": the agent is
   dismissed, the login is given some time to end, then made to, and left
   behind where not even SIGKILL ends it within a few seconds.  An owner
   whose commands run ends them first: then closing waits until he calls
   session_finish.  */

#ifndef SESSION_H
# define SESSION_H 1

# include <stdbool.h>
# include <stdint.h>

# include "attribute.h"
# include "net/early.h"
# include "base/events.h"
# include "leader/login.h"
# include "wire/message.h"
# include "run.h"
# include "worker/supervisor.h"

/* What the owner wants to hear.  Those from STARTED on may be NULL.  */
struct session_hooks
{
  void *context;
  /* The agent is there, speaks MIN to MAX, which fits, and is VERSION.  */
  void (*answered) (void *context, unsigned min, unsigned max,
                    char const *version);
  /* A message has come that is not about the session.  Return whether it
     makes sense.  */
  bool (*message) (void *context, struct message const *message);
  /* It is over, well or not: let go of all but the session.  Called
     once.  */
  void (*closing) (void *context);
  /* As the supervisor's; NULL where there are no units.  */
  void (*started) (void *context, struct unit *unit);
  void (*ended) (void *context, struct unit *unit);
  /* The agent failed, as CODE says.  Return whether that has been said now.
     NULL: leave it to the session.  */
  bool (*error) (void *context, uint64_t code);
  /* It has failed, maybe once more, which has been said; or SIG has come,
     maybe while it closes.  Return whether closing must wait.  NULL: it need
     not.  */
  bool (*failed) (void *context);
  bool (*signalled) (void *context, int sig);
  /* A notice has come.  NULL: it does not matter.  */
  void (*noticed) (void *context, enum notice notice);
  /* Return whether it matters that the agent is out of reach.  NULL: it
     does.  */
  bool (*needed) (void *context);
};

struct session
{
  struct supervisor s;
  struct run const *run;
  struct session_hooks hooks;
  struct login login;
  char agent[sizeof "--agent=" + EARLY_TEXT_MAX];
  char *host;                   /* the agent's nodename; malloc'ed */
  bool answered;
  bool closing;
  bool control_ended;
  bool abandoned;               /* the login cannot be killed, which has been
                                   said */
  bool failed;                  /* by our own fault, which has been said */
  bool lost;                    /* the agent is out of reach */
  int signal;                   /* that ended us, or 0 */
  int64_t started;              /* events_now */
  struct timer login_timer;
  struct timer lost_timer;
};

/* Prepare a session by the login of RUN.  Return 0; or, with a message, the
   exit status when there is no such command.  */
extern int session_open (struct session *session, struct run const *run,
                         struct session_hooks const *hooks);

/* Start the login.  EARLY is what to tell the agent at once, of
   early_describe, or NULL.  Return whether that went well; if not, it has been
   said.  The first message to be sent is control_send_first's.  */
extern bool session_start (struct session *session, char const *early);

/* Return the other host's name, fit to be shown.  It is good until the next
   call of any function of quotearg's for slot 1.  */
extern char const *session_host (struct session const *session);

/* Return the seconds since the session was opened.  */
extern double session_seconds (struct session *session);

/* It cannot go on, for the reason that FORMAT tells: say so, unless there was
   another one already, and close as soon as the owner lets us.  */
extern void session_fail (struct session *session, char const *format, ...)
  ATTRIBUTE_FORMAT ((__printf__, 2, 3));

/* All is done: let the agent and the login go.  */
extern void session_finish (struct session *session);

/* Make the login end after LIMIT ms, unless it is to be ended already.  */
extern void session_limit (struct session *session, int64_t limit);

/* Return whether nothing is left to wait for.  */
extern bool session_over (struct session const *session);

/* Free what is held; die of the signal that ended the session, if one
   did.  */
extern void session_close (struct session *session);

#endif
