/* The local side towards a host that has socketpipe 1.10.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

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

#include <config.h>

#include "compat.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "address.h"
#include "ask.h"
#include "attribute.h"
#include "diagnose.h"
#include "line.h"
#include "foreground.h"
#include "login.h"
#include "quote.h"
#include "relay.h"
#include "report.h"
#include "stream-socket.h"
#include "supervisor.h"
#include "system.h"
#include "xalloc.h"

/* Times, in ms.  */
enum
{
  STRAGGLER = 500,              /* for a connection after the login's end */
  STAGE_GRACE = 2000,           /* for commands to end by themselves */
  LOGIN_GRACE = 2000            /* for the login, after a signal */
};

/* What the output command may leave unread without harm: about as much as
   a pipe would hold.  */
enum { PIPEFUL = 64 * 1024 };

enum phase
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
  enum phase phase;
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

static double
seconds (struct compat *c)
{
  return (events_now (&c->s.events) - c->started) / 1e3;
}

static bool
stage_is_over (struct stage const *stage)
{
  return stage->state == STAGE_IDLE || stage->state == STAGE_ENDED;
}

static void
stop_listening (struct compat *c)
{
  timer_clear (&c->s.events, &c->limit_timer);
  if (c->listener < 0)
    return;
  events_forget (&c->s.events, c->listener);
  close (c->listener);
  c->listener = -1;
}

static void
kill_login (void *context)
{
  struct compat *c = context;
  stage_signal (&c->ask.login.stage, SIGKILL);
  stage_signal (&c->login.stage, SIGKILL);
}

/* Make the logins end.  */
static void
end_login (struct compat *c, int sig)
{
  struct stage *stages[] = { &c->ask.login.stage, &c->login.stage };
  for (int i = 0; i < 2; i++)
    {
      stage_signal (stages[i], sig);
      stage_signal (stages[i], SIGCONT);
    }
  timer_set (&c->s.events, &c->login_timer, LOGIN_GRACE, kill_login, c);
}

/* End everything by SIG, the local commands after GRACE ms.  */
static void
end_all (struct compat *c, int sig, int64_t grace)
{
  stop_listening (c);
  ask_stop (&c->ask);
  line_cut (&c->line);
  supervisor_end (&c->s, sig, grace);
  end_login (c, sig);
  if (c->phase != PHASE_RUNNING)
    c->phase = PHASE_CLOSING;
}

static void fail (struct compat *c, char const *format, ...)
  ATTRIBUTE_FORMAT ((__printf__, 2, 3));

/* The run cannot go on, for the reason that FORMAT tells.  Only the first
   one is told.  */
static void
fail (struct compat *c, char const *format, ...)
{
  char text[2048];
  va_list arguments;
  va_start (arguments, format);
  vsnprintf (text, sizeof text, format, arguments);
  va_end (arguments);
  if (!c->failed && c->signal == 0)
    complain ("%s", text);
  c->failed = true;
  end_all (c, SIGTERM, STAGE_GRACE);
}

static void
take_lost (void *context, char const *why)
{
  fail (context, "lost contact with the other host: %s", why);
}

/* The remote command is over.  A relay that waits for our standard input
   would not notice.  */
static void
release_input (struct compat *c)
{
  if (c->input && c->input->stage.relay
      && c->input->stage.state != STAGE_ENDED)
    stage_signal (&c->input->stage, SIGPIPE);
}

/* The connection FD is there: all can start.  */
static void
start_commands (struct compat *c, int fd)
{
  struct run const *run = c->run;
  /* A relay need not wait for our input when the remote command is over
     already.  */
  bool keep_input = (!(run->batch && isatty (STDIN_FILENO))
                     && (run->input || !stage_is_over (&c->login.stage)));
  c->phase = PHASE_RUNNING;
  stop_listening (c);
  if (line_take (&c->line, &c->s.events, fd, run->dead_peer, take_lost, c)
      != 0)
    {
      fail (c, "cannot prepare the connection: %s", strerror (errno));
      return;
    }
  supervisor_start (&c->s, c->output, fd, STDOUT_FILENO);
  if (c->input)
    supervisor_start (&c->s, c->input, keep_input ? STDIN_FILENO : -1, fd);
  else
    line_send_end (&c->line);
}

