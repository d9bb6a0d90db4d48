/* The side that the login starts.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef AGENT_H
# define AGENT_H 1

/* Be the agent: standard input and output are the control connection.  EARLY,
   unless it is NULL, is early_begin's (early.h).  Return the exit status.  */
extern int agent_main (char const *early);

#endif
