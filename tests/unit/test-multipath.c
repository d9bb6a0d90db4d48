/* Test what a meter counts on connections of each kind.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "multipath.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "stream-socket.h"
#include "base/system.h"
#include "tcp-meter.h"
#include "test-macros.h"

enum { ROUNDS = 3000, BLOCK = 64 * 1024 };

/* Whether each end is made for several paths.  */
static struct kind
{
  char const *name;
  bool writer;
  bool reader;
}
const kinds[] =
{
  { "plain", false, false },
  { "the reader cannot take several paths", true, false },
  { "the writer cannot take several paths", false, true },
  { "both can take several paths", true, true },
};

static int
make_socket (bool multipath)
{
  return multipath ? multipath_socket (AF_INET) : stream_socket (AF_INET);
}

/* Connect ENDS, which have no delay; that of the writer comes first.  Return
   whether there are such sockets.  */
static bool
connect_ends (struct kind const *kind, int ends[2])
{
  struct sockaddr_in address;
  socklen_t length = sizeof address;
  memset (&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  struct sockaddr *any = (struct sockaddr *) &address;
  int listener = make_socket (kind->reader);
  ends[0] = make_socket (kind->writer);
  if (listener < 0 || ends[0] < 0)
    return false;
  NEED (fcntl (listener, F_SETFL, 0) == 0 && fcntl (ends[0], F_SETFL, 0) == 0);
  NEED (bind (listener, any, length) == 0 && listen (listener, 1) == 0
        && getsockname (listener, any, &length) == 0
        && connect (ends[0], any, length) == 0);
  ends[1] = accept (listener, NULL, NULL);
  NEED (0 <= ends[1]);
  close (listener);
  for (int i = 0; i < 2; i++)
    NEED (fcntl (ends[i], F_SETFL, O_NONBLOCK) == 0);
  return true;
}

/* Write more than is read, as much as there is room for.  Both ends count what
   goes through, at each moment.  */
static void
check_counts (struct kind const *kind)
{
  static char block[BLOCK];
  int ends[2];
  struct tcp_meter first, meter;
  row_is ("%s", kind->name);
  if (!connect_ends (kind, ends))
    {
      printf ("%s: no such sockets here\n", kind->name);
      return;
    }
  if (tcp_meter_read (ends[0], &first) != 0)
    {
      printf ("%s: no counts here\n", kind->name);
      return;
    }
  uint64_t written = 0, read = 0, wrong = 0;
  for (int i = 0; i < ROUNDS; i++)
    {
      ssize_t n = send (ends[0], block, i * 7919 % BLOCK + 1, 0);
      written += 0 < n ? n : 0;
      n = i % 3 == 0 ? recv (ends[1], block, i * 104729 % BLOCK + 1, 0) : 0;
      read += 0 < n ? n : 0;
      NEED (tcp_meter_read (ends[0], &meter) == 0);
      wrong += meter.sent - first.sent != written;
      NEED (tcp_meter_read (ends[1], &meter) == 0);
      wrong += meter.received - meter.unread != read;
    }
  CHECK_NUMBER (wrong, 0);
  close (ends[0]);
  close (ends[1]);
}

/* A count that the kernel refuses to give is none, and not 0: that of what
   waits in the queues of a socket that listens, of which it gives the
   rest.  */
static void
check_refused (bool multipath)
{
  struct tcp_meter meter;
  row_is ("a socket that listens%s", multipath ? ", for several paths" : "");
  int fd = make_socket (multipath);
  if (fd < 0)
    return;
  NEED (listen (fd, 1) == 0);
  CHECK_NUMBER (tcp_meter_read (fd, &meter), -1);
  CHECK_NUMBER (tcp_meter_glance (fd, &meter), -1);
  close (fd);
}

int
main (void)
{
  for (size_t i = 0; i < SIZEOF (kinds); i++)
    check_counts (&kinds[i]);
  check_refused (false);
  check_refused (true);
  return test_result ();
}
