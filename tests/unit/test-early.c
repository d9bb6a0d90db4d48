/* Test connections that begin before the order: real TCP over loopback.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "net/early.h"

#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "test-macros.h"

/* Who listens; its port; and a candidate for it.  */
static int listener;
static uint16_t port;
static struct candidate candidate;

static void
open_listener (void)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  socklen_t length = sizeof address;
  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  struct sockaddr *any = (struct sockaddr *) &address;
  listener = socket (AF_INET, SOCK_STREAM, 0);
  if (bind (listener, any, length) != 0
      || listen (listener, 2 * EARLY_MAX) != 0
      || getsockname (listener, any, &length) != 0)
    abort ();
  port = ntohs (address.sin_port);
  memcpy (&candidate.address, &address, length);
  candidate.length = length;
}

/* How many connections come in?  */
static int
count_connections (void)
{
  int count = 0;
  struct pollfd ready = { .fd = listener, .events = POLLIN };
  while (poll (&ready, 1, 100) == 1)
    {
      int fd = accept (listener, NULL, NULL);
      if (fd < 0)
        abort ();
      close (fd);
      count++;
    }
  return count;
}

/* What the local side writes is what the agent takes.  */
static void
test_both_sides (void)
{
  char text[EARLY_TEXT_MAX];
  struct early early;
  struct offer offer = { .port4 = port };
  for (unsigned count = 0; count <= EARLY_MAX; count++)
    {
      row_is ("%u channels", count);
      unsetenv ("SSH_CONNECTION");
      early_describe (text, &offer, count);
      setenv ("SSH_CONNECTION", "127.0.0.1 40001 127.0.0.1 22", 1);
      early_begin (&early, text);
      CHECK (early.count == count);
      CHECK (count_connections () == (int) count);
      early_close (&early);
      CHECK (early.count == 0);
      early_close (&early);
    }

  row_is ("the widest numbers");
  offer = (struct offer) { .port4 = 65535, .port6 = 65535 };
  setenv ("SSH_CONNECTION", "::1 65535 ::1 65535", 1);
  early_describe (text, &offer, EARLY_MAX);
  CHECK_TEXT (text, "65535.65535.16.65535");
}

/* A connection is taken for its own candidate, and once.  */
static void
test_take (void)
{
  char text[EARLY_TEXT_MAX];
  struct early early;
  struct offer offer = { .port4 = port };
  struct candidate other = candidate;
  ((struct sockaddr_in *) &other.address)->sin_port ^= htons (1);
  unsetenv ("SSH_CONNECTION");
  early_describe (text, &offer, 1);
  setenv ("SSH_CONNECTION", "127.0.0.1 40001 127.0.0.1 22", 1);

  row_is ("taken");
  early_begin (&early, text);
  CHECK (early_take (&early, &other) == -1);
  int fd = early_take (&early, &candidate);
  CHECK (0 <= fd);
  CHECK (early_take (&early, &candidate) == -1);
  early_close (&early);
  struct pollfd ready = { .fd = fd, .events = POLLOUT };
  CHECK (poll (&ready, 1, 10000) == 1 && !(ready.revents & POLLERR));
  close (fd);
  CHECK (count_connections () == 1);
}

/* What begins nothing.  */
static void
test_nothing (void)
{
  static struct { char const *text; char const *connection; } const rows[] = {
    { NULL, "127.0.0.1 40001 127.0.0.1 22" },
    { "", "127.0.0.1 40001 127.0.0.1 22" },
    { "1", "127.0.0.1 40001 127.0.0.1 22" },
    { "1.2.3", "127.0.0.1 40001 127.0.0.1 22" },
    { "1.0.1.0.", "127.0.0.1 40001 127.0.0.1 22" },
    { "1.0.1.0.0", "127.0.0.1 40001 127.0.0.1 22" },
    { "1.0.1.-1", "127.0.0.1 40001 127.0.0.1 22" },
    { "1.0.1. 1", "127.0.0.1 40001 127.0.0.1 22" },
    { "65536.0.1.0", "127.0.0.1 40001 127.0.0.1 22" },
    { "1.0.17.0", "127.0.0.1 40001 127.0.0.1 22" },
    { "1.0.99999999999999999999.0", "127.0.0.1 40001 127.0.0.1 22" },
    /* No port for this family.  */
    { "0.1.1.0", "127.0.0.1 40001 127.0.0.1 22" },
    /* Merely handed on.  */
    { "1.0.1.40001", "127.0.0.1 40001 127.0.0.1 22" },
    { "1.0.1.0", NULL },
    { "1.0.1.0", "" },
    { "1.0.1.0", "127.0.0.1" },
    { "1.0.1.0", "rubbish 40001 127.0.0.1 22" },
  };
  for (size_t i = 0; i < SIZEOF (rows); i++)
    {
      struct early early;
      row_is ("%s, %s", rows[i].text ? rows[i].text : "NULL",
              rows[i].connection ? rows[i].connection : "NULL");
      if (rows[i].connection)
        setenv ("SSH_CONNECTION", rows[i].connection, 1);
      else
        unsetenv ("SSH_CONNECTION");
      early_begin (&early, rows[i].text);
      CHECK (early.count == 0);
      early_close (&early);
    }
}

int
main (void)
{
  open_listener ();
  test_both_sides ();
  test_take ();
  test_nothing ();
  return test_result ();
}
