/* The sockets on which an end of the run listens.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef LISTENER_H
# define LISTENER_H 1

# include <stdint.h>

# include "net/endpoint.h"

/* Which addresses and ports are to be used, and by what sockets.  */
struct net_choice
{
  int family;                   /* 4, 6, or 0 for both */
  int port_low;                 /* to listen on; 0 = any */
  int port_high;
  struct socket_choice socket;
};

/* A socket for each family: not every system lets one serve both.  */
struct listener
{
  int fd4;                      /* -1 = none */
  int fd6;
  uint16_t port4;               /* 0 = none */
  uint16_t port6;
};

/* Listen on every address of this host, by the families that CHOICE allows
   and the system has, and on ports that it allows.  Return 0, or -1 with
   errno set and nothing open: EADDRINUSE when the range of ports is full.  */
extern int listener_open (struct listener *listener,
                          struct net_choice const *choice);

/* Close what is open.  */
extern void listener_close (struct listener *listener);

/* Write to TEXT, of SIZE bytes, why listener_open by CHOICE left ERROR in
   errno: "all ports from 4000 to 4009 are in use: ...".  */
extern void listener_explain (struct net_choice const *choice, int error,
                              char *text, unsigned size);

#endif
