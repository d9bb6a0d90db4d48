/* Test how the two ends of each channel find each other, over loopback.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   One process is both ends here, on one events loop or, for other orders of
   what happens, on two.  */

#include <config.h>

#include "net/rendezvous.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "monotonic.h"
#include "stream-socket.h"
#include "tcp-meter.h"
#include "tcp-segment.h"
#include "minmax.h"
#include "test-macros.h"

static unsigned char const secret[SECRET_SIZE] = "this is the run's secret";
static unsigned char const wrong_secret[SECRET_SIZE]
  = "this is the run's secreT";

/* No test waits longer than that for what has to come; in ms.  */
enum { LONG = 20000 };

/* One end, and what it told.  */
struct end
{
  struct events *events;
  struct rendezvous rv;
  struct offer offer;
  struct connection connections[CHANNELS_MAX];
  int connected[CHANNELS_MAX];  /* how often */
  int exhausted;
  int timed_out;
  int lost;
};

/* The decider, and the other one.  */
enum { DECIDER, OTHER };
static struct end ends[2];

/* A third one, on the first loop.  */
static struct end third;

static struct events loops[2];
static bool have_ipv6;

/* ----------------------------------------------------------------------
   The loops.  */

/* The same numbers at each run.  */
static uint32_t
chance (uint32_t below)
{
  static uint32_t state = 4711;
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state % below;
}

static void
do_nothing (void *context)
{
  (void) context;
}

/* Let the loop number I take a step, which takes MS at most.  */
static void
step_loop (int i, int ms)
{
  static struct timer tick;
  timer_set (&loops[i], &tick, ms, do_nothing, NULL);
  events_step (&loops[i]);
  timer_clear (&loops[i], &tick);
}

/* Let one of the loops, or the only one, take a step.  */
static void
step (void)
{
  /* One loop must not wait for what the other one has to do.  */
  if (ends[DECIDER].events != ends[OTHER].events)
    step_loop (chance (2), 0);
  else
    step_loop (0, 20);
}

/* Go on until DONE, for at most LIMIT ms.  Return whether it is.  */
static bool
run_until (bool (*done) (void), int limit)
{
  int64_t until = monotonic_ms () + limit;
  while (!done ())
    {
      if (until < monotonic_ms ())
        return false;
      step ();
    }
  return true;
}

static bool
never (void)
{
  return false;
}

/* Both ends have all channels, and nothing is left of other attempts.  */
static bool
both_complete (void)
{
  for (int i = 0; i < 2; i++)
    if (!rendezvous_complete (&ends[i].rv) || ends[i].rv.attempts != NULL)
      return false;
  return true;
}

static bool
decider_exhausted (void)
{
  return 0 < ends[DECIDER].exhausted;
}

static bool
both_exhausted (void)
{
  return 0 < ends[DECIDER].exhausted && 0 < ends[OTHER].exhausted;
}

static bool
decider_timed_out (void)
{
  return 0 < ends[DECIDER].timed_out;
}

static bool
third_exhausted (void)
{
  return 0 < third.exhausted;
}

static bool
third_timed_out (void)
{
  return 0 < third.timed_out;
}

/* ----------------------------------------------------------------------
   The ends.  */

/* Return the first byte that END sends on CHANNEL.  */
static char
first_byte (struct end const *end, unsigned channel)
{
  return "aAbB"[2 * channel + (end == &ends[DECIDER])];
}

static void
hear_connected (void *context, struct connection const *connection)
{
  struct end *end = context;
  unsigned channel = connection->channel;
  NEED (channel < CHANNELS_MAX);
  if (end->connected[channel]++ == 0)
    end->connections[channel] = *connection;
  else
    close (connection->fd);
  /* Data may come at once.  */
  char byte = first_byte (end, channel);
  CHECK_NUMBER (send (connection->fd, &byte, 1, 0), 1);
}

static void
hear_exhausted (void *context)
{
  struct end *end = context;
  end->exhausted++;
}

static void
hear_timed_out (void *context)
{
  struct end *end = context;
  end->timed_out++;
}

static void
hear_lost (void *context)
{
  struct end *end = context;
  end->lost++;
}

static void
open_end (struct end *end, bool decider, unsigned channels,
          unsigned char const *its_secret)
{
  struct rendezvous_hooks hooks = {
    .context = end, .connected = hear_connected,
    .exhausted = hear_exhausted, .timed_out = hear_timed_out,
    .lost = hear_lost
  };
  struct events *events = end->events;
  *end = (struct end) { .events = events };
  for (unsigned i = 0; i < CHANNELS_MAX; i++)
    end->connections[i].fd = -1;
  rendezvous_open (&end->rv, events, its_secret, channels, decider, &hooks);
}

/* Begin with both ends, on their own loops if APART.  */
static void
begin (unsigned channels, bool apart)
{
  ends[DECIDER].events = &loops[0];
  ends[OTHER].events = &loops[apart];
  open_end (&ends[DECIDER], true, channels, secret);
  open_end (&ends[OTHER], false, channels, secret);
}

