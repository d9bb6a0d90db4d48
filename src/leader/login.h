/* The login: the user's command that reaches the other host.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef LOGIN_H
# define LOGIN_H 1

# include "run.h"
# include "base/process.h"
# include "worker/stage.h"

struct login
{
  struct stage stage;
  char **argv;                  /* malloc'ed array; words of others */
  char *text;                   /* the command as one string, malloc'ed */
  char const *remote_path;
};

/* Start the login of HOST, as PROCESS starts what it starts, with pipes of
   ours as its standard input and output.  AGENT, which is to outlive it, is
   the word that makes the program there an agent.  Return 0 and set *IN and
   *OUT to our ends of them, to read from and to write to; or return -1 with
   errno set.  TEXT is set in either case.  */
extern int login_start (struct login *login, struct process const *process,
                        struct run_host const *host, char *agent, int *in,
                        int *out);

/* Say on standard error why the login ended, or ended its output, before the
   agent had answered, as far as that can be told, and what to do.  */
extern void login_explain_end (struct login const *login);

/* Say that the login gives a terminal on HOST; or closes the agent's
   standard input there.  */
extern void login_gives_terminal (struct login const *login,
                                  char const *host);
extern void login_closes_input (struct login const *login,
                                char const *host);

/* Free what *LOGIN holds.  */
extern void login_free (struct login *login);

#endif
