/* Connections that the agent begins before its task arrives.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "net/early.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/endpoint.h"
#include "minmax.h"

/* The numbers after --agent.  */
enum { PORT4, PORT6, COUNT, CLIENT, NUMBERS };

/* Return the client's port in SSH_CONNECTION, which distinguishes logins; 0 if
   there is none.  */
static unsigned long
client_port (void)
{
  char const *connection = getenv ("SSH_CONNECTION");
  char const *space = connection ? strchr (connection, ' ') : NULL;
  return space ? strtoul (space, NULL, 10) : 0;
}

void
early_describe (char *text, struct offer const *offer, unsigned count)
{
  snprintf (text, EARLY_TEXT_MAX, "%d.%d.%u.%lu", offer->port4, offer->port6,
            MIN (count, EARLY_MAX), client_port () & 0xffff);
}

/* Put the numbers of TEXT into NUMBERS.  Return whether they make sense.  */
static bool
parse (char const *text, unsigned long *numbers)
{
  for (int i = 0; i < NUMBERS; i++)
    {
      char *end;
      if (*text < '0' || '9' < *text)
        return false;
      numbers[i] = strtoul (text, &end, 10);
      if (UINT16_MAX < numbers[i] || *end != (i < NUMBERS - 1 ? '.' : '\0'))
        return false;
      text = end + 1;
    }
  return numbers[COUNT] <= EARLY_MAX;
}

/* Begin one more connection.  Return whether that succeeded.  */
static bool
begin_one (struct early *early)
{
  struct socket_choice const usual = { .multipath = false };
  struct sockaddr const *any = (struct sockaddr const *) &early->to.address;
  int fd = endpoint_socket (any->sa_family, &usual);
  if (fd < 0)
    return false;
  if (connect (fd, any, early->to.length) != 0 && errno != EINPROGRESS)
    {
      close (fd);
      return false;
    }
  early->fds[early->count++] = fd;
  return true;
}

void
early_begin (struct early *early, char const *text)
{
  unsigned long numbers[NUMBERS];
  struct candidates candidates;
  early->count = 0;
  /* A variable that the login has merely handed on is not about it.  */
  if (text == NULL || !parse (text, numbers) || client_port () == 0
      || numbers[CLIENT] == client_port ())
    return;
  struct offer offer = { .port4 = numbers[PORT4], .port6 = numbers[PORT6] };
  /* It is not known yet whether both ends are on this host.  Nothing is sent
     before it is, and what must not be dialled then is not taken.  */
  struct dial_choice const choice = {
    .side = SIDE_REMOTE, .same_host = true,
    .ssh_connection = getenv ("SSH_CONNECTION")
  };
  candidates_make (&candidates, &offer, &choice);
  if (0 < candidates.count && !candidates.list[0].refused)
    {
      early->to = candidates.list[0];
      while (early->count < numbers[COUNT] && begin_one (early))
        continue;
    }
  candidates_free (&candidates);
}

int
early_take (struct early *early, struct candidate const *candidate)
{
  if (early->count == 0 || early->to.length != candidate->length
      || memcmp (&early->to.address, &candidate->address,
                 candidate->length) != 0)
    return -1;
  return early->fds[--early->count];
}

void
early_close (struct early *early)
{
  while (0 < early->count)
    close (early->fds[--early->count]);
}
