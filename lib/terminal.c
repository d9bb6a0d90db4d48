/* Properties of a terminal.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "terminal.h"

#include <sys/types.h>
#include <sys/ioctl.h>
#include <termios.h>

int
terminal_width (int fd)
{
#if HAVE_DECL_TIOCGWINSZ
  struct winsize size;
  if (ioctl (fd, TIOCGWINSZ, &size) == 0)
    return size.ws_col;
#endif
  (void) fd;
  return 0;
}
