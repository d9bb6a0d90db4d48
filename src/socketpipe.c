/* socketpipe - a pipe between commands on different hosts
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   This program is free software: you can redistribute it and/or modify it
   under the terms of the GNU General Public License as published by the Free
   Software Foundation, either version 3 of the License, or (at your option)
   any later version.

   This program is distributed in the hope that it will be useful, but
   WITHOUT ANY WARRANTY; without even the implied warranty of MERCHANTABILITY
   or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU General Public License
   for more details.

   You should have received a copy of the GNU General Public License along
   with this program.  If not, see <https://www.gnu.org/licenses/>.  */

#include <config.h>

#include <stdio.h>

#include "leader/adjust.h"
#include "agent.h"
#include "closeout.h"
#include "compat/compat.h"
#include "base/diagnose.h"
#include "exitfail.h"
#include "leader/leader.h"
#include "cli/options.h"
#include "probe/probe.h"
#include "stdopen.h"
#include "base/system.h"
#include "version-etc.h"

/* gnulib would give the year of its own snapshot.  */
char const version_etc_copyright[]
  = "Copyright %s 2026 The socketpipe authors.";

/* Do what RUN asks for, and return the exit status.  */
static int
do_run (struct run const *run)
{
  if (run->purpose == PURPOSE_ADJUST)
    return adjust_main (run);
  if (run->purpose != PURPOSE_RUN)
    return probe_main (run);
  return leader_main (run);
}

/* Print what --help and --version ask for.  A failure to do so is told by
   close_stdout.  */
static int
print (enum options_result what)
{
  /* So that it is written at the end, by who can tell why that failed.  */
  static char all[8192];
  setvbuf (stdout, all, _IOFBF, sizeof all);
  atexit (close_stdout);
  if (what == OPTIONS_HELP)
    options_help ();
  else
    version_etc (stdout, NULL, PACKAGE, PACKAGE_VERSION, (char *) NULL);
  return EXIT_SUCCESS;
}

int
main (int argc, char **argv)
{
  struct run run;
  char message[OPTIONS_MESSAGE_MAX];
  exit_failure = EXIT_OWN_FAILURE;
  /* No descriptor of ours may become a command's standard one.  */
  if (stdopen () != 0)
    return EXIT_OWN_FAILURE;

  enum options_result result = options_parse (argc, argv, &run, message);
  int status;
  switch (result)
    {
    case OPTIONS_RUN:
      status = do_run (&run);
      break;
    case OPTIONS_AGENT:
      status = agent_main (run.early);
      break;
    case OPTIONS_SERVE:
      status = compat_serve (argc - 2, argv + 2);
      break;
    case OPTIONS_BAD:
      complain ("%s", message);
      status = EXIT_OWN_FAILURE;
      break;
    default:
      status = print (result);
    }
  run_free (&run);
  return status;
}