static void
ready_to_accept (void *context, int listener, short ready)
{
  struct compat *c = context;
  (void) ready;
  struct sockaddr_storage address;
  socklen_t length = sizeof address;
  struct sockaddr *any = (struct sockaddr *) &address;
  int fd = stream_accept (listener, any, &length);
  if (fd < 0)
    return;
  char here[ADDRESS_TEXT_MAX] = "?", there[ADDRESS_TEXT_MAX];
  address_format (any, there);
  length = sizeof address;
  if (getsockname (fd, any, &length) == 0)
    address_format (any, here);
  verbose ("both directions connected after %.3f s: %s -> %s "
           "(remote-to-local)", seconds (c), there, here);
  start_commands (c, fd);
}

static void
no_connection (void *context)
{
  struct compat *c = context;
  fail (c, "no connection from the other host to %s port %s in %d seconds: "
        "name this host as it is seen there with -h, let a firewall pass "
        "the connection (see --port), or give more time with -t",
        quote (c->host), c->port, c->run->timeout);
}

/* The login has ended, and nobody has connected.  */
static void
login_in_vain (void *context)
{
  struct compat *c = context;
  struct stage const *stage = &c->login.stage;
  char end[80];
  int status = (stage->exec_errno == 0 && WIFEXITED (stage->wait_status)
                ? WEXITSTATUS (stage->wait_status) : -1);
  if (stage->exec_errno != 0)
    {
      fail (c, "cannot run login command %s: %s", quote (c->login.argv[0]),
            strerror (stage->exec_errno));
      return;
    }
  describe_end (stage->wait_status, end, sizeof end);
  if (status == EXIT_NOT_FOUND || status == EXIT_CANNOT_INVOKE)
    fail (c, "no %s could be run by the login command %s (%s): install "
          "socketpipe there, or say where it is with --remote-path",
          quote_n (0, c->login.remote_path), quote_n (1, c->login.text), end);
  else
    fail (c, "the login command %s ended (%s), and nobody has connected to "
          "%s port %s: if that is not this host as it is seen there, name "
          "it with -h; a firewall has to let the connection pass (see "
          "--port)", quote_n (0, c->login.text), end, quote_n (1, c->host),
          c->port);
}

static void
login_ended (struct compat *c)
{
  struct stage const *stage = &c->login.stage;
  line_note (&c->line);
  if (c->phase == PHASE_RUNNING && WIFSIGNALED (stage->wait_status))
    {
      char end[80];
      describe_end (stage->wait_status, end, sizeof end);
      fail (c, "lost contact with the other host: the login command %s "
            "ended: %s", quote (c->login.text), end);
    }
  else if (c->phase == PHASE_RUNNING)
    release_input (c);
  else if (c->phase == PHASE_WAITING)
    timer_set (&c->s.events, &c->limit_timer, STRAGGLER, login_in_vain, c);
}

static void
take_children (void *context)
{
  struct compat *c = context;
  ask_reap (&c->ask);
  if (stage_reap (&c->login.stage, &c->s.guard))
    login_ended (c);
}

/* Listen on a port of the range.  Return whether it worked; if not, say
   so.  */
static bool
begin_listening (struct compat *c)
{
  struct run const *run = c->run;
  int port;
  c->listener = line_listen (c->family, run->port_low, run->port_high, &port);
  if (0 <= c->listener)
    {
      snprintf (c->port, sizeof c->port, "%d", port);
      events_watch (&c->s.events, c->listener, POLLIN, ready_to_accept, c);
    }
  else if (run->port_low == 0)
    complain ("cannot listen for connections: %s", strerror (errno));
  else
    complain ("cannot listen on a port from %d to %d: %s", run->port_low,
              run->port_high, strerror (errno));
  return 0 <= c->listener;
}

/* Start 1.10 on the other host.  */
static void
start_login (struct compat *c)
{
  struct run const *run = c->run;
  static char serve[] = "-s";
  size_t count = 0;
  while (run->remote[count])
    count++;
  char **words = xnmalloc (count + 4, sizeof *words);
  words[0] = serve;
  words[1] = c->host;
  words[2] = c->port;
  memcpy (words + 3, run->remote, (count + 1) * sizeof *words);
  login_init (&c->login, run, run->remote_path, words);
  free (words);

  /* What it prints is no data: show it like other noise of logins.  */
  int noise = 0 <= run->level ? STDERR_FILENO
              : open ("/dev/null", O_WRONLY | O_CLOEXEC);
  if (supervisor_start_login (&c->s, &c->login.stage, -1,
                              noise < 0 ? STDERR_FILENO : noise) != 0)
    fail (c, "cannot start login command %s: %s", quote (c->login.text),
          strerror (errno));
  if (STDERR_FILENO < noise)
    close (noise);
}