static void
close_end (struct end *end)
{
  static unsigned char const zeros[SECRET_SIZE];
  rendezvous_close (&end->rv);
  CHECK (end->rv.attempts == NULL && end->rv.tried == NULL);
  CHECK (memcmp (end->rv.secret, zeros, SECRET_SIZE) == 0);
  rendezvous_close (&end->rv);
  for (unsigned i = 0; i < CHANNELS_MAX; i++)
    if (0 <= end->connections[i].fd)
      close (end->connections[i].fd);
  offer_free (&end->offer);
}

static int
count_descriptors (void)
{
  int count = 0;
  for (int fd = 0; fd < 1024; fd++)
    count += 0 <= fcntl (fd, F_GETFD);
  return count;
}

/* End the test of a row, at whose beginning there were DESCRIPTORS.  */
static void
finish (int descriptors)
{
  close_end (&ends[DECIDER]);
  close_end (&ends[OTHER]);
  CHECK_NUMBER (count_descriptors (), descriptors);
  /* No timer, and no watch, is forgotten.  */
  for (int i = 0; i < 2; i++)
    {
      CHECK (loops[i].timers == NULL);
      for (size_t w = 0; w < loops[i].count; w++)
        CHECK_NUMBER (loops[i].polls[w].fd, -1);
    }
}

static void
listen_at (struct end *end)
{
  struct net_choice choice = { .family = 0 };
  NEED (rendezvous_listen (&end->rv, &choice, &end->offer) == 0);
}

/* Add the loopback address of FAMILY with PORT to *CANDIDATES.  */
static void
aim (struct candidates *candidates, int family, uint16_t port)
{
  struct candidate *new;
  candidates->list = realloc (candidates->list, (candidates->count + 1)
                              * sizeof *candidates->list);
  NEED (candidates->list != NULL);
  new = &candidates->list[candidates->count++];
  memset (new, 0, sizeof *new);
  new->address.ss_family = family;
  if (family == AF_INET)
    {
      struct sockaddr_in *in = (struct sockaddr_in *) &new->address;
      in->sin_addr.s_addr = htonl (INADDR_LOOPBACK);
      in->sin_port = htons (port);
      new->length = sizeof *in;
    }
  else
    {
      struct sockaddr_in6 *in6 = (struct sockaddr_in6 *) &new->address;
      in6->sin6_addr = in6addr_loopback;
      in6->sin6_port = htons (port);
      new->length = sizeof *in6;
    }
}

/* Let END connect to where the other one listens, in DELAY ms.  */
static void
connect_to (struct end *end, struct end const *target, int64_t delay)
{
  struct candidates candidates = { .same_host = true };
  if (target->offer.port4 != 0)
    aim (&candidates, AF_INET, target->offer.port4);
  if (have_ipv6 && target->offer.port6 != 0)
    aim (&candidates, AF_INET6, target->offer.port6);
  rendezvous_connect (&end->rv, &candidates, delay);
  CHECK (candidates.list == NULL && candidates.count == 0);
}

/* Let END connect to the loopback address with PORT.  */
static void
connect_to_port (struct end *end, uint16_t port)
{
  struct candidates candidates = { .same_host = true };
  aim (&candidates, AF_INET, port);
  rendezvous_connect (&end->rv, &candidates, 0);
}

/* Let END connect to the loopback address with PORT, which the user has named:
   what is there leads on to the other end.  */
static void
connect_by_name (struct end *end, uint16_t port)
{
  struct candidates candidates = { .same_host = true };
  aim (&candidates, AF_INET, port);
  candidates.list[0].origin = ORIGIN_USER;
  rendezvous_connect (&end->rv, &candidates, 0);
}

/* ----------------------------------------------------------------------
   What came of it.  */

/* See that nothing but the other end's first byte is to be read from the
   connection of END for CHANNEL.  */
static void
check_byte (struct end const *end, unsigned channel)
{
  struct end const *other = &ends[end == &ends[DECIDER] ? OTHER : DECIDER];
  int fd = end->connections[channel].fd;
  struct pollfd ready = { .fd = fd, .events = POLLIN };
  char bytes[10];
  CHECK_NUMBER (poll (&ready, 1, LONG), 1);
  if (CHECK_NUMBER (recv (fd, bytes, sizeof bytes, 0), 1))
    CHECK_NUMBER (bytes[0], first_byte (other, channel));
  CHECK (recv (fd, bytes, sizeof bytes, 0) < 0 && errno == EAGAIN);
}

/* See that the meter counts one byte beside the proof.  */
static void
check_meter (struct connection const *connection)
{
  struct tcp_meter meter;
  if (tcp_meter_read (connection->fd, &meter) != 0)
    return;
  CHECK_NUMBER (meter.sent - connection->sent_before, 1);
  CHECK_NUMBER (meter.received - connection->received_before, 1);
  CHECK_NUMBER (meter.unread, 0);
}

