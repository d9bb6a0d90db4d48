/* End a TCP connection so that its reader gets an error, not end of file.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "tcp-abort.h"

#include <string.h>
#include <sys/socket.h>

int
tcp_abort_on_close (int fd, bool on)
{
  struct linger linger = { .l_onoff = on, .l_linger = 0 };
  return setsockopt (fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
}

void
tcp_abort (int fd)
{
  tcp_abort_on_close (fd, true);

  /* Linux takes an address without a family as "disconnect"; elsewhere this
     fails and the reset waits for the last close.  */
  struct sockaddr nowhere;
  memset (&nowhere, 0, sizeof nowhere);
  nowhere.sa_family = AF_UNSPEC;
  if (connect (fd, &nowhere, sizeof nowhere) != 0)
    return;
}
