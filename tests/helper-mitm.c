/* The part of the helper that stands in the middle of encrypted connections.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include "helper.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* What is on the way is TLS records: a header of 5 bytes, of which the last
   two are the length of the rest.  */
enum { HEADER = 5, LONGEST = HEADER + 65535, FLOWS = 32 };

/* One direction of one connection.  */
struct flow
{
  int from;
  int to;                       /* -1 = thrown away */
  int pair;                     /* number of its connection */
  unsigned char bytes[LONGEST];
  size_t have;
  long records;                 /* passed on so far */
  long turns;                   /* of the connection, in its first flow: how
                                   often the other end had its say */
  bool had_say;                 /* this end was the last */
  bool over;
};

static struct flow flows[FLOWS];
static int flow_count;

/* A record that has been kept.  */
static unsigned char kept[LONGEST];
static size_t kept_size;

static char const *report;      /* file */
static char const *action;
static long when;               /* the record, of the first flow that has as
                                   many, at which it is done */
static bool done;

static void
send_all (struct flow *flow, void const *bytes, size_t length)
{
  unsigned char const *at = bytes;
  while (0 < length && 0 <= flow->to)
    {
      ssize_t sent = send (flow->to, at, length, MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR)
        continue;
      if (sent < 0)
        {
          flow->to = -1;
          return;
        }
      at += sent;
      length -= sent;
    }
}

/* Throw away what is still to come in either direction of the connection of
   FLOW, whose ends know nothing of it, after having cut it by a RESET or an
   end of file.  */
static void
cut (struct flow *flow, bool reset)
{
  struct linger now = { .l_onoff = 1, .l_linger = 0 };
  for (int i = 0; i < flow_count; i++)
    if (flows[i].pair == flow->pair && &flows[i] != flow)
      {
        flows[i].over = reset;
        flows[i].to = -1;
      }
  if (reset)
    {
      setsockopt (flow->to, SOL_SOCKET, SO_LINGER, &now, sizeof now);
      setsockopt (flow->from, SOL_SOCKET, SO_LINGER, &now, sizeof now);
      close (flow->from);
      close (flow->to);
      flow->over = true;
    }
  else
    shutdown (flow->to, SHUT_WR);
  flow->to = -1;
}

/* Reset the connection of FLOW for its writer.  Its reader gets nothing any
   more.  */