/* See that there is one connection for each channel, and the same one on both
   ends unless something is IN_BETWEEN.  */
static void
check_agreement (unsigned channels, bool in_between)
{
  for (unsigned i = 0; i < CHANNELS_MAX; i++)
    for (int e = 0; e < 2; e++)
      CHECK_NUMBER (ends[e].connected[i], i < channels);
  for (unsigned i = 0; i < channels; i++)
    {
      struct connection const *one = &ends[DECIDER].connections[i];
      struct connection const *two = &ends[OTHER].connections[i];
      if (one->fd < 0 || two->fd < 0)
        continue;
      CHECK (one->accepted == !two->accepted);
      if (!in_between)
        {
          CHECK_TEXT (one->here, two->there);
          CHECK_TEXT (one->there, two->here);
        }
      CHECK (fcntl (one->fd, F_GETFD) & FD_CLOEXEC);
      check_byte (&ends[DECIDER], i);
      check_byte (&ends[OTHER], i);
      check_meter (one);
      check_meter (two);
    }
}

static void
check_silence (void)
{
  for (int e = 0; e < 2; e++)
    {
      CHECK_NUMBER (ends[e].exhausted, 0);
      CHECK_NUMBER (ends[e].timed_out, 0);
    }
}

/* See that END tried WHERE once in vain because of WHY.  */
static void
check_tried (struct end const *end, char const *where, char const *why)
{
  char line[ADDRESS_TEXT_MAX + 100];
  int count = 0;
  snprintf (line, sizeof line, "%s: %s", where, why);
  for (size_t i = 0; i < end->rv.tried_count; i++)
    count += STREQ (end->rv.tried[i], line);
  if (!CHECK_NUMBER (count, 1))
    {
      fprintf (stderr, "  looked for: %s\n", line);
      for (size_t i = 0; i < end->rv.tried_count; i++)
        fprintf (stderr, "  tried: %s\n", end->rv.tried[i]);
    }
}

/* ----------------------------------------------------------------------
   Sockets of others.  */

/* Listen on PORT, or any one if that is 0, by FAMILY, for BACKLOG connections;
   or only keep the port, which then refuses them, if that is negative.  Return
   the socket and set *PORT_TAKEN, or return -1.  */
static int
foreign_listener (int family, uint16_t port, int backlog,
                  uint16_t *port_taken)
{
  struct candidates one = { .list = NULL };
  int on = 1;
  aim (&one, family, port);
  struct sockaddr_storage address = one.list[0].address;
  struct sockaddr *any = (struct sockaddr *) &address;
  socklen_t length = one.list[0].length;
  candidates_free (&one);
  int fd = stream_socket (family);
  if (fd < 0)
    return -1;
  if ((family == AF_INET6
       && setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0)
      || bind (fd, any, length) != 0
      || (0 <= backlog && listen (fd, backlog) != 0)
      || getsockname (fd, any, &length) != 0)
    {
      close (fd);
      return -1;
    }
  struct sockaddr_in const *in = (struct sockaddr_in *) &address;
  struct sockaddr_in6 const *in6 = (struct sockaddr_in6 *) &address;
  *port_taken = ntohs (family == AF_INET ? in->sin_port : in6->sin6_port);
  return fd;
}

/* Return a port that refuses connections until *FD is closed.  */
static uint16_t
refusing_port (int *fd)
{
  uint16_t port;
  *fd = foreign_listener (AF_INET, 0, -1, &port);
  NEED (0 <= *fd);
  return port;
}

static void
name_port (char *where, uint16_t port)
{
  snprintf (where, ADDRESS_TEXT_MAX, "127.0.0.1 port %d", port);
}

/* ----------------------------------------------------------------------
   A path on which large packets are lost.  */

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

/* ----------------------------------------------------------------------
   The tests.  */

/* Only one end can connect.  */
static void
check_one_way (void)
{
  for (int from = 0; from < 2; from++)
    for (unsigned channels = 1; channels <= CHANNELS_MAX; channels++)
      for (int apart = 0; apart <= 1; apart++)
        {
          row_is ("%u channels, only the %s connects, %d",
                  channels, from == DECIDER ? "decider" : "other", apart);
          int descriptors = count_descriptors ();
          begin (channels, apart);
          listen_at (&ends[!from]);
          connect_to (&ends[from], &ends[!from], 0);
          CHECK (run_until (both_complete, LONG));
          check_agreement (channels, false);
          CHECK (!ends[from].connections[0].accepted);
          check_silence ();
          CHECK_NUMBER (ends[from].rv.tried_count, 0);
          finish (descriptors);
        }
}

/* Both ends connect at the same time, or nearly so: there is always exactly
   one connection for each channel, on which they agree.  */
