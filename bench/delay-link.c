/* delay-link - join two network interfaces by a long line.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

/* Theory of operation

   What comes in at one interface goes out at the other, DELAY later.  In
   between it waits in a ring, one for each direction, in the order of its
   arrival, so that only the oldest packet's time has to be looked at.  Packets
   are read and written many at a time, since each call costs more than a
   packet.

   Packets come with the kernel's notes about checksums that are still to be
   made (PACKET_VNET_HDR), and go out with the same notes.  They must be of the
   size that goes over a wire: the interfaces' senders have to be told not to
   make large ones for the network card to cut (gso_max_segs 1).  So each
   packet is lost by itself.  */

#define _GNU_SOURCE 1

#include <stdio.h>

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

/* As in linux/if_packet.h, which not every C library gets along with.  */
enum { OWN_PACKET_VNET_HDR = 15 };

enum
{
  SLOT_SIZE = 2048,             /* the largest packet, with its notes */
  SLOTS = 32768,                /* a power of two */
  BATCH = 64                    /* packets in one call */
};

/* One direction.  */
struct lane
{
  int in;                       /* where its packets come from */
  int out;                      /* and where they go */
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

/* Return a socket for all that comes in at the interface NAME, and through
   which packets go out there.  */
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

/* Put the N packets that were read behind the tail into LANE's ring; what is
   lost is overwritten by those behind it.  */
static void
lane_keep (struct lane *lane, struct mmsghdr const *messages, int n)
{
  int64_t due = now_ns () + delay;
  uint64_t from = lane->tail;
  for (int i = 0; i < n; i++, from++)
    {
      if (messages[i].msg_hdr.msg_flags & MSG_TRUNC)
        {
          fputs ("delay-link: a packet is too large; set gso_max_segs to 1\n",
                 stderr);
          exit (EXIT_FAILURE);
        }
      if (is_lost ())
        {
          lane->lost++;
          continue;
        }
      if (from != lane->tail)
        memcpy (lane->slots + lane->tail % SLOTS * SLOT_SIZE,
                lane->slots + from % SLOTS * SLOT_SIZE, messages[i].msg_len);
      lane->length[lane->tail % SLOTS] = messages[i].msg_len;
      lane->due[lane->tail++ % SLOTS] = due;
    }
}

/* Read what has come for LANE.  Return whether there may be more.  */
static bool
lane_read (struct lane *lane)
{
  struct mmsghdr messages[BATCH];
  struct iovec vecs[BATCH];
  uint64_t room = SLOTS - (lane->tail - lane->head);
  int n = room < BATCH ? room : BATCH;
  if (n == 0)
    return false;
  memset (messages, 0, sizeof messages);
  for (int i = 0; i < n; i++)
    {
      vecs[i].iov_base = lane->slots + (lane->tail + i) % SLOTS * SLOT_SIZE;
      vecs[i].iov_len = SLOT_SIZE;
      messages[i].msg_hdr.msg_iov = &vecs[i];
      messages[i].msg_hdr.msg_iovlen = 1;
    }
  int got = recvmmsg (lane->in, messages, n, MSG_DONTWAIT, NULL);
  if (got < 0)
    return false;
  lane_keep (lane, messages, got);
  return got == n;
}

/* Send what is due.  */
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
          vecs[n].iov_base = lane->slots + i % SLOTS * SLOT_SIZE;
          vecs[n].iov_len = lane->length[i % SLOTS];
          messages[n].msg_hdr.msg_iov = &vecs[n];
          messages[n++].msg_hdr.msg_iovlen = 1;
        }
      int sent = sendmmsg (lane->out, messages, n, MSG_DONTWAIT);
      if (sent < 0)
        {
          /* The next host's queue is full: as on any line, this one is
             gone.  */
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
