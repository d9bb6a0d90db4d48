/* Properties of a terminal.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef TERMINAL_H
# define TERMINAL_H 1

/* Return how many columns the terminal FD has, or 0 when that is unknown.  */
extern int terminal_width (int fd);

#endif
