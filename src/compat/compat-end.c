/* Towards a host that has socketpipe 1.10: how a run ends.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "compat/compat-run.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/diagnose.h"
#include "data/relay.h"
#include "base/system.h"

/* What the output command may leave unread without harm: about as much as
   a pipe would hold.  */
enum { PIPEFUL = 64 * 1024 };

/* Return whether what a stage wrote may be a part.  */
static bool
is_doubtful (struct compat const *c, struct stage const *stage)
{
  return (c->s.ending != 0 || stage->exec_errno != 0
          || WIFSIGNALED (stage->wait_status)
          || (stage->relay && stage->wait_status != 0));
}

void
compat_end_input (struct compat *c)
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
  compat_release_input (c);
}

void
compat_end_output (struct compat *c)
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

int
compat_report (struct compat *c)
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
