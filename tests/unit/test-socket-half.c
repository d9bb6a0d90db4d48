/* Test the direction of a socket that a one-way stream does not use.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "socket-half.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/system.h"
#include "test-macros.h"

enum { LIMIT_MS = 30000 };

/* Connect ENDS[0] with ENDS[1].  */
static void
tcp_pair (int *ends)
{
  int listener = socket (AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address;
  socklen_t length = sizeof address;
  memset (&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  NEED (bind (listener, (struct sockaddr *) &address, sizeof address) == 0);
  NEED (listen (listener, 1) == 0);
  NEED (getsockname (listener, (struct sockaddr *) &address, &length) == 0);
  ends[0] = socket (AF_INET, SOCK_STREAM, 0);
  NEED (connect (ends[0], (struct sockaddr *) &address, sizeof address) == 0);
  ends[1] = accept (listener, NULL, NULL);
  NEED (0 <= ends[1]);
  close (listener);
}

static void
local_pair (int *ends)
{
  NEED (socketpair (AF_UNIX, SOCK_STREAM, 0, ends) == 0);
}

static void
wait_for (int fd, short what)
{
  struct pollfd now = { .fd = fd, .events = what };
  NEED (poll (&now, 1, LIMIT_MS) == 1);
}

/* Read FD to its end.  Return how many bytes, or -1 for an error.  */
static long long
read_all (int fd)
{
  static char bytes[65536];
  long long all = 0;
  for (;;)
    {
      wait_for (fd, POLLIN);
      ssize_t got = read (fd, bytes, sizeof bytes);
      if (got <= 0)
        return got < 0 ? -1 : all;
      all += got;
    }
}

/* Write what fits without waiting.  Return how many bytes.  */
static long long
fill (int fd)
{
  static char const bytes[65536];
  long long all = 0;
  fcntl (fd, F_SETFL, O_NONBLOCK);
  ssize_t sent;
  while (0 < (sent = write (fd, bytes, sizeof bytes)))
    all += sent;
  fcntl (fd, F_SETFL, 0);
  return all;
}

static void
check_reading (char const *kind, void (*pair) (int *))
{
  int ends[2];
  char bytes[64];
  row_is ("%s: the writer reads", kind);
  pair (ends);
  socket_stop_reading (ends[0]);
  /* This kills the test if it waits.  */
  alarm (LIMIT_MS / 1000);
#if HAVE_SHUT_RD
  CHECK_NUMBER (read (ends[0], bytes, sizeof bytes), 0);
  CHECK_NUMBER (read (ends[0], bytes, sizeof bytes), 0);
#endif
  row_is ("%s: the writer writes", kind);
  CHECK_NUMBER (write (ends[0], "hello", 5), 5);
  CHECK_NUMBER (read (ends[1], bytes, sizeof bytes), 5);
  CHECK (memcmp (bytes, "hello", 5) == 0);
  CHECK_NUMBER (write (ends[0], "more", 4), 4);
  close (ends[0]);
  CHECK_NUMBER (read_all (ends[1]), 4);
  close (ends[1]);
}

/* The reader writes to its end, too.  What was written to it must all be
   there, and then the end of file, if DRAINED.  */
static void
check_backwards (bool drained)
{
  int ends[2];
  row_is (drained ? "a reader that writes" : "the same, not drained");
  tcp_pair (ends);
  socket_stop_reading (ends[0]);
  long long sent = fill (ends[0]);
  NEED (0 < sent);
  static char const backwards[20000];
  CHECK (write (ends[1], backwards, sizeof backwards) == sizeof backwards);
  int waiting = 0;
  while (waiting < (int) sizeof backwards)
    NEED (ioctl (ends[0], FIONREAD, &waiting) == 0);
  if (drained)
    CHECK (socket_drain (ends[0]));
  close (ends[0]);
  long long got = read_all (ends[1]);
  if (drained)
    CHECK_NUMBER (got, sent);
  else
    CHECK (got != sent);
  close (ends[1]);
}

static void
check_drain (void)
{
  int ends[2];
  char bytes[8];
  row_is ("nothing to drain");
  tcp_pair (ends);
  CHECK (socket_drain (ends[0]));
  CHECK (write (ends[0], "a", 1) == 1);

  row_is ("something to drain, not shut down");
  CHECK (write (ends[1], "some", 4) == 4);
  wait_for (ends[0], POLLIN);
  CHECK (socket_drain (ends[0]));
  CHECK (recv (ends[0], bytes, sizeof bytes, MSG_DONTWAIT) < 0
         && (errno == EAGAIN || errno == EWOULDBLOCK));
  close (ends[0]);
  CHECK_NUMBER (read_all (ends[1]), 1);

  row_is ("drained at its end");
  CHECK (socket_drain (ends[1]));
  close (ends[1]);
  row_is ("no socket");
  CHECK (socket_drain (-1));
  socket_stop_reading (-1);
}

/* Return whether a reader gets all that writes backwards after the half-close;
   while something is still to be acknowledged, if EARLY.  STOPPED: the writing
   end was told that nothing reads there.  */
static bool
survives (bool stopped, bool early)
{
  int ends[2];
  tcp_pair (ends);
  if (stopped)
    socket_stop_reading (ends[0]);
  long long sent = early ? fill (ends[0]) : write (ends[0], "some", 4);
  NEED (0 < sent);
  shutdown (ends[0], SHUT_WR);
  if (!early)
    {
      /* The end of file has arrived, and so has all before it.  */
      char bytes[8];
      while (recv (ends[1], bytes, sizeof bytes, MSG_PEEK | MSG_WAITALL) < 4)
        continue;
    }
  CHECK (write (ends[1], "x", 1) == 1);
  poll (NULL, 0, 50);
  bool all = read_all (ends[1]) == sent;
  close (ends[0]);
  close (ends[1]);
  return all;
}

/* What the header says of Linux.  */
static void
check_half_close (void)
{
  row_is ("written backwards after the half-close");
  fprintf (stderr, "not stopped: early %d, late %d; stopped: early %d,"
           " late %d\n", survives (false, true), survives (false, false),
           survives (true, true), survives (true, false));
  CHECK (survives (false, true));
  CHECK (survives (false, false));
  CHECK (survives (true, false));
}

int
main (void)
{
  signal (SIGPIPE, SIG_IGN);
  check_reading ("TCP", tcp_pair);
  check_reading ("local", local_pair);
  check_drain ();
  check_backwards (true);
  check_backwards (false);
  check_half_close ();
  return test_result ();
}
