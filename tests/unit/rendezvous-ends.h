/* The two ends of a rendezvous, over loopback, for tests of it.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   One process is both ends, on one events loop or, for other orders of what
   happens, on two.  To be included once, behind config.h.  */

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

/* No test waits longer than that for what has to come; in ms.  */
enum { LONG = 20000 };

/* The most channels between two ends here.  */
enum { CHANNELS_MAX = 2 };

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
MAYBE_UNUSED static struct end third;

static struct events loops[2];
static bool have_ipv6;

/* ----------------------------------------------------------------------
   The loops.  */

/* The same numbers at each run.  */
MAYBE_UNUSED static uint32_t
chance (uint32_t below)
{
  static uint32_t state = 4711;
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state % below;
}

MAYBE_UNUSED static void
do_nothing (void *context)
{
  (void) context;
}

/* Let the loop number I take a step, which takes MS at most.  */
MAYBE_UNUSED static void
step_loop (int i, int ms)
{
  static struct timer tick;
  timer_set (&loops[i], &tick, ms, do_nothing, NULL);
  events_step (&loops[i]);
  timer_clear (&loops[i], &tick);
}

/* Let one of the loops, or the only one, take a step.  */
MAYBE_UNUSED static void
step (void)
{
  /* One loop must not wait for what the other one has to do.  */
  if (ends[DECIDER].events != ends[OTHER].events)
    step_loop (chance (2), 0);
  else
    step_loop (0, 20);
}

/* Go on until DONE, for at most LIMIT ms.  Return whether it is.  */
MAYBE_UNUSED static bool
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

MAYBE_UNUSED static bool
never (void)
{
  return false;
}

/* Both ends have all channels, and nothing is left of other attempts.  */
MAYBE_UNUSED static bool
both_complete (void)
{
  for (int i = 0; i < 2; i++)
    if (!rendezvous_complete (&ends[i].rv) || ends[i].rv.all.list != NULL)
      return false;
  return true;
}

MAYBE_UNUSED static bool
decider_exhausted (void)
{
  return 0 < ends[DECIDER].exhausted;
}

MAYBE_UNUSED static bool
other_exhausted (void)
{
  return 0 < ends[OTHER].exhausted;
}

MAYBE_UNUSED static bool
both_exhausted (void)
{
  return 0 < ends[DECIDER].exhausted && 0 < ends[OTHER].exhausted;
}

MAYBE_UNUSED static bool
decider_timed_out (void)
{
  return 0 < ends[DECIDER].timed_out;
}

MAYBE_UNUSED static bool
third_exhausted (void)
{
  return 0 < third.exhausted;
}

MAYBE_UNUSED static bool
third_timed_out (void)
{
  return 0 < third.timed_out;
}

/* ----------------------------------------------------------------------
   The ends.  */

/* Return the first byte that END sends on CHANNEL.  */
MAYBE_UNUSED static char
first_byte (struct end const *end, unsigned channel)
{
  return "aAbB"[2 * channel + (end == &ends[DECIDER])];
}

MAYBE_UNUSED static void
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

MAYBE_UNUSED static void
hear_exhausted (void *context)
{
  struct end *end = context;
  end->exhausted++;
}

MAYBE_UNUSED static void
hear_timed_out (void *context)
{
  struct end *end = context;
  end->timed_out++;
}

MAYBE_UNUSED static void
hear_lost (void *context)
{
  struct end *end = context;
  end->lost++;
}

MAYBE_UNUSED static void
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
MAYBE_UNUSED static void
begin (unsigned channels, bool apart)
{
  ends[DECIDER].events = &loops[0];
  ends[OTHER].events = &loops[apart];
  open_end (&ends[DECIDER], true, channels, secret);
  open_end (&ends[OTHER], false, channels, secret);
}

MAYBE_UNUSED static void
close_end (struct end *end)
{
  static unsigned char const zeros[SECRET_SIZE];
  rendezvous_close (&end->rv);
  CHECK (end->rv.all.list == NULL && end->rv.tried == NULL);
  CHECK (memcmp (end->rv.secret, zeros, SECRET_SIZE) == 0);
  rendezvous_close (&end->rv);
  for (unsigned i = 0; i < CHANNELS_MAX; i++)
    if (0 <= end->connections[i].fd)
      close (end->connections[i].fd);
  offer_free (&end->offer);
}

MAYBE_UNUSED static int
count_descriptors (void)
{
  int count = 0;
  for (int fd = 0; fd < 1024; fd++)
    count += 0 <= fcntl (fd, F_GETFD);
  return count;
}

/* End the test of a row, at whose beginning there were DESCRIPTORS.  */
MAYBE_UNUSED static void
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

/* Let END listen as CHOICE says, and put the ports into *OFFER.  Return as
   gate_open.  */
static int
listen_on (struct end *end, struct net_choice const *choice,
           struct offer *offer)
{
  return gate_open (&end->rv.gate, &end->rv.all, choice, offer);
}

MAYBE_UNUSED static void
listen_at (struct end *end)
{
  struct net_choice choice = { .family = 0 };
  NEED (listen_on (end, &choice, &end->offer) == 0);
}

/* Add the loopback address of FAMILY with PORT to *CANDIDATES.  */
MAYBE_UNUSED static void
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
MAYBE_UNUSED static void
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
MAYBE_UNUSED static void
connect_to_port (struct end *end, uint16_t port)
{
  struct candidates candidates = { .same_host = true };
  aim (&candidates, AF_INET, port);
  rendezvous_connect (&end->rv, &candidates, 0);
}

/* Let END connect to the loopback address with PORT, which the user has named:
   what is there leads on to the other end.  */
MAYBE_UNUSED static void
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
MAYBE_UNUSED static void
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
MAYBE_UNUSED static void
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
MAYBE_UNUSED static void
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

MAYBE_UNUSED static void
check_silence (void)
{
  for (int e = 0; e < 2; e++)
    {
      CHECK_NUMBER (ends[e].exhausted, 0);
      CHECK_NUMBER (ends[e].timed_out, 0);
    }
}

/* See that END tried WHERE once in vain because of WHY.  */
MAYBE_UNUSED static void
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
MAYBE_UNUSED static int
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
MAYBE_UNUSED static uint16_t
refusing_port (int *fd)
{
  uint16_t port;
  *fd = foreign_listener (AF_INET, 0, -1, &port);
  NEED (0 <= *fd);
  return port;
}

MAYBE_UNUSED static void
name_port (char *where, uint16_t port)
{
  snprintf (where, ADDRESS_TEXT_MAX, "127.0.0.1 port %d", port);
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

/* Prepare the loops.  */
static void
open_loops (void)
{
  signal (SIGPIPE, SIG_IGN);
  events_init (&loops[0]);
  events_init (&loops[1]);
  /* Where random numbers come from a file, it stays open.  */
  unsigned char any;
  proof_random (&any, 1);
  have_ipv6 = system_has_ipv6 ();
}

/* Return the exit status of the test.  */
static int
close_loops (void)
{
  events_free (&loops[0]);
  events_free (&loops[1]);
  return test_result ();
}
