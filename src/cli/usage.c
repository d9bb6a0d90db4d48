/* The text of --help.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "cli/options.h"

#include <stdio.h>

void
options_help (void)
{
  fputs ("\
Usage: socketpipe [-i { CMD }] -l { LOGIN } -r { CMD } [-o { CMD }] [OPTION]\n\
  or:  socketpipe --probe[=json] -l { LOGIN } [OPTION]\n\
Connect commands on two hosts by direct TCP sockets; no data goes through\n\
socketpipe.  Braces are words of their own, and nest ('\\{' passes one on).\n\
\n\
  -i, --input { CMD }       run CMD here, to feed the remote one (-: stdin)\n\
  -l, --login { LOGIN }     reach the other host by LOGIN: { ssh HOST }\n\
  -r, --remote { CMD }      run CMD there\n\
  -o, --output { CMD }      run CMD here, fed by the remote one (-: stdout,\n\
                            the default); -i or -o or both are needed\n\
  -b, --batch               run the login and the commands without a terminal\n\
      --remote-path=PROGRAM  program to start there instead of 'socketpipe'\n\
  -h, --host=HOST           the name or address of this host, as seen there\n\
  -4, --ipv4; -6, --ipv6    connect by this family only\n\
      --listen=SIDE         the listening end: local, remote, both (default)\n\
      --port=LOW[:HIGH]     listen on a port of this range\n\
  -t, --timeout=SECONDS     give up connecting after SECONDS (10; 0: never)\n\
      --no-fallback         fail instead of sending data through the login\n\
      --dead-peer-timeout=SECONDS  end when the other host is dead (120)\n\
      --strict              cut the output of a command that fails in any way\n\
      --wait-for-writers=SECONDS  wait no longer for processes that a command\n\
                            leaves behind with its output (default: no limit)\n\
      --probe[=json]        try all routes, measure them and print a table\n\
", stdout);
  fputs ("\
  -e, --encrypt[=kernel]    encrypt the data (=kernel: without a relay)\n\
  -p, --progress            show bytes, rate, time; --size=SIZE: the total\n\
      --stats[=json]        report at the end the data's way and rate, and the\n\
                            bottleneck; --stats-file=FILE: write it there\n\
      --rate-limit=RATE     send at most RATE bytes a second (10M, 10MB...);\n\
                            with --adjust=PID: change that of a run\n\
      --block-size=SIZE     make each read return SIZE bytes, but the last\n\
      --buffer=SIZE         buffer SIZE bytes in front of the last command,\n\
                            which begins when --start-at=PERCENT are there\n\
      --congestion=NAME     use this congestion control; --dscp=NAME: mark\n\
                            packets so; --multipath: use several paths\n\
  -v, --verbose; -q, --quiet  report each step; report own errors only\n\
      --help, --version     display this help or the version, and exit\n\
Exit status: 0 if all commands succeed; that of the last one that failed,\n\
128+N if signal N killed it; 125 if socketpipe itself fails, 126 or 127 if\n\
a command cannot be run or found.  Full documentation: man socketpipe\n\
", stdout);
}