/* ADDRESS is this host's as seen there, or NULL after a message.  */
static void
take_address (void *context, char const *address)
{
  struct compat *c = context;
  if (c->phase != PHASE_ASKING)
    return;
  if (address == NULL)
    {
      c->failed = true;
      c->phase = PHASE_CLOSING;
      return;
    }
  c->host = xstrdup (address);
  c->phase = PHASE_WAITING;
  verbose ("this host is %s there, listening on port %s", quote (c->host),
           c->port);
  warn ("the connection from 1.10 is not proven: whoever connects to port "
        "%s first gets the data, and can send some", c->port);
  /* Typing a password takes as long as it did the first time.  */
  if (0 < c->run->timeout)
    timer_set (&c->s.events, &c->limit_timer,
               c->run->timeout * INT64_C (1000)
               + (events_now (&c->s.events) - c->started), no_connection, c);
  start_login (c);
}

static void
take_started (void *context, struct unit *unit)
{
  struct compat *c = context;
  verbose ("%s started after %.3f s", unit->stage.role, seconds (c));
}

/* Return whether what a stage wrote may be a part.  */
static bool
is_doubtful (struct compat const *c, struct stage const *stage)
{
  return (c->s.ending != 0 || stage->exec_errno != 0
          || WIFSIGNALED (stage->wait_status)
          || (stage->relay && stage->wait_status != 0));
}

static void
end_input (struct compat *c)
{
  struct stage const *stage = &c->input->stage;
  bool by_sigpipe = (stage->exec_errno == 0
                     && WIFSIGNALED (stage->wait_status)
                     && WTERMSIG (stage->wait_status) == SIGPIPE);
  line_note (&c->line);
  /* One whose write met the reset is over before the login may be.  */
  if (by_sigpipe || c->line.channel.aborted || c->line.reset
      || line_is_gone (&c->line) || c->login.stage.state == STAGE_ENDED)
    {
      c->results[INPUT].reader_left = true;
      line_send_end (&c->line);
    }
  else if (is_doubtful (c, stage))
    {
      c->input_cut = true;
      line_cut (&c->line);
    }
  else
    line_send_end (&c->line);
}

/* Something comes after the output command has left: on a pipe, the remote
   command would meet SIGPIPE now.  */
static void
unwanted_output (void *context, int fd, short ready)
{
  struct compat *c = context;
  (void) ready;
  events_forget (&c->s.events, fd);
  if (line_look (&c->line) != LINE_DATA)
    return;
  line_cut (&c->line);
  release_input (c);
}

static void
end_output (struct compat *c)
{
  struct stage const *stage = &c->output->stage;
  static char unread[PIPEFUL];
  int fd = c->line.channel.fd;
  bool relay_failed = (stage->relay && stage->exec_errno == 0
                       && WIFEXITED (stage->wait_status)
                       && WEXITSTATUS (stage->wait_status)
                          == RELAY_READ_FAILED);
  line_note (&c->line);
  c->output_reset = relay_failed || c->line.reset;
  c->line.broken = c->output_reset;
  if (c->line.channel.aborted || c->output_reset || fd < 0
      || line_look (&c->line) == LINE_END)
    return;
  c->output_left = true;
  if (line_look (&c->line) == LINE_DATA
      && recv (fd, unread, sizeof unread, 0) <= 0)
    return;
  events_watch (&c->s.events, fd, POLLIN, unwanted_output, c);
}

static void
take_ended (void *context, struct unit *unit)
{
  struct compat *c = context;
  bool input = unit == c->input;
  result_from_stage (&c->results[input ? INPUT : OUTPUT], &unit->stage);
  if (input)
    end_input (c);
  else
    end_output (c);
}

static void
take_signal (void *context, int sig)
{
  struct compat *c = context;
  if (c->signal == 0)
    c->signal = sig;
  end_all (c, sig, 0);
}

static void
add_units (struct compat *c)
{
  struct run const *run = c->run;
  c->output = supervisor_add (&c->s, run->output ? "output command"
                              : "standard output", run->output,
                              run->output ? NULL : relay_output_shared,
                              NO_CHANNEL, NO_CHANNEL);
  if (run->input_given)
    c->input = supervisor_add (&c->s, run->input ? "input command"
                               : "standard input", run->input,
                               run->input ? NULL : relay_input_shared,
                               NO_CHANNEL, NO_CHANNEL);
}