static void
check_both_ways (void)
{
  int from_decider = 0, from_other = 0;
  for (int round = 0; round < 400; round++)
    {
      unsigned channels = 1 + round % 2;
      bool apart = round % 4 < 3;
      int delays[2] = { chance (3), chance (3) };
      row_is ("both connect, round %d, after %d and %d ms", round,
              delays[DECIDER], delays[OTHER]);
      int descriptors = count_descriptors ();
      begin (channels, apart);
      listen_at (&ends[DECIDER]);
      listen_at (&ends[OTHER]);
      connect_to (&ends[DECIDER], &ends[OTHER], delays[DECIDER]);
      connect_to (&ends[OTHER], &ends[DECIDER], delays[OTHER]);
      CHECK (run_until (both_complete, LONG));
      check_agreement (channels, false);
      check_silence ();
      for (unsigned i = 0; i < channels; i++)
        if (ends[DECIDER].connections[i].accepted)
          from_other++;
        else
          from_decider++;
      finish (descriptors);
    }
  row_is ("both connect, in all rounds");
  /* Or the test does not see what it wants to see.  */
  CHECK (20 < from_decider);
  CHECK (20 < from_other);
}

/* One end cannot get through, in whichever way.  */
static void
check_one_fails (void)
{
  for (int from = 0; from < 2; from++)
    {
      char where[ADDRESS_TEXT_MAX];
      row_is ("the attempts of the %s are refused",
              from == DECIDER ? "decider" : "other");
      int refusing, descriptors = count_descriptors ();
      uint16_t port = refusing_port (&refusing);
      name_port (where, port);
      begin (2, false);
      listen_at (&ends[from]);
      connect_to_port (&ends[from], port);
      connect_to (&ends[!from], &ends[from], 100);
      CHECK (run_until (both_complete, LONG));
      check_agreement (2, false);
      CHECK (ends[from].connections[0].accepted);
      CHECK_NUMBER (ends[from].exhausted, 1);
      CHECK_NUMBER (ends[!from].exhausted, 0);
      CHECK_NUMBER (ends[from].rv.tried_count, 1);
      check_tried (&ends[from], where, strerror (ECONNREFUSED));
      close (refusing);
      finish (descriptors);
    }
}

/* Candidates that refuse hold nothing up.  */
static void
check_refused (void)
{
  enum { MANY = 40 };
  char where[ADDRESS_TEXT_MAX];
  struct candidates candidates = { .same_host = true };
  row_is ("many candidates that refuse, then a good one");
  int refusing[MANY], descriptors = count_descriptors ();
  begin (2, false);
  listen_at (&ends[OTHER]);
  for (int i = 0; i < MANY; i++)
    aim (&candidates, AF_INET, refusing_port (&refusing[i]));
  aim (&candidates, AF_INET, ends[OTHER].offer.port4);
  /* Had each to wait for the one before, it would take 10 s.  */
  rendezvous_connect (&ends[DECIDER].rv, &candidates, 0);
  CHECK (run_until (both_complete, 5000));
  check_agreement (2, false);
  check_silence ();
  CHECK_NUMBER (ends[DECIDER].rv.tried_count, MANY);
  for (int i = 0; i < MANY; i++)
    close (refusing[i]);
  finish (descriptors);

  row_is ("all refuse");
  uint16_t port = refusing_port (&refusing[0]);
  name_port (where, port);
  begin (2, false);
  for (int i = 0; i < 3; i++)
    aim (&candidates, AF_INET, port);
  rendezvous_connect (&ends[DECIDER].rv, &candidates, 0);
  CHECK (run_until (decider_exhausted, LONG));
  CHECK (!run_until (never, 600));
  CHECK_NUMBER (ends[DECIDER].exhausted, 1);
  CHECK_NUMBER (ends[DECIDER].timed_out, 0);
  CHECK_NUMBER (ends[DECIDER].rv.tried_count, 1);
  check_tried (&ends[DECIDER], where, strerror (ECONNREFUSED));
  close (refusing[0]);
  finish (descriptors);

  row_is ("no candidates at all");
  begin (1, false);
  candidates = (struct candidates) { .same_host = true };
  rendezvous_connect (&ends[DECIDER].rv, &candidates, 0);
  CHECK_NUMBER (ends[DECIDER].exhausted, 0);
  CHECK (run_until (decider_exhausted, LONG));
  CHECK (!run_until (never, 400));
  CHECK_NUMBER (ends[DECIDER].exhausted, 1);
  CHECK_NUMBER (ends[DECIDER].rv.tried_count, 0);
  finish (descriptors);
}

/* A candidate that says nothing does not hold up the next one.  */
static void
check_silent_first (void)
{
  uint16_t port;
  struct candidates candidates = { .same_host = true };
  row_is ("a silent candidate, then a good one");
  int descriptors = count_descriptors ();
  int silent = foreign_listener (AF_INET, 0, 10, &port);
  NEED (0 <= silent);
  begin (2, false);
  listen_at (&ends[DECIDER]);
  aim (&candidates, AF_INET, port);
  aim (&candidates, AF_INET, ends[DECIDER].offer.port4);
  rendezvous_connect (&ends[OTHER].rv, &candidates, 0);
  /* Attempts end by themselves after 5 s.  */
  CHECK (run_until (both_complete, 4000));
  check_agreement (2, false);
  check_silence ();
  /* It is not known that it was in vain.  */
  CHECK_NUMBER (ends[OTHER].rv.tried_count, 0);
  close (silent);
  finish (descriptors);
}

