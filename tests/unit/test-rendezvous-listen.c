/* Test where the ends of a rendezvous listen.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "rendezvous-ends.h"

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
  CHECK_NUMBER (listen_on (end, choice, &end->offer), -1);
  CHECK_NUMBER (errno, EADDRINUSE);
  CHECK (end->rv.gate.listener.fd4 == -1 && end->rv.gate.listener.fd6 == -1);
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
  CHECK_NUMBER (listen_on (&ends[DECIDER], &choice, one), 0);
  CHECK (port + 2 <= one->port4 && one->port4 <= port + 30);
  CHECK_NUMBER (listen_on (&ends[OTHER], &choice, two), 0);
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
      CHECK_NUMBER (listen_on (end, &choice, &end->offer), 0);
      CHECK ((end->offer.port4 != 0) == (family == 4));
      CHECK ((end->offer.port6 != 0) == (family == 6));
      CHECK ((end->rv.gate.listener.fd4 != -1) == (family == 4));
      CHECK ((end->rv.gate.listener.fd6 != -1) == (family == 6));
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
  CHECK_NUMBER (listen_on (&ends[DECIDER], &choice,
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
      CHECK_NUMBER (listen_on (&ends[DECIDER], &choice,
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

int
main (void)
{
  open_loops ();
  check_ports ();
  check_families ();
  check_port_again ();
  check_explanations ();
  return close_loops ();
}