static bool
begin (struct compat *c)
{
  if (!begin_listening (c))
    return false;
  if (c->run->host)
    take_address (c, c->run->host);
  else if (ask_start (&c->ask, &c->s, c->run, c->family, take_address, c)
           != 0)
    {
      complain ("cannot start login command %s: %s",
                quote (c->ask.login.text), strerror (errno));
      return false;
    }
  return true;
}

static bool
is_over (struct compat const *c)
{
  return (supervisor_idle (&c->s) && PHASE_RUNNING <= c->phase
          && stage_is_over (&c->ask.login.stage)
          && stage_is_over (&c->login.stage));
}

/* Fill in what REPORT needs.  */
static void
name_results (struct compat *c)
{
  struct result *results = c->results;
  struct stage const *login = &c->login.stage;
  bool ran = c->phase == PHASE_RUNNING;
  results[INPUT].role = c->input ? c->input->stage.role : "";
  results[INPUT].name = c->run->input ? c->run->input[0] : NULL;
  results[INPUT].started = ran && c->input;
  results[REMOTE].role = "remote command";
  results[REMOTE].name = c->run->remote[0];
  results[REMOTE].host = "the other host";
  results[REMOTE].started = ran;
  results[REMOTE].status = (login->exec_errno == 0
                            && WIFEXITED (login->wait_status)
                            ? WEXITSTATUS (login->wait_status) : 0);
  results[REMOTE].reader_left = c->output_left;
  results[REMOTE].input_cut = c->input_cut;
  results[OUTPUT].role = c->output->stage.role;
  results[OUTPUT].name = c->run->output ? c->run->output[0] : NULL;
  results[OUTPUT].started = ran;
  results[OUTPUT].input_cut = c->input_cut || c->output_reset;
}

/* Tell how the run ended.  Return the exit status.  */
static int
report (struct compat *c)
{
  struct result *results = c->results;
  name_results (c);
  if (c->signal != 0)
    return EXIT_SIGNAL_BASE + c->signal;

  /* A remote command that stops reading early resets the connection.  Where
     nobody has asked for its output there may be none to lose.  */
  bool lost = (c->output_reset && !c->input_cut && !c->failed
               && c->run->output_given);
  if ((c->failed || c->output_reset) && results[OUTPUT].name == NULL
      && results[OUTPUT].signal == 0 && !c->input_cut)
    results[OUTPUT].started = false;
  if (lost)
    complain ("the connection was reset before the end of file: output of "
              "the remote command may be missing (1.10 loses it when the "
              "command does not read all of its input)");
  int status = report_status (results, STAGES_MAX);
  /* As a filter whose reader goes: nothing to say, but the shell to tell.  */
  if (status == EXIT_SIGNAL_BASE + SIGPIPE && results[OUTPUT].name == NULL
      && results[OUTPUT].signal == SIGPIPE)
    c->signal = SIGPIPE;
  else if (status != 0 || c->failed)
    report_failures (results, STAGES_MAX);
  return c->failed || lost ? EXIT_OWN_FAILURE : status;
}

static void
compat_free (struct compat *c)
{
  stop_listening (c);
  line_close (&c->line);
  ask_free (&c->ask);
  login_free (&c->login);
  supervisor_close (&c->s);
  for (int i = 0; i < STAGES_MAX; i++)
    result_free (&c->results[i]);
  free (c->host);
  free (c);
}

int
compat_main (struct run const *run)
{
  diagnose_level (run->level);
  int status = foreground_check (run);
  if (status != 0)
    return status;

  struct compat *c = xzalloc (sizeof *c);
  struct supervisor_hooks const hooks = {
    .context = c, .started = take_started, .ended = take_ended,
    .children = take_children, .signal = take_signal, .lost = take_lost
  };
  c->run = run;
  c->listener = -1;
  c->family = run->family == 6 ? 6 : 4;
  line_init (&c->line);
  supervisor_open (&c->s, &hooks);
  c->s.own_session = run->batch;
  c->s.own_groups = run->batch || !foreground_has_terminal ();
  c->started = events_now (&c->s.events);
  add_units (c);
  if (begin (c))
    {
      while (!is_over (c))
        events_step (&c->s.events);
      status = report (c);
    }
  else
    status = EXIT_OWN_FAILURE;
  int sig = c->signal;
  compat_free (c);
  if (sig != 0)
    foreground_die (sig);
  return status;
}