static void
cut_writer (struct flow *flow)
{
  struct linger now = { .l_onoff = 1, .l_linger = 0 };
  setsockopt (flow->from, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  close (flow->from);
  for (int i = 0; i < flow_count; i++)
    if (flows[i].pair == flow->pair)
      {
        flows[i].over = true;
        flows[i].to = -1;
      }
}

/* Let FLOW, and another connection's flow in the other direction, change
   places: each goes back to where it came from, as if it were the other.  */
static bool
swap_with_another (struct flow *flow)
{
  for (int i = 0; i < flow_count; i++)
    if (flows[i].pair != flow->pair && (i & 1) != ((flow - flows) & 1))
      {
        int to = flow->to;
        flow->to = flows[i].to;
        flows[i].to = to;
        return true;
      }
  return false;
}

/* Return whether it is time for the action: at a record of LENGTH bytes that
   FLOW has.  The record that ends a direction is known by its size.  */
static bool
is_time (struct flow const *flow, size_t length)
{
  enum { CLOSE_NOTIFY = HEADER + 2 + 1 + 16 };
  if (STREQ (action, "fin-end"))
    return when <= flow->records && length == CLOSE_NOTIFY;
  return flow->records == when;
}

/* Do what is to be done at the record of LENGTH bytes that FLOW has.  Return
   whether it is to be passed on as usual.  */
static bool
act (struct flow *flow, size_t length)
{
  static unsigned char junk[HEADER + 100] = { 23, 3, 3, 0, 100 };
  done = true;
  announce (report, action, flow->records);
  if (STREQ (action, "flip"))
    flow->bytes[HEADER + (length - HEADER) / 2] ^= 4;
  else if (STREQ (action, "header"))
    flow->bytes[1] ^= 1;
  else if (STREQ (action, "drop"))
    return false;
  else if (STREQ (action, "replay"))
    send_all (flow, flow->bytes, length);
  else if (STREQ (action, "inject"))
    send_all (flow, junk, sizeof junk);
  else if (STREQ (action, "reorder"))
    {
      memcpy (kept, flow->bytes, length);
      kept_size = length;
      return false;
    }
  else if (STREQ (action, "swap"))
    done = swap_with_another (flow);
  else if (STREQ (action, "fin") || STREQ (action, "fin-end")
           || STREQ (action, "rst"))
    cut (flow, STREQ (action, "rst"));
  else if (STREQ (action, "rst-writer"))
    cut_writer (flow);
  else if (STREQ (action, "fin-inside") || STREQ (action, "rst-inside"))
    {
      send_all (flow, flow->bytes, length / 2);
      cut (flow, STREQ (action, "rst-inside"));
    }
  return true;
}

/* Keep the LENGTH bytes at BYTES in a file.  */
static void
keep (void const *bytes, size_t length)
{
  char name[400];
  snprintf (name, sizeof name, "%s.kept", report);
  FILE *file = fopen (name, "ab");
  if (file == NULL || fwrite (bytes, 1, length, file) != length
      || fclose (file) != 0)
    fail (EXIT_HARD, name);
}

/* Pass on the record of LENGTH bytes at the start of what FLOW has.  */
static void
pass_on (struct flow *flow, size_t length)
{
  if (STREQ (action, "delay") && flow->records % 10 == when % 10)
    {
      announce (report, action, flow->records);
      pause_ms (20);
    }
  if (STREQ (action, "keep"))
    keep (flow->bytes, length);
  bool usual = STREQ (action, "delay") || done || !is_time (flow, length)
               || act (flow, length);
  if (usual)
    send_all (flow, flow->bytes, length);
  if (usual && 0 < kept_size)
    {
      send_all (flow, kept, kept_size);
      kept_size = 0;
    }
  flow->records++;
  flow->have -= length;
  memmove (flow->bytes, flow->bytes + length, flow->have);
}

/* Pass on the bytes that FLOW has, whatever they are, but cut the connection
   when its ends would speak for the turn number WHEN.  */
static void
take_turn (struct flow *flow)
{
  struct flow *first = &flows[flow->pair];
  struct flow *other = flow == first ? flow + 1 : first;
  if (!flow->had_say)
    first->turns++;
  flow->had_say = true;
  other->had_say = false;
  if (first->turns == when)
    {
      announce (report, action, when);
      cut (flow, true);
      return;
    }
  send_all (flow, flow->bytes, flow->have);
  flow->have = 0;
}

static void
go_on (struct flow *flow)
{
  ssize_t got = read (flow->from, flow->bytes + flow->have,
                      sizeof flow->bytes - flow->have);
  if (got < 0 && errno == EINTR)
    return;
  if (got <= 0)
    {
      send_all (flow, flow->bytes, flow->have);
      if (0 <= flow->to)
        shutdown (flow->to, SHUT_WR);
      flow->over = true;
      return;
    }
  flow->have += got;
  if (STREQ (action, "rst-turn"))
    {
      take_turn (flow);
      return;
    }
  while (HEADER <= flow->have)
    {
      size_t length = HEADER + (flow->bytes[3] << 8 | flow->bytes[4]);
      if (flow->have < length)
        break;
      pass_on (flow, length);
      if (flow->over)
        return;
    }
}

static void
add_flow (int from, int to, int pair)
{
  struct flow *flow = &flows[flow_count++];
  flow->from = from;
  flow->to = to;
  flow->pair = pair;
}

/* A client has connected: connect to the real listener, at TARGET.  */
static void
take_connection (int listener, struct sockaddr_in const *target)
{
  int fd = accept (listener, NULL, NULL);
  if (fd < 0)
    return;
  int onward = socket (AF_INET, SOCK_STREAM, 0);
  if (FLOWS < flow_count + 2 || onward < 0
      || connect (onward, (struct sockaddr const *) target, sizeof *target))
    {
      close (fd);
      close (onward);
      return;
    }
  int pair = flow_count;
  add_flow (fd, onward, pair);
  add_flow (onward, fd, pair);
}

int
cmd_mitm (int argc, char **argv)
{
  struct sockaddr_in target, own;
  int one = 1;
  memset (&own, 0, sizeof own);
  own.sin_family = AF_INET;
  own.sin_port = htons (number (argv[2], 1, 65535));
  own.sin_addr.s_addr = htonl (INADDR_ANY);
  target = own;
  if (inet_pton (AF_INET, argv[1], &target.sin_addr) != 1)
    fail_usage (argv[1], "not an address");
  report = argv[3];
  action = argv[4];
  when = argc < 6 ? 0 : number (argv[5], 0, 1000000);

  int listener = socket (AF_INET, SOCK_STREAM, 0);
  if (listener < 0
      || setsockopt (listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one)
      || bind (listener, (struct sockaddr *) &own, sizeof own)
      || listen (listener, 10))
    fail (EXIT_HARD, "cannot listen");
  char ready[400];
  snprintf (ready, sizeof ready, "%s.ready", report);
  announce (ready, "port ", ntohs (own.sin_port));

  for (;;)
    {
      struct pollfd polls[FLOWS + 1] = { { .fd = listener,
                                           .events = POLLIN } };
      for (int i = 0; i < flow_count; i++)
        {
          polls[i + 1].fd = flows[i].over ? -1 : flows[i].from;
          polls[i + 1].events = POLLIN;
        }
      int count = flow_count;
      if (poll (polls, count + 1, -1) < 0 && errno != EINTR)
        fail (EXIT_HARD, "poll");
      for (int i = 0; i < count; i++)
        if (polls[i + 1].revents && !flows[i].over)
          go_on (&flows[i]);
      if (polls[0].revents)
        take_connection (listener, &target);
    }
}
