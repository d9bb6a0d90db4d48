/* The login: the user's command that reaches the other host.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "leader/login.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/diagnose.h"
#include "quote.h"
#include "report/verdict.h"
#include "base/system.h"
#include "xalloc.h"

/* Make *LOGIN the login of HOST, not yet started, that makes the program there
   an agent by the word AGENT.  */
static void
login_init (struct login *login, struct run_host const *host, char *agent)
{
  char **command = host->login;
  size_t count = 0;
  size_t length = 1;
  while (command[count])
    length += strlen (command[count++]) + 1;
  /* Three plain words, so that no remote shell can misunderstand them.  */
  login->argv = xnmalloc (count + 3, sizeof *login->argv);
  memcpy (login->argv, command, count * sizeof *command);
  login->argv[count] = (char *) host->remote_path;
  login->argv[count + 1] = agent;
  login->argv[count + 2] = NULL;

  login->text = xmalloc (length);
  char *at = login->text;
  for (size_t i = 0; i < count; i++)
    {
      if (0 < i)
        *at++ = ' ';
      at = stpcpy (at, command[i]);
    }
  *at = '\0';
  login->remote_path = host->remote_path;
  login->stage = (struct stage) {
    .role = "login command", .argv = login->argv, .exec_fd = -1
  };
}

int
login_start (struct login *login, struct process const *process,
             struct run_host const *host, char *agent, int *in, int *out)
{
  int to[2] = { -1, -1 };
  int from[2] = { -1, -1 };
  login_init (login, host, agent);
  int result = -1;
  if (pipe2 (to, O_CLOEXEC) == 0 && pipe2 (from, O_CLOEXEC) == 0)
    {
      struct stage_place place = {
        .in = to[0], .out = from[1], .own_session = process->own_session,
        .own_group = process->own_groups, .login = true,
        .guard = &process->guard
      };
      result = stage_start (&login->stage, &place);
    }
  int saved = errno;
  for (int i = 0; i < 2; i++)
    {
      int child_end = i == 0 ? to[0] : from[1];
      int own_end = i == 0 ? to[1] : from[0];
      if (0 <= child_end)
        close (child_end);
      if (result != 0 && 0 <= own_end)
        close (own_end);
    }
  *in = from[0];
  *out = to[1];
  errno = saved;
  return result;
}

void
login_explain_end (struct login const *login)
{
  struct stage const *stage = &login->stage;
  if (stage->state != STAGE_ENDED)
    {
      complain ("the login command %s closed its output before the agent "
                "answered: it must pass on what %s writes there",
                quote_n (0, login->text), quote_n (1, login->remote_path));
      return;
    }
  if (stage->exec_errno != 0)
    {
      complain ("cannot run login command %s: %s", quote (login->argv[0]),
                strerror (stage->exec_errno));
      return;
    }
  char end[80];
  int status = (WIFEXITED (stage->wait_status)
                ? WEXITSTATUS (stage->wait_status) : -1);
  describe_end (stage->wait_status, end, sizeof end);
  if (status == EXIT_NOT_FOUND || status == EXIT_CANNOT_INVOKE)
    complain ("no %s could be run by the login command %s (%s): install "
              "socketpipe there, or say where it is with --remote-path",
              quote_n (0, login->remote_path), quote_n (1, login->text),
              end);
  else if (status == 0)
    complain ("the login command %s ended before the agent answered (%s): "
              "is there a %s on the other host? (see --remote-path)",
              quote_n (0, login->text), end,
              quote_n (1, login->remote_path));
  else if (status == 1 || status == 2)
    complain ("the login command %s ended before the agent answered (%s): "
              "if a usage message stands above, the %s there is older than "
              "2.0: upgrade that host, or name a newer one with "
              "--remote-path",
              quote_n (0, login->text), end,
              quote_n (1, login->remote_path));
  else
    complain ("the login command %s ended before the agent answered: %s",
              quote (login->text), end);
}

void
login_gives_terminal (struct login const *login, char const *host)
{
  complain ("the login command %s gives a terminal on %s: a terminal would "
            "change the data, start it without one (for ssh, no -t)",
            quote (login->text), host);
}

void
login_closes_input (struct login const *login, char const *host)
{
  complain ("the login command %s closes standard input on %s: it must pass "
            "it on (for ssh, no -n; for docker and kubectl exec, -i)",
            quote (login->text), host);
}

void
login_free (struct login *login)
{
  free (login->argv);
  free (login->text);
  login->argv = NULL;
  login->text = NULL;
}
