/* A login, its control connection and the agent behind it, from the start to
   the end.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Theory of operation.  A session starts the login and speaks with the agent
   on behalf of its owner, a leader or a probe, which hears of the rest by
   hooks.  Whatever goes wrong is reported once, for all sessions of the owner,
   and goes on from "closing": the agent is dismissed, the login is given some
   time to end, then made to, and left behind where not even SIGKILL ends it
   within a few seconds.  An owner whose stages run ends them first: then
   closing waits until it calls session_finish.  */

#ifndef SESSION_H
# define SESSION_H 1

# include <stdbool.h>
# include <stdint.h>

# include "attribute.h"
# include "base/events.h"
# include "base/process.h"
# include "data/mux.h"
# include "leader/login.h"
# include "net/early.h"
# include "run.h"
# include "wire/control.h"
# include "wire/message.h"

struct session;

struct session_hooks
{
  void *context;
  /* The agent is there, speaks MIN to MAX, which fits, and is VERSION.  */
  void (*answered) (void *context, struct session *session, unsigned min,
                    unsigned max, char const *version);
  /* A message has come that is not about the session.  Return whether it
     makes sense.  */
  bool (*message) (void *context, struct session *session,
                   struct message const *message);
  /* The agent failed, as CODE and MESSAGE say, for a reason that is not the
     session's.  Return whether the owner reports that, and fails.  NULL: it
     does not.  */
  bool (*error) (void *context, struct session *session, uint64_t code,
                 struct message const *message);
  /* A session closes, well or not.  Called once for each.  NULL: nothing has
     to be done.  */
  void (*closing) (void *context, struct session *session);
  /* It has failed, maybe once more, which has been reported: close the
     sessions, or begin with what has to be done before.  */
  void (*failed) (void *context);
  /* Return whether it matters that the agent is out of reach.  NULL: it
     does.  */
  bool (*needed) (void *context, struct session *session);
};

/* What all sessions of an owner have in common.  */
struct sessions
{
  struct process *process;
  struct run const *run;
  struct session_hooks hooks;
  struct mux_out_hooks mux;
  bool failed;                  /* by our own fault, which has been
                                   reported */
  int signal;                   /* that ended us, or 0 */
  int64_t started;              /* events_now */
};

struct session
{
  struct sessions *all;
  struct run_host const *host;
  unsigned number;              /* of the host */
  struct control control;
  struct mux mux;
  struct login login;
  char agent[sizeof "--agent=" + EARLY_TEXT_MAX];
  char *nodename;               /* the agent's; malloc'ed or NULL */
  bool begun;                   /* the login has been started */
  bool answered;
  bool closing;
  bool control_ended;
  bool abandoned;               /* the login cannot be killed, which has been
                                   reported */
  bool lost;                    /* the agent is out of reach */
  struct timer login_timer;
  struct timer lost_timer;
};

/* Make *ALL the sessions of RUN in PROCESS.  MUX has the hooks of channels
   that logins carry.  */
extern void sessions_open (struct sessions *all, struct process *process,
                           struct run const *run,
                           struct session_hooks const *hooks,
                           struct mux_out_hooks const *mux);

/* Return the seconds since then.  */
extern double sessions_seconds (struct sessions *all);

/* It cannot go on, for the reason that FORMAT tells: report it, unless it is
   only a consequence of what has been reported, and call the hook FAILED.  */
extern void sessions_fail (struct sessions *all, char const *format, ...)
  ATTRIBUTE_FORMAT ((__printf__, 2, 3));

/* Make *SESSION the one with host NUMBER of the run.  */
extern void session_open (struct session *session, struct sessions *all,
                          unsigned number);

/* Start the login.  EARLY is what to tell the agent at once, of
   early_describe, or NULL.  Return whether that went well; if not, it has been
   reported.  The first message to be sent is control_send_first's.  */
extern bool session_start (struct session *session, char const *early);

/* Return the other host's name, fit to be shown.  It is good until the next
   call of any function of quotearg's for slot 1 plus the host's number.  */
extern char const *session_host (struct session const *session);

/* The agent is out of reach, for the reason WHY: report it, unless it does not
   matter.  */
extern void session_lose (struct session *session, char const *why);

/* A child may have been the login: reap it.  */
extern void session_reap (struct session *session);

/* All is done: let the agent and the login go.  */
extern void session_finish (struct session *session);

/* The process has got SIG: pass it to a login whose agent has not answered,
   which may be asking for a password.  */
extern void session_signal (struct session *session, int sig);

/* Make the login end after LIMIT ms, unless it is to be ended already.  */
extern void session_limit (struct session *session, int64_t limit);

/* Return whether nothing is left to wait for.  */
extern bool session_is_over (struct session const *session);

/* Free what is held.  */
extern void session_close (struct session *session);

#endif
