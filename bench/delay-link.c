/* delay-link - join two network interfaces by a long line.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

/* Theory of operation

   A packet that comes in at one interface goes out at the other, DELAY later.
   In between it waits in a ring, one for each direction, in the order of
   arrival, so that only the oldest packet's time has to be checked.  Packets
   are read and written many at a time, since each call costs more than a
   packet.

   Packets come with the kernel's notes about checksums that are still to be
   made, and about large packets that a network card would cut
   (PACKET_VNET_HDR), and go out with the same notes.  This is fast enough only
   because large packets stay whole.  But a wire loses packets of its own size:
   so they are lost one by one here, and the parts before and behind a lost one
   continue as packets of their own.  */

#define _GNU_SOURCE 1

#include <stdio.h>

#include "delay-link.h"

#ifdef __linux__

# include <arpa/inet.h>
# include <errno.h>
# include <inttypes.h>
# include <net/ethernet.h>
# include <net/if.h>
# include <netpacket/packet.h>
# include <poll.h>
# include <signal.h>
# include <stdbool.h>
# include <stdint.h>
# include <stdlib.h>
# include <string.h>
# include <sys/prctl.h>
# include <sys/socket.h>
# include <time.h>
# include <unistd.h>

/* As in linux/if_packet.h, which conflicts with some C libraries.  */
enum { OWN_PACKET_VNET_HDR = 15 };

enum
{
  SLOT_SIZE = 68 * 1024,        /* the largest packet, with its notes */
  SLOTS = 4096,                 /* a power of two */
  SEGMENTS_MAX = 1024,          /* of one packet */
  BATCH = 64                    /* packets in one call */
};

/* One direction.  */
struct lane
{
  int in;                       /* source of its packets */
  int out;                      /* and destination */
  uint64_t head;                /* packets taken out so far */
  uint64_t tail;                /* packets put in so far */
  uint64_t lost;                /* on purpose */
  uint64_t refused;             /* since a ring or a queue was full */
  int64_t *due;                 /* of each slot: when to send it, in ns */
  uint32_t *length;
  char *slots;
};

static int64_t delay;           /* ns */
static double loss;             /* fraction */
static volatile sig_atomic_t stopping;

static void
fail (char const *what)
{
  fprintf (stderr, "delay-link: %s: %s\n", what, strerror (errno));
  exit (EXIT_FAILURE);
}

static void
on_signal (int sig)
{
  (void) sig;
  stopping = 1;
}

static int64_t
now_ns (void)
{
  struct timespec now;
  clock_gettime (CLOCK_MONOTONIC, &now);
  return now.tv_sec * INT64_C (1000000000) + now.tv_nsec;
}

/* Return a socket that receives all packets of the interface NAME, and sends
   packets there.  */
