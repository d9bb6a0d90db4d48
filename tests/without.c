/* socketpipe on a system whose kernel can be told nothing about how to send
   and to deliver, and does not count what goes through a connection: what
   stands here takes the place of shims of lib/.  It has to be all that they
   have.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "multipath.h"
#include "socket-dscp.h"
#include "socket-low-water.h"
#include "socket-pace.h"
#include "stream-holders.h"
#include "tcp-congestion.h"
#include "tcp-meter.h"

static int
unable (void)
{
  errno = ENOTSUP;
  return -1;
}

int
socket_pace (int fd, uint64_t rate)
{
  (void) fd, (void) rate;
  return unable ();
}

uint64_t
socket_low_water (int fd, uint64_t size)
{
  (void) fd, (void) size;
  return 1;
}

int
tcp_congestion (int fd, char const *name)
{
  (void) fd, (void) name;
  return unable ();
}

int
socket_dscp (int fd, int family, int dscp)
{
  (void) fd, (void) family, (void) dscp;
  return unable ();
}

int
multipath_socket (int family)
{
  (void) family;
  return unable ();
}

bool
multipath_agreed (int fd)
{
  (void) fd;
  return false;
}

int
multipath_meter (int fd, struct tcp_meter *meter, bool exact)
{
  (void) fd, (void) meter, (void) exact;
  return 0;
}

int
multipath_waiting (int fd, int *waiting)
{
  (void) fd, (void) waiting;
  return 0;
}

int
tcp_meter_read (int fd, struct tcp_meter *meter)
{
  (void) fd;
  memset (meter, 0, sizeof *meter);
  return unable ();
}

int
tcp_meter_glance (int fd, struct tcp_meter *meter)
{
  return tcp_meter_read (fd, meter);
}

int
stream_identify (int fd, struct stream_identity *identity)
{
  (void) fd;
  memset (identity, 0, sizeof *identity);
  return unable ();
}

bool
stream_holder_has (struct stream_holder const *holder,
                   struct stream_identity const *identity)
{
  (void) identity;
  return kill (holder->pid, 0) == 0;
}

enum stream_holders
stream_holders_look (struct stream_identity const *identity,
                     pid_t const *except, size_t except_count, int64_t budget,
                     struct stream_holder *holder)
{
  (void) identity, (void) except, (void) except_count, (void) budget;
  (void) holder;
  return HOLDERS_UNKNOWN;
}

size_t
stream_holders_signal (struct stream_identity const *identity,
                       pid_t const *except, size_t except_count,
                       int64_t budget, int sig)
{
  (void) identity, (void) except, (void) except_count, (void) budget;
  (void) sig;
  return 0;
}

void
tcp_meter_distrust (void)
{
}
