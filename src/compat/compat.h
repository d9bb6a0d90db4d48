/* Serving a socketpipe 1.10 on another host.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef COMPAT_H
# define COMPAT_H 1

/* Serve a 1.10 client that started this process as "socketpipe -s HOST PORT
   COMMAND...": ARGV has the COUNT words after -s.  Return the exit status.  In
   serve.c.  */
extern int compat_serve (int count, char **argv);

#endif