/* Who does not know the secret, or has the same part, gets nowhere.  */
static void
check_wrong_ends (void)
{
  static struct
  {
    char const *name;
    unsigned char const *other_secret;
    bool deciders[2];
  }
  const rows[] =
  {
    { "another secret", wrong_secret, { true, false } },
    { "both decide", secret, { true, true } },
    { "nobody decides", secret, { false, false } },
  };
  char const *stranger = "is not the other end of this run";
  for (size_t i = 0; i < SIZEOF (rows); i++)
    {
      char where[2][ADDRESS_TEXT_MAX];
      row_is ("%s", rows[i].name);
      int descriptors = count_descriptors ();
      begin (2, false);
      rendezvous_close (&ends[DECIDER].rv);
      rendezvous_close (&ends[OTHER].rv);
      open_end (&ends[DECIDER], rows[i].deciders[0], 2, secret);
      open_end (&ends[OTHER], rows[i].deciders[1], 2, rows[i].other_secret);
      for (int e = 0; e < 2; e++)
        {
          listen_at (&ends[e]);
          name_port (where[e], ends[e].offer.port4);
        }
      connect_to (&ends[DECIDER], &ends[OTHER], 0);
      connect_to (&ends[OTHER], &ends[DECIDER], 0);
      CHECK (run_until (both_exhausted, LONG));
      CHECK (!run_until (never, 400));
      check_agreement (0, false);
      for (int e = 0; e < 2; e++)
        {
          CHECK_NUMBER (ends[e].exhausted, 1);
          check_tried (&ends[e], where[!e], stranger);
          CHECK (ends[e].rv.attempts == NULL);
          CHECK_NUMBER (ends[e].rv.strangers, 0);
        }
      finish (descriptors);
    }
}

/* Somebody else who knows the secret comes too late, and changes nothing.  */
static void
check_too_late (void)
{
  row_is ("one who comes too late");
  int descriptors = count_descriptors ();
  begin (1, false);
  listen_at (&ends[DECIDER]);
  connect_to (&ends[OTHER], &ends[DECIDER], 0);
  CHECK (run_until (both_complete, LONG));
  third.events = &loops[0];
  open_end (&third, false, 1, secret);
  connect_to (&third, &ends[DECIDER], 0);
  rendezvous_limit (&third.rv, 700);
  CHECK (run_until (third_timed_out, LONG));
  CHECK_NUMBER (third.connected[0], 0);
  CHECK_NUMBER (third.exhausted, 0);
  close_end (&third);
  check_agreement (1, false);
  check_silence ();
  finish (descriptors);
}

/* The other end gives up a connection for which it has answered, before the
   decider has read that: who has chosen it then would find it at its end of
   file.  */
static void
check_given_up (void)
{
  row_is ("a connection that the other end gives up");
  int descriptors = count_descriptors ();
  begin (1, true);
  listen_at (&ends[OTHER]);
  connect_to_port (&ends[DECIDER], ends[OTHER].offer.port4);
  struct attempt *attempt = NULL;
  int64_t until = monotonic_ms () + LONG;
  while ((attempt == NULL || !attempt->connected)
         && monotonic_ms () < until)
    {
      step_loop (DECIDER, 20);
      attempt = ends[DECIDER].rv.attempts;
    }
  attempt = NULL;
  while ((attempt == NULL || !attempt->proof.answered)
         && monotonic_ms () < until)
    {
      step_loop (OTHER, 20);
      attempt = ends[OTHER].rv.attempts;
    }
  CHECK (attempt != NULL && attempt->proof.answered);
  rendezvous_close (&ends[OTHER].rv);
  while (ends[DECIDER].rv.attempts != NULL && monotonic_ms () < until)
    step_loop (DECIDER, 20);
  CHECK_NUMBER (ends[DECIDER].connected[0], 0);
  finish (descriptors);
}

/* Go on until OTHER has said its last word on its only attempt, and the
   decider has not read that.  CONNECTOR is the end that connects.  */
static void
go_to_last_word (int connector)
{
  int64_t until = monotonic_ms () + LONG;
  begin (1, true);
  listen_at (&ends[!connector]);
  connect_to_port (&ends[connector], ends[!connector].offer.port4);
  for (int i = DECIDER; monotonic_ms () < until; i = !i)
    {
      struct attempt const *attempt = ends[OTHER].rv.attempts;
      if (attempt != NULL && attempt->proof.answered)
        return;
      step_loop (i, 20);
    }
  CHECK (false);
}