static int
open_interface (char const *name)
{
  int one = 1, size = 64 * 1024 * 1024;
  struct sockaddr_ll address;
  memset (&address, 0, sizeof address);
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons (ETH_P_ALL);
  address.sll_ifindex = if_nametoindex (name);
  if (address.sll_ifindex == 0)
    fail (name);
  int fd = socket (AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0);
  if (fd < 0
      || setsockopt (fd, SOL_PACKET, OWN_PACKET_VNET_HDR, &one,
                     sizeof one) != 0
      || bind (fd, (struct sockaddr *) &address, sizeof address) != 0)
    fail (name);
# ifdef PACKET_IGNORE_OUTGOING
  setsockopt (fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one);
# else
  setsockopt (fd, SOL_PACKET, 23, &one, sizeof one);
# endif
  if (setsockopt (fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0)
    setsockopt (fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  if (setsockopt (fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) != 0)
    setsockopt (fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  return fd;
}

static void
lane_open (struct lane *lane, int in, int out)
{
  *lane = (struct lane) { .in = in, .out = out };
  lane->due = calloc (SLOTS, sizeof *lane->due);
  lane->length = calloc (SLOTS, sizeof *lane->length);
  lane->slots = calloc (SLOTS, SLOT_SIZE);
  if (!lane->due || !lane->length || !lane->slots)
    fail ("calloc");
}

static void
lane_close (struct lane *lane)
{
  free (lane->due);
  free (lane->length);
  free (lane->slots);
}

static bool
is_lost (void)
{
  static uint64_t state = UINT64_C (88172645463325252);
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return 0 < loss && (state >> 11) * (1.0 / (UINT64_C (1) << 53)) < loss;
}

static char *
slot (struct lane const *lane, uint64_t number)
{
  return lane->slots + number % SLOTS * SLOT_SIZE;
}

/* Append to LANE the LENGTH bytes that are in the slot at its tail.  */
static void
lane_append (struct lane *lane, size_t length, int64_t due)
{
  lane->length[lane->tail % SLOTS] = length;
  lane->due[lane->tail++ % SLOTS] = due;
}

/* Some of the COUNT segments of the packet at BYTES are LOST: put the others
   into LANE's ring, as few packets.  */
static void
lane_cut (struct lane *lane, char const *bytes, size_t length,
          bool const *lost, unsigned count, int64_t due)
{
  for (unsigned first = 0; first < count; first++)
    {
      if (lost[first])
        continue;
      unsigned last = first;
      while (last + 1 < count && !lost[last + 1])
        last++;
      if (lane->tail - lane->head < SLOTS)
        lane_append (lane, cut_piece (slot (lane, lane->tail), bytes, length,
                                      first, last), due);
      first = last;
    }
}

/* Put the packet at BYTES, without the lost segments, into LANE's ring.  */
static void
lane_keep (struct lane *lane, char const *bytes, size_t length, int64_t due)
{
  bool lost[SEGMENTS_MAX];
  unsigned count = segments_of (bytes, length), losses = 0;
  if (count == 0 || SEGMENTS_MAX < count)
    {
      lane->refused++;
      return;
    }
  for (unsigned i = 0; i < count; i++)
    losses += lost[i] = is_lost ();
  lane->lost += losses;
  if (losses == 0)
    {
      memcpy (slot (lane, lane->tail), bytes, length);
      lane_append (lane, length, due);
    }
  else if (losses < count)
    lane_cut (lane, bytes, length, lost, count, due);
}

/* Read packets for LANE.  Return whether there may be more.  */
static bool
lane_read (struct lane *lane)
{
  static char buffers[BATCH][SLOT_SIZE];
  struct mmsghdr messages[BATCH];
  struct iovec vecs[BATCH];
  uint64_t room = SLOTS - (lane->tail - lane->head);
  int n = room < BATCH ? room : BATCH;
  if (n == 0)
    return false;
  memset (messages, 0, sizeof messages);
  for (int i = 0; i < n; i++)
    {
      vecs[i].iov_base = buffers[i];
      vecs[i].iov_len = SLOT_SIZE;
      messages[i].msg_hdr.msg_iov = &vecs[i];
      messages[i].msg_hdr.msg_iovlen = 1;
    }
  int got = recvmmsg (lane->in, messages, n, MSG_DONTWAIT, NULL);
  int64_t due = now_ns () + delay;
  for (int i = 0; i < got; i++)
    lane_keep (lane, buffers[i], messages[i].msg_len, due);
  return got == n;
}

/* Send the packets that are due.  */
static void
lane_write (struct lane *lane)
{
  struct mmsghdr messages[BATCH];
  struct iovec vecs[BATCH];
  int64_t now = now_ns ();
  while (lane->head != lane->tail && lane->due[lane->head % SLOTS] <= now)
    {
      int n = 0;
      memset (messages, 0, sizeof messages);
      for (uint64_t i = lane->head;
           n < BATCH && i != lane->tail && lane->due[i % SLOTS] <= now; i++)
        {
          vecs[n].iov_base = slot (lane, i);
          vecs[n].iov_len = lane->length[i % SLOTS];
          messages[n].msg_hdr.msg_iov = &vecs[n];
          messages[n++].msg_hdr.msg_iovlen = 1;
        }
      int sent = sendmmsg (lane->out, messages, n, MSG_DONTWAIT);
      if (sent < 0)
        {
          /* The next host's queue is full: as on any line, this packet is
             lost.  */
          lane->refused++;
          sent = 1;
        }
      lane->head += sent;
    }
}

/* When the next packet of both LANES is due, or -1.  */
static int64_t
next_due (struct lane const *lanes)
{
  int64_t next = -1;
  for (int i = 0; i < 2; i++)
    if (lanes[i].head != lanes[i].tail)
      {
        int64_t due = lanes[i].due[lanes[i].head % SLOTS];
        next = next < 0 || due < next ? due : next;
      }
  return next;
}

static void
carry (struct lane *lanes)
{
  while (!stopping)
    {
      bool more = false;
      for (int i = 0; i < 2; i++)
        {
          more |= lane_read (&lanes[i]);
          lane_write (&lanes[i]);
        }
      if (more)
        continue;
      struct pollfd fds[2];
      for (int i = 0; i < 2; i++)
        {
          bool room = lanes[i].tail - lanes[i].head < SLOTS;
          fds[i] = (struct pollfd) { .fd = lanes[i].in,
                                     .events = room ? POLLIN : 0 };
        }
      int64_t due = next_due (lanes), wait = due < 0 ? 0 : due - now_ns ();
      wait = wait < 0 ? 0 : wait;
      struct timespec time = { .tv_sec = wait / 1000000000,
                               .tv_nsec = wait % 1000000000 };
      if (ppoll (fds, 2, due < 0 ? NULL : &time, NULL) < 0 && errno != EINTR)
        fail ("ppoll");
    }
}

int
main (int argc, char **argv)
{
  if (argc != 5)
    {
      fputs ("Usage: delay-link INTERFACE INTERFACE MICROSECONDS LOSS-PPM\n",
             stderr);
      return 2;
    }
  struct lane lanes[2];
  struct sigaction act;
  memset (&act, 0, sizeof act);
  act.sa_handler = on_signal;
  sigaction (SIGTERM, &act, NULL);
  delay = strtoll (argv[3], NULL, 10) * 1000;
  loss = strtod (argv[4], NULL) / 1e6;
  int left = open_interface (argv[1]), right = open_interface (argv[2]);
  lane_open (&lanes[0], left, right);
  lane_open (&lanes[1], right, left);
  /* Timers are 50 us late otherwise.  */
  prctl (PR_SET_TIMERSLACK, 1);
  puts ("ready");
  fflush (stdout);
  carry (lanes);
  for (int i = 0; i < 2; i++)
    printf ("%s: %"PRIu64" packets, %"PRIu64" lost, %"PRIu64" refused\n",
            argv[1 + i], lanes[i].tail + lanes[i].lost, lanes[i].lost,
            lanes[i].refused);
  lane_close (&lanes[0]);
  lane_close (&lanes[1]);
  return 0;
}

#else /* !__linux__ */

int
main (void)
{
  fputs ("delay-link: only Linux has the packet sockets for this\n", stderr);
  return 77;
}

#endif
