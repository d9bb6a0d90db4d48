/* The login as a route to be measured.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "probe/probe-carry.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* Numbers of the channels.  */
enum { TO_LOCAL, TO_REMOTE };

static int
make_nonblocking (int fd)
{
  int flags = fcntl (fd, F_GETFL);
  return flags < 0 ? -1 : fcntl (fd, F_SETFL, flags | O_NONBLOCK);
}

int
carry_both (struct mux *mux, bool remote, int *in, int *out)
{
  if (mux_open (mux, remote ? TO_REMOTE : TO_LOCAL,
                    STAGE_PIPE_READER, in) != 0)
    return -1;
  if (mux_open (mux, remote ? TO_LOCAL : TO_REMOTE,
                    STAGE_PIPE_WRITER, out) == 0)
    {
      if (make_nonblocking (*in) == 0 && make_nonblocking (*out) == 0)
        return 0;
      int saved = errno;
      close (*out);
      errno = saved;
    }
  int saved = errno;
  close (*in);
  errno = saved;
  return -1;
}
