/* The side that the login starts, while a run goes on.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   For agent.c, which leads the run from beginning to end, and agent-order.c,
   which does what the order says.

   Theory of operation.  The agent says its banner and who it is.  It gets one
   MESSAGE_RUN, connects the channels, starts the command, tells how it
   ended, and stays until it is dismissed by MESSAGE_BYE or the end of the
   control connection: till then its duplicates of the sockets keep the
   connections known to the kernel, which tells both sides that the other
   host lives.  If the control connection ends while the command runs, the
   command is ended.  */

#ifndef AGENT_RUN_H
# define AGENT_RUN_H 1

# include <stdbool.h>
# include <stdint.h>
# include <sys/utsname.h>

# include "net/early.h"
# include "wire/message.h"
# include "worker/meter.h"
# include "probe/probe-agent.h"
# include "worker/route.h"
# include "worker/supervisor.h"

struct agent
{
  struct supervisor s;
  struct routes routes;
  struct early early;
  struct unit *unit;            /* once MESSAGE_RUN has come */
  char **argv;
  char *congestion;
  struct metering metering;
  struct probe_agent *probe;    /* once MESSAGE_PROBE has come, instead */
  int64_t meter;                /* ms, of the order */
  bool version_fits;
  bool contact;                 /* the local side is there */
  bool dismissed;
  bool failed;
  bool terminal;                /* instead of the control connection */
  struct timer parting;
  struct utsname system;
};

/* The run cannot go on: tell the local side CODE and TEXT, end what is
   running, and wait for the local side to go.  A second call does nothing.  */
extern void agent_fail (struct agent *a, enum error_code code,
                        char const *text);

/* Take the first message, an order for a run or for a probe, and begin with
   that.  The command starts when all channels are connected.  */
extern void agent_take_order (struct agent *a,
                              struct message const *message);

#endif
