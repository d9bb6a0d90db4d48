/* Command line -> struct run.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef OPTIONS_H
# define OPTIONS_H 1

# include "run.h"

enum options_result
{
  OPTIONS_RUN,                  /* *RUN is filled in */
  OPTIONS_AGENT,                /* be the agent, with run.early */
  OPTIONS_SERVE,                /* be what 1.10 starts: -s HOST PORT ... */
  OPTIONS_HELP,
  OPTIONS_VERSION,
  OPTIONS_BAD                   /* see the message */
};

enum { OPTIONS_MESSAGE_MAX = 512 };

/* Parse the ARGC words of ARGV, and change neither.  For OPTIONS_BAD, put one
   line without a newline into MESSAGE, of OPTIONS_MESSAGE_MAX bytes.  *RUN is
   to be freed by run_free in any case.  */
extern enum options_result options_parse (int argc, char **argv,
                                          struct run *run, char *message);

/* Write the text of --help to standard output.  In usage.c.  */
extern void options_help (void);

#endif
