/* Close every descriptor from one number on.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef CLOSE_FROM_H
# define CLOSE_FROM_H 1

/* Close all of the process's descriptors that are not below LOWEST.  For a
   child that continues without an exec.  Never fails.  */
extern void close_from (int lowest);

#endif
