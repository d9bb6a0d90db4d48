/* The leader: it knows the run, and all workers.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Theory of operation.  Host 0 is this one, the others are reached by logins.
   The leader plans what each host has to do (plan.h) and gives the worker here
   its task.  That listens, and makes an offer for each of its links; with
   these the logins are started, and the agents are sent their tasks before
   they have said a word, which saves a round trip.  Links between two remote
   hosts are made when both agents have answered.  Then the leader passes on
   what the hosts at the ends of a link or a channel have to tell each other
   (switch.h), starts the stages that are held when the others run and all
   channels are connected, and watches until all stages and all ends of
   channels are over; then the sessions (session.h) dismiss the agents and
   wait for the logins, and the outcome is reported.

   Whatever goes wrong, it goes on with closing the sessions.  Where stages
   run, they are ended first.

   The leader speaks to a worker by host_send, which is a queue for host 0, and
   hears it in switch_message, and in no other way.  It holds no socket of a
   channel.  */

#ifndef LEADER_H
# define LEADER_H 1

# include "run.h"

/* Do the run RUN.  Return the exit status; or die of the signal that ended
   it.  */
extern int leader_main (struct run const *run);

#endif
