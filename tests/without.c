/* socketpipe on a system whose kernel can be told nothing about how to send
   and to deliver, and does not count what goes through a connection: what
   stands here takes the place of shims of lib/.  It has to be all that they
   have.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include <errno.h>
#include <string.h>

#include "multipath.h"
#include "socket-dscp.h"
#include "socket-low-water.h"
#include "socket-pace.h"
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
multipath_waiting (int fd)
{
  (void) fd;
  return -1;
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
