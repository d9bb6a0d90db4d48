/* Test what lies between the ends of a rendezvous.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "rendezvous-ends.h"

/* A path on which large packets are lost.  */

enum { SEEN_MAX = 10 };

struct path
{
  int fd;                       /* connections to it ... */
  uint16_t port;
  uint16_t to;                  /* ... go to this port */
  int largest;                  /* bytes in a packet that gets through */
  int seen;                     /* connections so far */
  int segments[SEEN_MAX];       /* how much goes into a packet of each */
  int ends[SEEN_MAX][2];        /* -1 = closed, or none */
};

static void
close_path_end (int *fd)
{
  if (0 <= *fd)
    {
      events_forget (&loops[0], *fd);
      close (*fd);
    }
  *fd = -1;
}

/* Pass on what has come from one end to the other.  */
static void
pass_on (void *context, int fd, short ready)
{
  int *pair = context;
  int to = pair[fd == pair[0]];
  static char bytes[65536];
  (void) ready;
  ssize_t got = recv (fd, bytes, sizeof bytes, 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  if (0 < got && send (to, bytes, got, 0) == got)
    return;
  close_path_end (&pair[0]);
  close_path_end (&pair[1]);
}

static void
path_accept (void *context, int fd, short ready)
{
  struct path *path = context;
  struct sockaddr_storage address;
  socklen_t length = sizeof address;
  (void) ready;
  NEED (path->seen < SEEN_MAX);
  int *pair = path->ends[path->seen];
  pair[1] = -1;
  pair[0] = stream_accept (fd, (struct sockaddr *) &address, &length);
  NEED (0 <= pair[0]);
  int segment = tcp_segment_size (pair[0]);
  path->segments[path->seen++] = segment;
  if (path->largest < segment)
    return;

  struct candidates one = { .list = NULL };
  aim (&one, AF_INET, path->to);
  pair[1] = stream_socket (AF_INET);
  NEED (0 <= pair[1]);
  connect (pair[1], (struct sockaddr *) &one.list[0].address,
           one.list[0].length);
  candidates_free (&one);
  struct pollfd connected = { .fd = pair[1], .events = POLLOUT };
  NEED (poll (&connected, 1, LONG) == 1);
  events_watch (&loops[0], pair[0], POLLIN, pass_on, pair);
  events_watch (&loops[0], pair[1], POLLIN, pass_on, pair);
}

/* Open *PATH to the port TO, for packets with at most LARGEST bytes.  */
static void
open_path (struct path *path, uint16_t to, int largest)
{
  *path = (struct path) { .to = to, .largest = largest };
  path->fd = foreign_listener (AF_INET, 0, SEEN_MAX, &path->port);
  NEED (0 <= path->fd);
  events_watch (&loops[0], path->fd, POLLIN, path_accept, path);
}

static void
close_path (struct path *path)
{
  for (int i = 0; i < path->seen; i++)
    {
      close_path_end (&path->ends[i][0]);
      close_path_end (&path->ends[i][1]);
    }
  close_path_end (&path->fd);
}

/* See that connection number I of PATH, which it swallows, came with as many
   zeros as fill a packet of at most LARGEST bytes.  */
static void
check_zeros (struct path const *path, int i, int largest)
{
  static unsigned char bytes[PROOF_HELLO_SIZE + PADDING_MAX + 1];
  if (!CHECK (i < path->seen && path->segments[i] <= largest))
    return;
  ssize_t got = recv (path->ends[i][0], bytes, sizeof bytes, MSG_PEEK);
  if (!CHECK (PROOF_HELLO_SIZE <= got))
    return;
  int zeros = bytes[PROOF_MAGIC_SIZE + 4] << 8 | bytes[PROOF_MAGIC_SIZE + 5];
  CHECK_NUMBER (got, PROOF_HELLO_SIZE + zeros);
  CHECK_NUMBER (zeros, MIN (path->segments[i], PADDING_MAX));
}


static bool
bytes_are_there (void)
{
  for (int e = 0; e < 2; e++)
    for (unsigned i = 0; i < ends[e].rv.all.channels; i++)
      {
        char byte;
        if (recv (ends[e].connections[i].fd, &byte, 1, MSG_PEEK) != 1)
          return false;
      }
  return true;
}

/* Small packets are tried where nothing comes back.  */
static void
check_segments (void)
{
  static struct path path, hole;
  char where[ADDRESS_TEXT_MAX];
  int descriptors = count_descriptors ();
  row_is ("large packets are lost");
  begin (2, false);
  listen_at (&ends[DECIDER]);
  open_path (&path, ends[DECIDER].offer.port4, 512);
  connect_by_name (&ends[OTHER], path.port);
  third.events = &loops[0];
  open_end (&third, true, 1, secret);
  open_path (&hole, 0, 0);
  connect_by_name (&third, hole.port);

  CHECK (run_until (both_complete, LONG));
  CHECK (run_until (bytes_are_there, LONG));
  check_agreement (2, true);
  check_silence ();
  /* For each channel.  */
  CHECK_NUMBER (path.seen, 6);
  CHECK_NUMBER (ends[OTHER].rv.tried_count, 1);
  name_port (where, path.port);
  check_tried (&ends[OTHER], where,
               "large packets are lost on the way, small ones are not");

  row_is ("all packets are lost");
  name_port (where, hole.port);
  CHECK (run_until (third_exhausted, LONG));
  CHECK (!run_until (never, 400));
  CHECK_NUMBER (hole.seen, 3);
  check_zeros (&hole, 0, INT_MAX);
  check_zeros (&hole, 1, 1180);
  check_zeros (&hole, 2, 512);
  CHECK (hole.segments[2] < hole.segments[1]);
  CHECK_NUMBER (third.exhausted, 1);
  CHECK_NUMBER (third.timed_out, 0);
  CHECK_NUMBER (third.rv.tried_count, 1);
  check_tried (&third, where, "connected, but did not prove itself in time");
  close_path (&path);
  close_path (&hole);
  close_end (&third);
  finish (descriptors);
}

/* Somebody in between passes on what comes, in whose address the end TO is
   dialled because of ORIGIN.  */
static void
check_go_between (int to, enum origin origin)
{
  static struct path path;
  char where[ADDRESS_TEXT_MAX];
  static char const *const names[] = { "an offer", "the login", "the user" };
  struct candidates candidates = { .same_host = true };
  int descriptors = count_descriptors ();
  row_is ("a go-between before the %s, by %s",
          to == DECIDER ? "decider" : "other", names[origin]);
  begin (1, false);
  listen_at (&ends[to]);
  open_path (&path, ends[to].offer.port4, INT_MAX);
  name_port (where, path.port);
  aim (&candidates, AF_INET, path.port);
  candidates.list[0].origin = origin;
  rendezvous_connect (&ends[!to].rv, &candidates, 0);
  if (origin == ORIGIN_USER)
    {
      CHECK (run_until (both_complete, LONG));
      CHECK (run_until (bytes_are_there, LONG));
      check_agreement (1, true);
    }
  else
    {
      CHECK (run_until (to == DECIDER ? other_exhausted : decider_exhausted,
                        LONG));
      check_agreement (0, true);
      check_tried (&ends[!to], where, "is behind a NAT or a go-between: used"
                   " only with --encrypt, or when -h names it");
    }
  close_path (&path);
  finish (descriptors);
}

/* What turns out to be an address of this host is not used, unless both ends
   are on it.  */
static void
check_own_host (void)
{
  char where[ADDRESS_TEXT_MAX];
  struct candidates candidates = { .same_host = false };
  int descriptors = count_descriptors ();
  row_is ("an address of this host");
  begin (1, false);
  listen_at (&ends[OTHER]);
  name_port (where, ends[OTHER].offer.port4);
  aim (&candidates, AF_INET, ends[OTHER].offer.port4);
  rendezvous_connect (&ends[DECIDER].rv, &candidates, 0);
  CHECK (run_until (decider_exhausted, LONG));
  check_agreement (0, true);
  check_tried (&ends[DECIDER], where, "is an address of this host itself");
  finish (descriptors);
}

static bool
system_limits_segments (void)
{
  int fd = stream_socket (AF_INET);
  NEED (0 <= fd);
  bool limits = tcp_segment_limit (fd, 512) == 0;
  close (fd);
  return limits;
}

int
main (void)
{
  open_loops ();
  if (system_limits_segments ())
    check_segments ();
  for (int to = 0; to < 2; to++)
    for (enum origin origin = ORIGIN_OFFER; origin <= ORIGIN_USER; origin++)
      check_go_between (to, origin);
  check_own_host ();
  return close_loops ();
}
