/* The text of --help.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "options.h"

#include <stdio.h>

void
options_help (void)
{
  fputs ("\
Usage: socketpipe [-i { CMD }] -l { LOGIN } -r { CMD } [-o { CMD }] [OPTION]\n\
  or:  socketpipe --probe[=json] -l { LOGIN } [OPTION]\n\
Connect commands on two hosts by direct TCP sockets.  The login only starts\n\
the far end; no data goes through it, nor through socketpipe.\n\
\n\
  -i, --input { CMD }        run CMD here; its output goes to the remote CMD\n\
                             (-i -: standard input does)\n\
  -l, --login { LOGIN }      reach the other host by LOGIN: { ssh HOST }\n\
  -r, --remote { CMD }       run CMD there\n\
  -o, --output { CMD }       run CMD here, fed by the remote CMD's output\n\
                             (-o -, the default: standard output)\n\
At least one of -i and -o is needed.  Braces are words of their own, and\n\
nest; a lone brace as an argument is written '\\{' or '\\}'.\n\
", stdout);
  fputs ("\
\n\
  -h, --host=HOST            the name or address of this host, as seen there\n\
  -4, --ipv4; -6, --ipv6     connect by this family only\n\
      --listen=SIDE          who listens: local, remote, or both (default)\n\
      --port=LOW[:HIGH]      listen on a port of this range\n\
  -t, --timeout=SECONDS      give up connecting after SECONDS (10; 0: never)\n\
      --no-fallback          fail where no direct connection can be made,\n\
                             instead of sending the data through the login\n\
      --probe[=json]         try all routes and print how good they are\n\
      --compat=1.10          the other host has socketpipe 1.10\n\
", stdout);
  fputs ("\
  -b, --batch                let the login and the commands have no terminal\n\
      --remote-path=PROGRAM  what to start there instead of 'socketpipe'\n\
      --dead-peer-timeout=SECONDS  end when the other host is dead (120)\n\
  -v, --verbose              say what is done\n\
  -q, --quiet                say nothing but socketpipe's own errors\n\
      --help, --version      display this help or the version, and exit\n\
Exit status: 0 if all commands succeed; that of the last one that failed,\n\
128+N if signal N killed it; 125 if socketpipe itself fails, 126 or 127 if\n\
a command cannot be run or found.  Full documentation: man socketpipe\n\
", stdout);
}