/* The decider has chosen, as is known by other ways: its word on the
   connection is waited for as long as it can come.  */
static void
check_chosen (void)
{
  for (int connector = 0; connector < 2; connector++)
    for (int lost = 0; lost < 2; lost++)
      {
        row_is ("a choice that is %s, %s connects", lost ? "lost" : "on its"
                " way", connector == DECIDER ? "the decider" : "the other");
        int descriptors = count_descriptors ();
        go_to_last_word (connector);
        rendezvous_chosen (&ends[OTHER].rv);
        for (int i = 0; i < 3; i++)
          step_loop (OTHER, 20);
        CHECK_NUMBER (ends[OTHER].lost, 0);
        if (lost)
          rendezvous_close (&ends[DECIDER].rv);
        int64_t until = monotonic_ms () + LONG;
        while (ends[OTHER].lost == 0 && ends[OTHER].connected[0] == 0
               && monotonic_ms () < until)
          for (int i = 0; i < 2; i++)
            step_loop (i, 20);
        CHECK_NUMBER (ends[OTHER].lost, lost);
        CHECK_NUMBER (ends[OTHER].connected[0], !lost);
        finish (descriptors);
      }

  row_is ("a choice that was lost before it is known");
  int descriptors = count_descriptors ();
  begin (1, true);
  listen_at (&ends[OTHER]);
  rendezvous_chosen (&ends[OTHER].rv);
  for (int i = 0; i < 3; i++)
    step_loop (OTHER, 20);
  CHECK_NUMBER (ends[OTHER].lost, 1);
  finish (descriptors);
}

/* A delay is kept, and can be cut short.  */
static void
check_delay (void)
{
  row_is ("a delay");
  int descriptors = count_descriptors ();
  begin (1, false);
  listen_at (&ends[OTHER]);
  connect_to (&ends[DECIDER], &ends[OTHER], 3600000);
  CHECK (!run_until (both_complete, 300));
  CHECK (ends[OTHER].rv.attempts == NULL
         && ends[DECIDER].rv.attempts == NULL);
  row_is ("a delay that is cut short");
  rendezvous_hurry (&ends[DECIDER].rv);
  CHECK (run_until (both_complete, LONG));
  check_agreement (1, false);
  check_silence ();
  finish (descriptors);
}

/* Return whether new connections to the listener FD, at PORT, stay without an
   answer, and the sockets that made it so in FDS, COUNT of them.  */
static bool
fill_backlog (uint16_t port, int *fds, int count)
{
  struct candidates one = { .list = NULL };
  aim (&one, AF_INET, port);
  bool full = false;
  for (int i = 0; i < count; i++)
    {
      fds[i] = stream_socket (AF_INET);
      NEED (0 <= fds[i]);
      if (full)
        continue;
      connect (fds[i], (struct sockaddr *) &one.list[0].address,
               one.list[0].length);
      struct pollfd ready = { .fd = fds[i], .events = POLLOUT };
      full = poll (&ready, 1, 200) == 0;
    }
  candidates_free (&one);
  return full;
}

/* Time is up, and what was under way is told.  */
static void
check_timed_out (void)
{
  enum { FILLERS = 10 };
  char where[ADDRESS_TEXT_MAX];
  uint16_t port;
  int fds[FILLERS];
  row_is ("time is up with a listener that says nothing");
  int descriptors = count_descriptors ();
  int silent = foreign_listener (AF_INET, 0, 10, &port);
  NEED (0 <= silent);
  name_port (where, port);
  begin (2, false);
  connect_to_port (&ends[DECIDER], port);
  rendezvous_limit (&ends[DECIDER].rv, 300);
  CHECK (run_until (decider_timed_out, LONG));
  check_tried (&ends[DECIDER], where,
               "connected, but did not prove itself in time");
  CHECK (!run_until (never, 500));
  CHECK_NUMBER (ends[DECIDER].timed_out, 1);
  CHECK_NUMBER (ends[DECIDER].exhausted, 0);
  CHECK_NUMBER (ends[DECIDER].rv.tried_count, 1);
  close (silent);
  finish (descriptors);

  row_is ("time is up with a host that does not answer");
  silent = foreign_listener (AF_INET, 0, 0, &port);
  NEED (0 <= silent);
  name_port (where, port);
  begin (2, false);
  if (fill_backlog (port, fds, FILLERS))
    {
      connect_to_port (&ends[DECIDER], port);
      rendezvous_limit (&ends[DECIDER].rv, 100);
      CHECK (run_until (decider_timed_out, LONG));
      check_tried (&ends[DECIDER], where, "no answer");
      CHECK_NUMBER (ends[DECIDER].exhausted, 0);

      row_is ("another route settles it");
      rendezvous_settle (&ends[DECIDER].rv, 0);
      CHECK (!rendezvous_complete (&ends[DECIDER].rv));
      rendezvous_settle (&ends[DECIDER].rv, 1);
      CHECK (rendezvous_complete (&ends[DECIDER].rv));
      CHECK (ends[DECIDER].rv.attempts == NULL);
      check_tried (&ends[DECIDER], where,
                   "no answer");
    }
  for (int i = 0; i < FILLERS; i++)
    close (fds[i]);
  close (silent);
  finish (descriptors);

  row_is ("time is not up any more when all is connected");
  begin (1, false);
  listen_at (&ends[OTHER]);
  rendezvous_limit (&ends[DECIDER].rv, 3600000);
  rendezvous_limit (&ends[OTHER].rv, 3600000);
  CHECK (ends[OTHER].rv.deadline.set && ends[DECIDER].rv.deadline.set);
  connect_to (&ends[DECIDER], &ends[OTHER], 0);
  CHECK (run_until (both_complete, LONG));
  CHECK (!ends[OTHER].rv.deadline.set && !ends[DECIDER].rv.deadline.set);
  rendezvous_limit (&ends[OTHER].rv, 0);
  CHECK (!ends[OTHER].rv.deadline.set);
  check_agreement (1, false);
  check_silence ();
  finish (descriptors);
}

