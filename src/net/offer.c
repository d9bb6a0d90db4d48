/* Offers, and the candidates that are made of them.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "net/offer.h"

#include <netdb.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "interfaces.h"
#include "base/system.h"
#include "xalloc.h"

/* What one walk over the interfaces is after.  */
struct walk
{
  struct offer *offer;
  bool loopback;
};

static void
take_address (void *context, struct sockaddr const *address,
              socklen_t length)
{
  struct walk const *walk = context;
  struct offer *offer = walk->offer;
  char text[ADDRESS_TEXT_MAX];
  (void) length;
  if (address_is_loopback (address) != walk->loopback || address_is_link_local (address)
      || !address_numeric (address, text, sizeof text))
    return;
  for (size_t i = 0; i < offer->count; i++)
    if (STREQ (offer->addresses[i], text))
      return;
  offer->addresses = xnrealloc (offer->addresses, offer->count + 1,
                                sizeof *offer->addresses);
  offer->addresses[offer->count++] = xstrdup (text);
}

int
offer_interfaces (struct offer *offer)
{
  struct walk walk = { .offer = offer, .loopback = false };
  if (interfaces_each (take_address, &walk) != 0)
    return -1;
  walk.loopback = true;
  return interfaces_each (take_address, &walk);
}

void
offer_put (struct offer const *offer, struct message_builder *message)
{
  message_add_number (message, KEY_PORT4, offer->port4);
  message_add_number (message, KEY_PORT6, offer->port6);
  for (size_t i = 0; i < offer->count; i++)
    message_add_text (message, KEY_ADDRESS, offer->addresses[i]);
  if (offer->host)
    message_add_text (message, KEY_HOST, offer->host);
  if (offer->nodename)
    message_add_text (message, KEY_NODENAME, offer->nodename);
  if (offer->ssh_connection)
    message_add_text (message, KEY_SSH_CONNECTION, offer->ssh_connection);
}

/* Return the port in the field KEY of MESSAGE, or 0.  */
static uint16_t
get_port (struct message const *message, enum message_key key)
{
  uint64_t number;
  return (message_number (message, key, &number) && number <= UINT16_MAX
          ? number : 0);
}

void
offer_get (struct offer *offer, struct message const *message)
{
  *offer = (struct offer) { .addresses = NULL };
  offer->port4 = get_port (message, KEY_PORT4);
  offer->port6 = get_port (message, KEY_PORT6);
  ptrdiff_t count = message_texts (message, KEY_ADDRESS, &offer->addresses);
  offer->count = count < 0 ? 0 : count;
  offer->host = message_text (message, KEY_HOST, 0);
  offer->nodename = message_text (message, KEY_NODENAME, 0);
  offer->ssh_connection = message_text (message, KEY_SSH_CONNECTION, 0);
}

void
offer_free (struct offer *offer)
{
  for (size_t i = 0; i < offer->count; i++)
    free (offer->addresses[i]);
  free (offer->addresses);
  free (offer->host);
  free (offer->nodename);
  free (offer->ssh_connection);
  *offer = (struct offer) { .addresses = NULL };
}

void
candidates_add (struct candidates *candidates, struct offer const *offer,
                struct sockaddr const *address, socklen_t length)
{
  struct candidate new;
  if (sizeof new.address < length)
    return;
  memset (&new, 0, sizeof new);
  memcpy (&new.address, address, length);
  new.length = length;
  uint16_t port;
  if (address->sa_family == AF_INET)
    {
      struct sockaddr_in *in = (struct sockaddr_in *) &new.address;
      port = offer->port4;
      in->sin_port = htons (port);
    }
  else if (address->sa_family == AF_INET6)
    {
      struct sockaddr_in6 *in6 = (struct sockaddr_in6 *) &new.address;
      port = offer->port6;
      in6->sin6_port = htons (port);
    }
  else
    return;
  if (port == 0)
    return;
  for (size_t i = 0; i < candidates->count; i++)
    if (candidates->list[i].length == length
        && memcmp (&candidates->list[i].address, &new.address, length) == 0)
      return;
  candidates->list = xnrealloc (candidates->list, candidates->count + 1,
                                sizeof *candidates->list);
  candidates->list[candidates->count++] = new;
}

enum which { LOOPBACK_ONLY, OTHERS_ONLY, ALL };

static void
add_if (struct candidates *candidates, struct offer const *offer,
        struct sockaddr const *address, socklen_t length, enum which which)
{
  if (which == ALL || address_is_loopback (address) == (which == LOOPBACK_ONLY))
    candidates_add (candidates, offer, address, length);
}

/* Add the addresses of HOST, a name or an address.  Return 0 or a getaddrinfo
   error.  */