/* What is remembered of what was tried is bounded, and nothing is twice.  */
static void
check_notes (void)
{
  static char why[2 * TRIED_TEXT_MAX];
  struct rendezvous *rv = &ends[DECIDER].rv;
  row_is ("notes");
  int descriptors = count_descriptors ();
  begin (1, false);
  memset (why, 'x', sizeof why - 1);
  for (int i = 0; i < 2; i++)
    rendezvous_note (rv, "here", why);
  CHECK_NUMBER (rv->tried_count, 1);
  CHECK_NUMBER (strlen (rv->tried[0]), TRIED_TEXT_MAX);
  for (int i = 0; i < 2 * TRIED_MAX; i++)
    {
      snprintf (why, sizeof why, "%d", i);
      rendezvous_note (rv, "there", why);
    }
  CHECK_NUMBER (rv->tried_count, TRIED_MAX);
  CHECK_TEXT (rv->tried[TRIED_MAX - 1], "there: 254");
  finish (descriptors);
}

/* Occupy two ports in a row.  Return the first one, and the sockets.  */
static uint16_t
occupy_two (int *fds)
{
  for (int tries = 0; tries < 100; tries++)
    {
      uint16_t port, next;
      fds[0] = foreign_listener (AF_INET, 0, 1, &port);
      NEED (0 <= fds[0]);
      fds[1] = (port < 65500
                ? foreign_listener (AF_INET, port + 1, 1, &next) : -1);
      if (0 <= fds[1])
        return port;
      close (fds[0]);
    }
  NEED (!"two free ports in a row");
  return 0;
}

/* See that END cannot listen by CHOICE, and leaves nothing open.  */
static void
check_full (struct end *end, struct net_choice const *choice)
{
  int descriptors = count_descriptors ();
  CHECK_NUMBER (rendezvous_listen (&end->rv, choice, &end->offer), -1);
  CHECK_NUMBER (errno, EADDRINUSE);
  CHECK (end->rv.listener.fd4 == -1 && end->rv.listener.fd6 == -1);
  CHECK (end->offer.port4 == 0 && end->offer.port6 == 0);
  CHECK_NUMBER (count_descriptors (), descriptors);
}

/* The ports that may be used.  */
static void
check_ports (void)
{
  int fds[2], descriptors = count_descriptors ();
  uint16_t port = occupy_two (fds);
  struct offer *one = &ends[DECIDER].offer, *two = &ends[OTHER].offer;
  begin (1, false);
  row_is ("a port that is taken");
  struct net_choice choice = { .port_low = port, .port_high = port };
  check_full (&ends[DECIDER], &choice);
  row_is ("a range of ports that are taken");
  choice.port_high = port + 1;
  check_full (&ends[DECIDER], &choice);

  row_is ("two that listen in one range");
  choice.port_high = port + 30;
  CHECK_NUMBER (rendezvous_listen (&ends[DECIDER].rv, &choice, one), 0);
  CHECK (port + 2 <= one->port4 && one->port4 <= port + 30);
  CHECK_NUMBER (rendezvous_listen (&ends[OTHER].rv, &choice, two), 0);
  CHECK (port + 2 <= two->port4 && two->port4 <= port + 30);
  CHECK (one->port4 != two->port4);
  if (have_ipv6)
    CHECK (one->port6 == one->port4 && two->port6 == two->port4);
  connect_to (&ends[DECIDER], &ends[OTHER], 0);
  CHECK (run_until (both_complete, LONG));
  check_agreement (1, false);
  close (fds[0]);
  close (fds[1]);
  finish (descriptors);
}

/* The families that may be used.  */
static void
check_families (void)
{
  int descriptors = count_descriptors ();
  for (int family = 4; family <= 6; family += 2)
    {
      struct end *end = &ends[DECIDER];
      row_is ("family %d only", family);
      if (family == 6 && !have_ipv6)
        continue;
      begin (1, false);
      struct net_choice choice = { .family = family };
      CHECK_NUMBER (rendezvous_listen (&end->rv, &choice, &end->offer), 0);
      CHECK ((end->offer.port4 != 0) == (family == 4));
      CHECK ((end->offer.port6 != 0) == (family == 6));
      CHECK ((end->rv.listener.fd4 != -1) == (family == 4));
      CHECK ((end->rv.listener.fd6 != -1) == (family == 6));
      connect_to (&ends[OTHER], &ends[DECIDER], 0);
      CHECK (run_until (both_complete, LONG));
      check_agreement (1, false);
      finish (descriptors);
    }
  if (!have_ipv6)
    return;

  /* One that is free for IPv4.  */
  int fd4, fd6 = -1;
  uint16_t port, port6;
  row_is ("a port that is taken for IPv6");
  for (int tries = 0; tries < 100 && fd6 < 0; tries++)
    {
      port = refusing_port (&fd4);
      fd6 = foreign_listener (AF_INET6, port, 1, &port6);
      close (fd4);
    }
  NEED (0 <= fd6);
  begin (1, false);
  struct net_choice choice = { .port_low = port, .port_high = port };
  check_full (&ends[DECIDER], &choice);
  row_is ("a port that is taken for IPv6, which is not used");
  choice.family = 4;
  CHECK_NUMBER (rendezvous_listen (&ends[DECIDER].rv, &choice,
                                   &ends[DECIDER].offer), 0);
  CHECK_NUMBER (ends[DECIDER].offer.port4, port);
  close (fd6);
  finish (descriptors);
}

/* A port can be used again at once, whatever is left of the run before.  */
static void
check_port_again (void)
{
  int fd;
  uint16_t port = refusing_port (&fd);
  struct net_choice choice = { .port_low = port, .port_high = port };
  close (fd);
  for (int i = 0; i < 2; i++)
    {
      row_is ("one port, time %d", i);
      int descriptors = count_descriptors ();
      begin (2, false);
      CHECK_NUMBER (rendezvous_listen (&ends[DECIDER].rv, &choice,
                                       &ends[DECIDER].offer), 0);
      connect_to (&ends[OTHER], &ends[DECIDER], 0);
      CHECK (run_until (both_complete, LONG));
      check_agreement (2, false);
      /* The listening end is closed first, and so keeps the port.  */
      finish (descriptors);
    }
}

/* The text for the ways in which listening may fail.  */
static void
check_explanations (void)
{
  static struct
  {
    struct net_choice choice;
    int error;
    char const *wanted;
  }
  const rows[] =
  {
    { { .family = 0, .port_low = 4000, .port_high = 4009 }, EADDRINUSE,
      "all ports from 4000 to 4009 are in use: wait, or give a wider range "
      "with --port" },
    { { .family = 4, .port_low = 1, .port_high = 1 }, EADDRINUSE,
      "port 1 is in use: wait, or give a wider range with --port" },
    { { .family = 0, .port_low = 0, .port_high = 0 }, EADDRINUSE,
      "cannot listen for connections: " },
    { { .family = 0, .port_low = 80, .port_high = 80 }, EACCES,
      "cannot listen for connections: " },
  };
  for (size_t i = 0; i < SIZEOF (rows); i++)
    {
      char text[200], wanted[200];
      row_is ("listening fails, %zu", i);
      size_t length = strlen (rows[i].wanted);
      snprintf (wanted, sizeof wanted, "%s%s", rows[i].wanted,
                rows[i].wanted[length - 1] == ' ' ? strerror (rows[i].error)
                : "");
      listener_explain (&rows[i].choice, rows[i].error, text, sizeof text);
      CHECK_TEXT (text, wanted);
      memset (text, '#', sizeof text);
      listener_explain (&rows[i].choice, rows[i].error, text, 10);
      CHECK (text[10] == '#' && text[9] == '\0');
    }
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

/* Find out what this system can do.  */
static bool
system_has_ipv6 (void)
{
  uint16_t port;
  int fd = foreign_listener (AF_INET6, 0, 1, &port);
  if (0 <= fd)
    close (fd);
  return 0 <= fd;
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
  signal (SIGPIPE, SIG_IGN);
  events_init (&loops[0]);
  events_init (&loops[1]);
  /* Where random numbers come from a file, it stays open.  */
  unsigned char any;
  proof_random (&any, 1);
  have_ipv6 = system_has_ipv6 ();
  check_one_way ();
  check_both_ways ();
  check_one_fails ();
  check_refused ();
  check_silent_first ();
  check_wrong_ends ();
  check_too_late ();
  check_given_up ();
  check_chosen ();
  check_delay ();
  check_timed_out ();
  check_notes ();
  check_ports ();
  check_families ();
  check_port_again ();
  check_explanations ();
  if (system_limits_segments ())
    check_segments ();
  events_free (&loops[0]);
  events_free (&loops[1]);
  return test_result ();
}