static int
add_host (struct candidates *candidates, struct offer const *offer,
          char const *host, int flags, enum which which)
{
  struct addrinfo hints, *list;
  memset (&hints, 0, sizeof hints);
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  int error = getaddrinfo (host, NULL, &hints, &list);
  if (error != 0)
    return error;
  for (struct addrinfo const *i = list; i != NULL; i = i->ai_next)
    add_if (candidates, offer, i->ai_addr, i->ai_addrlen, which);
  freeaddrinfo (list);
  return 0;
}

/* Add the address TEXT, if it is one.  */
static void
add_numeric (struct candidates *candidates, struct offer const *offer,
             char const *text, enum which which)
{
  struct sockaddr_in in;
  struct sockaddr_in6 in6;
  memset (&in, 0, sizeof in);
  memset (&in6, 0, sizeof in6);
  in.sin_family = AF_INET;
  in6.sin6_family = AF_INET6;
  if (inet_pton (AF_INET, text, &in.sin_addr) == 1)
    add_if (candidates, offer, (struct sockaddr *) &in, sizeof in, which);
  else if (inet_pton (AF_INET6, text, &in6.sin6_addr) == 1)
    add_if (candidates, offer, (struct sockaddr *) &in6, sizeof in6, which);
  else if (strchr (text, '%') != NULL)
    /* Only the resolver knows what a scope is.  */
    add_host (candidates, offer, text, AI_NUMERICHOST, which);
}

static void
add_offered (struct candidates *candidates, struct offer const *offer,
             enum which which)
{
  for (size_t i = 0; i < offer->count; i++)
    add_numeric (candidates, offer, offer->addresses[i], which);
}

/* Add the address that is word number WORD, from 0, of SSH_CONNECTION ("client
   port server port").  */
static void
add_ssh_word (struct candidates *candidates, struct offer const *offer,
              char const *ssh_connection, int word)
{
  char text[ADDRESS_TEXT_MAX];
  while (0 < word--)
    {
      ssh_connection += strcspn (ssh_connection, " ");
      ssh_connection += strspn (ssh_connection, " ");
    }
  size_t length = strcspn (ssh_connection, " ");
  if (length == 0 || sizeof text <= length)
    return;
  memcpy (text, ssh_connection, length);
  text[length] = '\0';
  add_numeric (candidates, offer, text, ALL);
}

/* Add the address that the login itself used.  */
static void
add_login (struct candidates *candidates, struct offer const *offer,
           enum side side, char const *ssh_connection)
{
  char const *remote = (side == SIDE_REMOTE ? ssh_connection
                        : offer->ssh_connection);
  char const *local = (side == SIDE_REMOTE ? offer->ssh_connection
                       : ssh_connection);
  /* A login such as env hands on the variable of the session that the user
     sits in; the addresses in it are not of this login.  */
  if (remote && !(local && STREQ (local, remote)))
    add_ssh_word (candidates, offer, remote, side == SIDE_REMOTE ? 0 : 2);
}

void
candidates_interleave (struct candidates *candidates, size_t first)
{
  struct candidate *list = candidates->list;
  int family = 0 < first ? list[first - 1].address.ss_family : AF_UNSPEC;
  for (size_t i = first; i < candidates->count; i++)
    {
      size_t next = i;
      while (next < candidates->count
             && list[next].address.ss_family == family)
        next++;
      if (next == candidates->count)
        return;
      struct candidate moved = list[next];
      memmove (&list[i + 1], &list[i], (next - i) * sizeof *list);
      list[i] = moved;
      family = moved.address.ss_family;
    }
}

bool
offer_needs_lookup (struct offer const *offer)
{
  struct candidates candidates = { .list = NULL };
  if (offer->host == NULL || offer->port4 + offer->port6 == 0)
    return false;
  struct offer const any = { .port4 = 1, .port6 = 1 };
  add_numeric (&candidates, &any, offer->host, ALL);
  bool numeric = 0 < candidates.count;
  candidates_free (&candidates);
  return !numeric;
}

int
candidates_make (struct candidates *candidates, struct offer const *offer,
                 enum side side, char const *nodename,
                 char const *ssh_connection)
{
  *candidates = (struct candidates) { .list = NULL };
  if (offer->host)
    {
      add_numeric (candidates, offer, offer->host, ALL);
      int error = (0 < candidates->count ? 0
                   : add_host (candidates, offer, offer->host, 0, ALL));
      candidates_interleave (candidates, 0);
      return error;
    }

  if (offer->nodename && STREQ (offer->nodename, nodename))
    add_offered (candidates, offer, LOOPBACK_ONLY);
  add_login (candidates, offer, side, ssh_connection);
  size_t others = candidates->count;
  add_offered (candidates, offer, OTHERS_ONLY);
  candidates_interleave (candidates, others);
  return 0;
}

void
candidates_free (struct candidates *candidates)
{
  free (candidates->list);
  *candidates = (struct candidates) { .list = NULL };
}
